"""A job of this Blender, as panels see it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from genga_client import GengaError
from genga_client.protocol import (
    AssetRef,
    JobEvent,
    Output,
    PausedEvent,
    PreviewEvent,
    ProgressEvent,
    QueuedEvent,
    StartedEvent,
)

if TYPE_CHECKING:
    from genga_client import Job

    from .session import Session
    from .submission import Submission

TicketState = Literal[
    "waiting", "preparing", "queued", "paused", "running", "fetching", "succeeded", "failed", "cancelled"
]
"""waiting: for the core. preparing: parameters are made, files go to the core. fetching: the results come."""
ENDED = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class OutputFile:
    """One file that a job made."""

    bytes: bytes
    """As the core signed them."""
    asset: AssetRef
    """Hash, size, media type and suggested name."""
    output: Output
    """Seed, size and record."""
    sidecar: bytes | None = None
    """The signed manifest of a format that cannot embed one; save it as <file>.c2pa."""


class JobTicket:
    """State of one job. For the main thread; made by `Session.submit` and `Session.attach`."""

    def __init__(self, session: Session, submission: Submission, job_id: str | None = None) -> None:
        self.submission = submission
        self.title = submission.title
        self.key = submission.idempotency_key or f"genga-blender-{uuid.uuid4()}"
        """Idempotency key: however often the request is sent, it runs once."""
        self.state: TicketState = "waiting"
        self.job_id = job_id
        """Given by the core with its acceptance."""
        self.params: Mapping[str, Any] | object | None = None
        """As sent to the core; None before."""
        self.created = time.time()
        """Seconds since 1970."""
        self.position: int | None = None
        """Jobs ahead of it, while it waits in the core."""
        self.attempt = 0
        """Counts from 1; more after a crash of the core."""
        self.stage = ""
        """What the core does now: load, encode, denoise, decode, sign …"""
        self.progress = 0.0
        """Of the whole job, 0 to 1."""
        self.step = 0
        """Denoising steps done."""
        self.total_steps = 0
        """Denoising steps in all."""
        self.preview: PreviewEvent | None = None
        """The latest picture of the unfinished output."""
        self.error: GengaError | None = None
        """Why it failed."""
        self.prompt_privacy = False
        """Whether the job's files hold hashes in place of prompts."""
        self.cancel_asked = False
        """Whether `cancel` was called; the state says when it is done."""
        self.job: Job | None = None
        """The session's: source of the events."""
        self.last_event = 0
        """The session's: sequence number of the last event taken."""
        self._session = session
        self._eta: tuple[float, float] | None = None

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self.state in ENDED

    @property
    def eta_s(self) -> float | None:
        """Estimate of the time left, seconds; counts down between events."""
        if self._eta is None or self.ended:
            return None
        at, left = self._eta
        return max(0.0, left - (time.monotonic() - at))

    def cancel(self) -> None:
        """Cancels the job: within one denoising step in the core, at once if the core has not got it yet."""
        self._session.cancel(self)

    def let_go(self) -> None:
        """Drops what the submission's functions hold, control maps for instance; for a ticket that ended."""
        self.submission = replace(
            self.submission, make_params=_no_more, on_event=None, on_done=None, on_error=None
        )
        fault: BaseException | None = self.error
        while fault is not None:  # the frames of a trace hold them as well; it was logged where it matters
            fault.__traceback__ = None
            fault = fault.__cause__ or fault.__context__

    def take(self, event: JobEvent) -> None:
        """Notes what an event says; ends are the session's."""
        self.last_event = event.sequence
        if isinstance(event, QueuedEvent):
            self.state, self.position = "queued", event.position
        elif isinstance(event, PausedEvent):
            self.state = "paused"
        elif isinstance(event, StartedEvent):
            self.state, self.position, self.attempt = "running", None, event.attempt
            self.progress, self.step, self._eta = 0.0, 0, None
        elif isinstance(event, ProgressEvent):
            self.state, self.stage, self.progress = "running", event.stage, event.progress
            self.step, self.total_steps = event.step, event.total_steps
            self._eta = None if event.eta_ms is None else (time.monotonic(), event.eta_ms / 1000)
        elif isinstance(event, PreviewEvent):
            self.preview = event


def _no_more(_: object) -> NoReturn:
    raise GengaError("CANCELLED", "The job has ended.")
