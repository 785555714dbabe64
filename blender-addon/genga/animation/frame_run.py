"""A frame range under way: captured, submitted, written, one frame after the other."""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import bpy
from genga_client import Client, GengaError

from .. import session
from ..generate.generation import view_of
from ..generate.inputs import Inputs, capture_inputs, upload
from ..session import steps, timer
from .frame_paths import state_file
from .frame_plan import FramesPlan, plan_frame
from .frame_state import FrameEntry, FrameState, Standing, request_hash, write_frame

if TYPE_CHECKING:
    from ..session import JobTicket, OutputFile

log = logging.getLogger(__name__)

RunState = Literal["running", "succeeded", "failed", "cancelled"]
HOPELESS = {
    "UNAUTHORIZED", "CORE_NOT_RUNNING", "UNSUPPORTED_PROTOCOL", "POLICY_REFUSED", "UNSUPPORTED_CONTROL",
    "BUNDLE_NOT_FOUND", "BUNDLE_INVALID", "BUNDLE_CORRUPT", "INVALID_REQUEST", "CONFIG_INVALID",
    "STORAGE_FULL", "SIGNING_FAILED", "CREDENTIAL_INVALID", "PROVIDER_UNAVAILABLE",
}  # fmt: skip
"""Errors that the next frame would meet as well: the run ends."""
STALE = {"ASSET_NOT_FOUND", "CANCELLED", "JOB_NOT_FOUND"}
"""Errors of a job of an earlier run that is found again but of no use: it is asked for anew, once."""


@dataclass
class Tally:
    """What became of the frames."""

    made: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    """Those of `made` that were there before, made by other settings or another scene."""
    kept: list[int] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    """Kept, since someone changed the file."""
    failed: dict[int, GengaError] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """Number of frames that are settled."""
        return len(self.made) + len(self.kept) + len(self.edited) + len(self.failed)


@dataclass(frozen=True)
class _Encoded:
    inputs: Inputs
    request_sha256: str
    standing: Standing


