"""A job of this client."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .errors import GengaError
from .feed import TERMINAL, Feed
from .protocol import FailedEvent, JobEvent, ResultEvent

if TYPE_CHECKING:
    from .client import Client

TICK_S = 0.1


class Job:
    """A job that the core accepted. Read its events from one thread at a time; each is handed out once."""

    def __init__(self, client: Client, job_id: str, feed: Feed, position: int, duplicate: bool) -> None:
        self.job_id = job_id
        self.position = position
        """Jobs that were ahead of it when it was accepted."""
        self.duplicate = duplicate
        """Whether the idempotency key gave a job that was there before."""
        self._client = client
        self.feed = feed
        """Its events on their way here, those not read yet."""
        self._ended: JobEvent | None = None

    @property
    def last_sequence(self) -> int:
        """Number of the last event that came; keep it to go on with `Client.attach` in another process."""
        return self.feed.last_sequence

    @property
    def ended(self) -> bool:
        """Whether `result`, `failed` or `cancelled` was read."""
        return self._ended is not None

    def poll(self) -> list[JobEvent]:
        """Gives the events that came since the last call, without waiting. For timers of user interfaces."""
        events: list[JobEvent] = []
        while (event := self._next(0)) is not None:
            events.append(event)
        return events

    def events(self, timeout: float | None = None) -> Iterator[JobEvent]:
        """Yields events up to `result`, `failed` or `cancelled`.

        Raises TimeoutError if the job has not ended after `timeout` seconds; GengaError CORE_NOT_RUNNING if
        the core went away and did not come back.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._ended is None:
            event = self._next(None if deadline is None else max(0.0, deadline - time.monotonic()))
            if event is None:
                raise TimeoutError(f"Job {self.job_id} has not ended after {timeout} s.")
            yield event

    def wait(
        self,
        on_event: Callable[[JobEvent], object] | None = None,
        *,
        on_tick: Callable[[], object] | None = None,
        timeout: float | None = None,
    ) -> ResultEvent:
        """Waits for the result.

        `on_event` gets each event; `on_tick` is called ten times a second meanwhile. If either raises, the
        job is cancelled and the exception goes on to the caller: so a host program's interrupt stops a job.

        Raises GengaError with the job's own code if it failed, CANCELLED if it was cancelled; TimeoutError.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while self._ended is None:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError(f"Job {self.job_id} has not ended after {timeout} s.")
            pause = TICK_S if on_tick is not None else 1.0
            event = self._next(pause if left is None else min(pause, left))
            try:
                if on_tick is not None:
                    on_tick()
                if event is not None and on_event is not None:
                    on_event(event)
            except BaseException:
                self._cancel_quietly()
                raise
        return self.result()

    def result(self) -> ResultEvent:
        """Gives the result of a job whose last event was read; raises as `wait` does."""
        if isinstance(self._ended, ResultEvent):
            return self._ended
        if isinstance(self._ended, FailedEvent):
            raise GengaError.from_body(self._ended.error)
        if self._ended is None:
            what = f"The end of job {self.job_id} has not been read."
            raise GengaError("JOB_STATE", what, remedy="Read its events first, or use `wait`.")
        raise GengaError("CANCELLED", f"Job {self.job_id} was cancelled.")

    def cancel(self) -> None:
        """Cancels the job within one denoising step; its `cancelled` event follows."""
        self._client.cancel(self.job_id)

    def _next(self, timeout: float | None) -> JobEvent | None:
        event = self.feed.next(timeout)
        if isinstance(event, TERMINAL):
            self._ended = event
        return event

    def _cancel_quietly(self) -> None:
        # The exception on its way says more than a cancel that comes too late.
        with contextlib.suppress(GengaError):
            self.cancel()
