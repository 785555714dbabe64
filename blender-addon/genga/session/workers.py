"""Worker threads with queues, and the inbox by which they report to the main thread."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from genga_client import GengaError

from .steps import as_genga_error

log = logging.getLogger(__name__)

T = TypeVar("T")
OnDone = Callable[[Any], object]
OnError = Callable[[GengaError], object]


class Lane:
    """Does one piece of work after the other in a thread of its own, which begins with the first piece.

    The thread is a daemon: it never keeps Blender from quitting.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._work: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, work: Callable[[], object]) -> None:
        """Has work done after what waits."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._work.put(work)

    def close(self, timeout_s: float) -> None:
        """Ends the thread after what waits, and waits for it that long."""
        if self._thread is not None:
            self._work.put(None)
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                work()
            except Exception:
                log.exception("Work in the thread %s failed", self._name)


class Workers:
    """The threads of a session.

    Three, because each may be held up by what another must mend: `work` uploads and fetches for minutes;
    `control` cancels and asks for the status, and waits while the connection is lost; `core` starts it again.
    """

    def __init__(self) -> None:
        self.work = Lane("genga-work")
        self.control = Lane("genga-control")
        self.core = Lane("genga-core")
        self.under_way = 0
        """Pieces of work whose end has not been reported."""
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()

    def spawn(
        self,
        lane: Lane,
        work: Callable[[], T],
        on_done: Callable[[T], object] | None = None,
        on_error: OnError | None = None,
    ) -> None:
        """Does work in a lane and reports its end to a callback on the main thread."""
        self.under_way += 1

        def done(value: T) -> None:
            self.under_way -= 1
            report(on_done, value)

        def failed(error: GengaError) -> None:
            self.under_way -= 1
            report(on_error, error)

        def run() -> None:
            try:
                value = work()
            except Exception as error:
                coded = as_genga_error(error)
                self.post(lambda: failed(coded))
            else:
                self.post(lambda: done(value))

        lane.put(run)

    def post(self, note: Callable[[], object]) -> None:
        """Has something done on the main thread, in its next round."""
        self._inbox.put(note)

    def deliver(self, budget_s: float) -> bool:
        """Does what was posted, on the main thread, for about this long; tells whether more waits."""
        deadline = time.perf_counter() + budget_s
        while True:
            try:
                note = self._inbox.get_nowait()
            except queue.Empty:
                return False
            note()
            if time.perf_counter() >= deadline:
                return not self._inbox.empty()


def report(callback: Callable[[Any], object] | None, value: object) -> None:
    """Calls a callback of an operator or panel; its faults are logged and stop nothing else."""
    if callback is None:
        return
    try:
        callback(value)
    except Exception:
        log.exception("A callback of the add-on failed")