class FrameRun:
    """Makes a frame range. For the main thread; the session's pump drives it.

    A frame that fails does not stop the others, unless they would fail as well.
    """

    def __init__(self, plan: FramesPlan, on_frame: Callable[[int, str], object] | None = None) -> None:
        """Prepares a run. `on_frame` hears what became of each frame: made, changed, kept, edited, failed.

        Raises GengaError INVALID_REQUEST when files are in the way that were not made here.
        """
        self.plan = plan
        self.state: RunState = "running"
        self.error: GengaError | None = None
        """Why the run ended early."""
        self.tally = Tally()
        self.tickets: dict[int, JobTicket] = {}
        """Jobs under way, by frame."""
        self._memory = FrameState(state_file(plan.pattern))
        self._waiting = deque(plan.frames)
        self._capturing: steps.Run | None = None
        self._encoding = 0
        self._again: set[int] = set()
        self._salt = uuid.uuid4().hex if plan.existing == "OVERWRITE" else ""
        self._on_frame = on_frame
        self._began = time.monotonic()
        self._refuse_foreign_files()

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self.state != "running"

    @property
    def progress(self) -> float:
        """Share of the range that is done, 0 to 1."""
        under_way = sum(ticket.progress for ticket in self.tickets.values())
        return min(1.0, (self.tally.ended + under_way) / len(self.plan.frames))

    @property
    def eta_s(self) -> float | None:
        """Estimate of the time left from the frames made so far, seconds."""
        if not self.tally.made:
            return None
        left = len(self.plan.frames) - self.tally.ended
        return (time.monotonic() - self._began) / len(self.tally.made) * left

    def begin(self) -> None:
        """Begins as soon as the core answers."""
        session.get().call(lambda client: client.welcome, lambda _: self._next(), self._end)

    def cancel(self) -> None:
        """Cancels what is under way; frames that are written stay."""
        self._end(GengaError("CANCELLED", "The animation was cancelled."))

    def abandon(self) -> None:
        """Stops following; jobs that the core has go on, and a later run finds them again."""
        if not self.ended:
            self.state = "cancelled"
            if self._capturing is not None:
                self._capturing.cancel()

    def _refuse_foreign_files(self) -> None:
        if self.plan.existing != "RESUME":
            return
        foreign = [
            file.name
            for frame in self.plan.frames
            if (file := self.plan.file(frame)).exists() and not self._memory.made(frame, file)
        ]
        if foreign:
            raise self._foreign(foreign)

    def _foreign(self, names: list[str]) -> GengaError:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        folder = self.plan.file(self.plan.frames[0]).parent
        return GengaError(
            "INVALID_REQUEST",
            f"In the way: {names[0]}{more} in {folder}, not made by this sequence.",
            remedy="Choose another folder, or set Existing Frames to Keep All or Make Again.",
            data={"files": names},
        )

    def _next(self) -> None:
        """Captures the next frame if the core can do with one more."""
        if self.ended or self._capturing is not None:
            return
        if len(self.tickets) + self._encoding >= self.plan.ahead:
            return
        while self._waiting and self.plan.existing == "SKIP" and self.plan.file(self._waiting[0]).exists():
            self._settle(self._waiting.popleft(), "kept")
        if not self._waiting:
            if not self.tickets and not self._encoding:
                self._finish()
            return
        frame = self._waiting.popleft()
        self._capturing = steps.run(
            self._capture(frame),
            on_done=lambda inputs: self._captured(frame, inputs),
            on_error=lambda error: self._not_captured(frame, error),
        )

    def _capture(self, frame: int) -> Generator[None, None, Inputs]:
        """Captures a frame in slices; begins again when someone moves the timeline meanwhile."""
        while True:
            scene = bpy.data.scenes.get(self.plan.scene)
            if scene is None:
                raise GengaError("CANCELLED", f'The scene "{self.plan.scene}" is gone.')
            scene.frame_set(frame)
            yield
            plan = plan_frame(self.plan, frame, session.get().welcome)
            slices = capture_inputs(plan, view_of(scene, self.plan.view_layer, plan))
            try:
                while scene.frame_current == frame:
                    next(slices)
                    yield
            except StopIteration as stop:
                return stop.value
            slices.close()

    def _captured(self, frame: int, inputs: Inputs) -> None:
        self._capturing = None
        self._encoding += 1
        file, memory = self.plan.file(frame), self._memory

        def encode() -> _Encoded:
            params, _ = inputs.encode()
            digest = request_hash(params, inputs.plan.bundle.version)
            return _Encoded(inputs, digest, memory.standing(frame, file, digest))

        def encoded(found: _Encoded) -> None:
            self._encoding -= 1
            if not self.ended:
                self._decide(frame, found)
                self._next()

        def failed(error: GengaError) -> None:
            self._encoding -= 1
            self._frame_failed(frame, error)

        session.get().run_in_worker(encode, encoded, failed)
        self._next()

    def _decide(self, frame: int, found: _Encoded) -> None:
        if self.plan.existing == "RESUME" and found.standing in ("same", "edited"):
            self._settle(frame, "kept" if found.standing == "same" else "edited")
            return
        if self.plan.existing == "RESUME" and found.standing == "foreign":
            self._frame_failed(frame, self._foreign([self.plan.file(frame).name]))
            return
        self._submit(frame, found)

    def _submit(self, frame: int, found: _Encoded) -> None:
        entry = self._memory.entry(frame)
        words = (found.request_sha256, str(self.plan.file(frame)), str(frame), str(entry.attempt), self._salt)
        key = "genga-frames-" + hashlib.sha256("\n".join(words).encode()).hexdigest()
        inputs = found.inputs

        def make_params(client: Client) -> object:
            return upload(client, inputs)

        self.tickets[frame] = session.get().submit(
            session.Submission(
                task="image",
                make_params=make_params,
                title=inputs.plan.title,
                idempotency_key=key,
                on_done=lambda files: self._received(frame, found, files),
                on_error=lambda error: self._job_failed(frame, found, error),
            )
        )

    def _received(self, frame: int, found: _Encoded, files: list[OutputFile]) -> None:
        file, memory, output = self.plan.file(frame), self._memory, files[0]
        entry = FrameEntry(
            file=file.name,
            sha256=output.asset.sha256,
            replaces_sha256=memory.entry(frame).sha256,
            request_sha256=found.request_sha256,
            job_id=output.output.record.job_id,
            seed=output.output.seed,
            attempt=memory.entry(frame).attempt,
        )

        def write() -> None:
            try:
                write_frame(file, output.bytes)
            except OSError as error:
                raise _unwritable(file, error) from error

        def written(_: None) -> None:
            self._settle(frame, "changed" if found.standing == "changed" else "made")
            self._next()

        try:
            memory.keep(frame, entry)
        except OSError as error:
            self._frame_failed(frame, _unwritable(memory.path, error))
            return
        session.get().run_in_worker(write, written, lambda error: self._frame_failed(frame, error))

    def _job_failed(self, frame: int, found: _Encoded, error: GengaError) -> None:
        if self.ended:
            return
        self.tickets.pop(frame, None)
        entry = self._memory.entry(frame)
        try:
            self._memory.keep(
                frame,
                FrameEntry(
                    **{**entry.__dict__, "file": self.plan.file(frame).name, "attempt": entry.attempt + 1}
                ),
            )
        except OSError as fault:
            error = _unwritable(self._memory.path, fault)
        if error.code in STALE and frame not in self._again:
            self._again.add(frame)
            self._submit(frame, found)
            return
        self._frame_failed(frame, error)

    def _not_captured(self, frame: int, error: GengaError) -> None:
        self._capturing = None
        if error.data.get("undone"):
            self._waiting.appendleft(frame)
            self._next()
        elif error.code == "CANCELLED":
            self._end(error)
        else:
            self._frame_failed(frame, error)

    def _frame_failed(self, frame: int, error: GengaError) -> None:
        if self.ended:
            return
        self.tickets.pop(frame, None)
        self.tally.failed[frame] = error
        log.warning("Frame %d: %s: %s", frame, error.code, error)
        self._tell(frame, "failed")
        if error.code in HOPELESS:
            self._end(error)
        else:
            self._next()

    def _settle(self, frame: int, outcome: str) -> None:
        if self.ended:
            return
        self.tickets.pop(frame, None)
        tally = self.tally
        {"kept": tally.kept, "edited": tally.edited}.get(outcome, tally.made).append(frame)
        if outcome == "changed":
            tally.changed.append(frame)
        self._tell(frame, outcome)

    def _finish(self) -> None:
        self.state = "failed" if self.tally.failed else "succeeded"
        self.error = next(iter(self.tally.failed.values()), None)
        self._restore()

    def _end(self, error: GengaError) -> None:
        if self.ended:
            return
        self.state = "cancelled" if error.code == "CANCELLED" else "failed"
        self.error = error
        if self._capturing is not None:
            self._capturing.cancel()
        for ticket in list(self.tickets.values()):
            ticket.cancel()
        self.tickets.clear()
        self._restore()

    def _restore(self) -> None:
        scene = bpy.data.scenes.get(self.plan.scene)
        if scene is not None:
            scene.frame_set(self.plan.current)
        timer.redraw()

    def _tell(self, frame: int, outcome: str) -> None:
        timer.redraw()
        if self._on_frame is not None:
            self._on_frame(frame, outcome)


def _unwritable(path: Path, error: OSError) -> GengaError:
    return GengaError(
        "STORAGE_FULL",
        f"{path} cannot be written: {error.strerror or error}.",
        remedy="Make room, or choose another output folder.",
    )
