"""Work of the main thread in slices, so that the window goes on answering."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from genga_client import GengaError

log = logging.getLogger(__name__)

T = TypeVar("T")
SLICE_S = 0.030
"""Time that steps may take of one timer tick; a step that is longer has the tick to itself."""


class Run:
    """One piece of work under way; made by `run`."""

    def __init__(
        self,
        generator: Generator[Any, None, Any],
        on_done: Callable[[Any], object] | None,
        on_error: Callable[[GengaError], object] | None,
    ) -> None:
        self._generator = generator
        self._on_done = on_done
        self._on_error = on_error
        self.ended = False

    def cancel(self, reason: str = "The work was cancelled.", **data: object) -> None:
        """Ends the work between two steps; its `finally` blocks run, `on_error` gets CANCELLED and `data`."""
        if self.ended:
            return
        self._end()
        self._generator.close()
        self._fail(GengaError("CANCELLED", reason, data=data))

    def advance(self) -> None:
        """Takes one step."""
        if self.ended:
            return
        try:
            next(self._generator)
        except StopIteration as stop:
            self._end()
            if self._on_done is not None:
                _call(self._on_done, stop.value)
        except Exception as error:
            self._end()
            self._fail(as_genga_error(error))

    def _end(self) -> None:
        self.ended = True
        if self in _runs:
            _runs.remove(self)

    def _fail(self, error: GengaError) -> None:
        if self._on_error is not None:
            _call(self._on_error, error)
        elif error.code != "CANCELLED":
            log.error("%s", error)


_runs: deque[Run] = deque()


def run(
    generator: Generator[Any, None, T],
    *,
    on_done: Callable[[T], object] | None = None,
    on_error: Callable[[GengaError], object] | None = None,
) -> Run:
    """Runs a generator on the main thread, one `next` at a time, as many as fit in 30 ms of a timer tick.

    What the generator returns goes to `on_done`; what it raises to `on_error`, as GengaError.
    """
    work = Run(generator, on_done, on_error)
    _runs.append(work)
    return work


def drain(generator: Generator[Any, None, T]) -> T:
    """Runs a generator to its end at once; for background mode and tests."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def in_thread(work: Callable[[], T]) -> Generator[None, None, T]:
    """Runs long arithmetic without `bpy` beside the window: `result = yield from in_thread(work)`.

    Work that is cancelled meanwhile ends on its own, and nobody hears of it.
    """
    done: Future[T] = Future()

    def run_it() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=run_it, name="genga-steps", daemon=True).start()
    while not wait([done], timeout=0.01).done:
        yield
    return done.result()


def tick(budget_s: float = SLICE_S) -> bool:
    """Takes steps for at most this long, in turn; tells whether work is left."""
    deadline = time.perf_counter() + budget_s
    while _runs:
        work = _runs[0]
        _runs.rotate(-1)
        work.advance()
        if time.perf_counter() >= deadline:
            break
    return bool(_runs)


def cancel_all(reason: str, **data: object) -> None:
    """Cancels all work, for instance because the file that it looks at is closed."""
    for work in list(_runs):
        work.cancel(reason, **data)


def as_genga_error(error: Exception) -> GengaError:
    """Gives any exception as the one coded type; what is unknown is INTERNAL and logged with its trace."""
    if isinstance(error, GengaError):
        return error
    log.error("A fault of the add-on", exc_info=error)
    fault = GengaError("INTERNAL", f"The add-on met a fault of its own: {type(error).__name__}: {error}.")
    fault.__cause__ = error
    return fault


def _call(callback: Callable[[Any], object], value: object) -> None:
    try:
        callback(value)
    except Exception:
        log.exception("A callback failed")
