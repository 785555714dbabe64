"""The events of one job, on their way from the connection's thread to whoever reads them."""

from __future__ import annotations

import threading
import time
from collections import deque

from .errors import GengaError
from .protocol import CancelledEvent, FailedEvent, JobEvent, PreviewEvent, ResultEvent

TERMINAL = (ResultEvent, FailedEvent, CancelledEvent)
"""Events after which a job has ended."""


class Feed:
    """Takes events in order, drops those it had before, hands each out once."""

    def __init__(self, after_event: int = 0) -> None:
        self.last_sequence = after_event
        """Sequence number of the last event that came; a replay goes on after it."""
        self.attached = False
        """Whether the core sends this job's events over the present connection, and must over the next."""
        self.ended = False
        """Whether an event came after which the job has ended, read or not."""
        self._events: deque[JobEvent] = deque()
        self._changed = threading.Condition()
        self._error: GengaError | None = None

    def push(self, event: JobEvent) -> None:
        """Takes an event from the core; one that came before, in a replay, is dropped."""
        with self._changed:
            if event.sequence <= self.last_sequence:
                return
            self.last_sequence = event.sequence
            if isinstance(event, PreviewEvent):
                # Nobody wants an old preview, and a slow reader must not pile up pictures.
                kept = [waiting for waiting in self._events if not _replaces(event, waiting)]
                if len(kept) < len(self._events):
                    self._events = deque(kept)
            if isinstance(event, TERMINAL):
                # The core sends nothing more, unless the job is retried and attached again.
                self.attached = False
                self.ended = True
            self._events.append(event)
            self._changed.notify_all()

    def fail(self, error: GengaError) -> None:
        """Says that no more events will come."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def next(self, timeout: float | None) -> JobEvent | None:
        """Waits for the next event; None when the time is up.

        Raises the error that ended the feed, once all events before it were handed out.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._events:
                if self._error is not None:
                    raise self._error
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return None
                self._changed.wait(left)
            return self._events.popleft()


def _replaces(preview: PreviewEvent, waiting: JobEvent) -> bool:
    return isinstance(waiting, PreviewEvent) and waiting.output_index == preview.output_index
