"""From a press of Generate to motions on armatures: asked for, received, looked at, applied or discarded."""

from __future__ import annotations

import itertools
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

import bpy
from genga_client import GengaError
from genga_client.codec import encode

from .. import session
from ..generate import live_preview
from ..generate.escape import sources
from ..generate.properties import SEED_MAX
from ..session import steps, timer
from ..undo_step import push_undo
from .apply_motion import Applied, apply_motion
from .motion_plan import MotionPlan, make_plan
from .read_rig import require_posable
from .redraw_views import redraw_views
from .take import Take, read_take

if TYPE_CHECKING:
    from ..session import JobTicket, OutputFile

log = logging.getLogger(__name__)

RunState = Literal["preparing", "submitted", "ready", "applied", "failed", "cancelled"]
KEPT = 20
"""Ended motions that stay in the list."""

_runs: list[MotionRun] = []
_numbers = itertools.count(1)
_opened_files = 0


@dataclass(frozen=True)
class Candidate:
    """One motion that came, with the file that it was read from."""

    take: Take
    file: OutputFile


class MotionRun:
    """One armature's motion. For the main thread; made by `generate_motion`."""

    def __init__(
        self, scene: str, armature: str, seed: int, *, apply_at_once: bool, between_keys: bool
    ) -> None:
        self.number = next(_numbers)
        """Names it for operators, as long as the add-on is enabled."""
        self.scene = scene
        self.armature = armature
        """Name of the armature."""
        self.seed = seed
        self.state: RunState = "preparing"
        self.stage = "Waiting for the core"
        """What goes on before the job is submitted."""
        self.ticket: JobTicket | None = None
        self.plan: MotionPlan | None = None
        self.candidates: list[Candidate] = []
        """The variations, in the order of their seeds, while they wait to be applied."""
        self.chosen = 0
        """Which of them is shown."""
        self.applied: Applied | None = None
        self.error: GengaError | None = None
        """Why it failed."""
        self._apply_at_once = apply_at_once
        self._between_keys = between_keys
        self._file = _opened_files

    @property
    def title(self) -> str:
        """Short text for lists."""
        return self.plan.title if self.plan else "Motion"

    @property
    def ended(self) -> bool:
        """Whether nothing is awaited of the core any more."""
        return self.state not in ("preparing", "submitted")

    @property
    def candidate(self) -> Candidate | None:
        """The variation that is shown."""
        return self.candidates[min(self.chosen, len(self.candidates) - 1)] if self.candidates else None

    @property
    def belongs_here(self) -> bool:
        """Whether the file that it was made for is still open."""
        return self._file == _opened_files

    def begin(self) -> None:
        """Begins: at once with what the core last said of itself, else as soon as it answers.

        Raises GengaError for what can be told at once.
        """
        current = session.get()
        if current.connected:
            self._submit()
        else:
            current.call(lambda client: client.welcome, lambda _: self._guard(self._submit), self._end)

    def cancel(self) -> None:
        """Cancels it, whatever it does now."""
        if self.ended:
            return
        if self.ticket is not None:
            self.ticket.cancel()
        else:
            self._end(GengaError("CANCELLED", f"“{self.title}” was cancelled."))

    def apply(self) -> Applied:
        """Puts the variation that is shown onto the armature; one undo step is the caller's.

        Raises GengaError INVALID_REQUEST when the armature is gone or cannot be animated.
        """
        candidate, plan = self.candidate, self.plan
        if candidate is None or plan is None:
            raise GengaError("INVALID_REQUEST", "There is no motion to apply.", remedy="Generate one.")
        armature = bpy.data.objects.get(self.armature)
        if not self.belongs_here or armature is None:
            raise GengaError(
                "INVALID_REQUEST",
                f'The armature "{self.armature}" is not in this file.',
                remedy="Open the file that the motion was made for, and generate again.",
            )
        self.applied = apply_motion(
            armature,
            plan.skeleton,
            candidate.take,
            plan.placing,
            _record(plan, candidate),
            candidate.file.bytes,
            candidate.file.sidecar,
        )
        self.candidates = []
        self.state = "applied"
        timer.redraw()
        redraw_views()
        return self.applied

    def discard(self) -> None:
        """Lets the variations go; the core's own page still has them."""
        self.candidates = []
        if self.state == "ready":
            self.state = "cancelled"
        timer.redraw()
        redraw_views()

    def _submit(self) -> None:
        scene, armature = bpy.data.scenes.get(self.scene), bpy.data.objects.get(self.armature)
        if scene is None or armature is None or not self.belongs_here:
            raise GengaError("CANCELLED", "Another file was opened.")
        self.plan = plan = make_plan(
            scene, armature, session.get().welcome, seed=self.seed, between_keys=self._between_keys
        )
        self.state = "submitted"
        self.ticket = session.get().submit(
            session.Submission(
                task="motion",
                make_params=lambda _: plan.params,
                title=plan.title,
                on_done=self._receive,
                on_error=self._end,
            )
        )

    def _receive(self, files: list[OutputFile]) -> None:
        # A long motion has megabytes of numbers: read beside the window.
        session.get().run_in_worker(
            lambda: [Candidate(read_take(file.bytes), file) for file in files],
            lambda candidates: self._guard(lambda: self._take(candidates)),
            self._end,
        )

    def _take(self, candidates: list[Candidate]) -> None:
        self.candidates, self.chosen, self.state = candidates, 0, "ready"
        if self._apply_at_once:
            self.apply()
            push_undo("Genga: Motion")
        redraw_views()
        self._tidy()

    def _end(self, error: GengaError) -> None:
        if self.state in ("applied", "failed", "cancelled"):
            return
        self.state = "cancelled" if error.code == "CANCELLED" else "failed"
        self.error = None if error.code == "CANCELLED" else _in_blenders_words(error)
        if self.error is not None:
            log.warning("“%s” failed: %s: %s", self.title, error.code, error)
        self._tidy()

    def _tidy(self) -> None:
        if self.ticket is not None:
            live_preview.forget(self.ticket.job_id)
        timer.redraw()

    def _guard(self, work: Callable[[], object]) -> None:
        if self.state in ("applied", "failed", "cancelled"):
            return
        try:
            work()
        except Exception as error:
            self._end(steps.as_genga_error(error))


def generate_motion(
    scene: bpy.types.Scene,
    armatures: list[bpy.types.Object],
    *,
    apply_at_once: bool,
    between_keys: bool = False,
) -> list[MotionRun]:
    """Begins a motion for each armature, each with the next seeds; draws a fresh seed unless it is locked.

    Raises GengaError for what is wrong with the settings, if the core is connected; later errors are in the
    runs' `error`.
    """
    if not armatures:
        require_posable(None)
    props = scene.genga_motion
    for armature in armatures:
        require_posable(armature)
    if not props.lock_seed:
        props.seed = random.SystemRandom().randint(0, SEED_MAX)
    started: list[MotionRun] = []
    try:
        for place, armature in enumerate(armatures):
            seed = (props.seed + place * props.num_motions_per_prompt) % (SEED_MAX + 1)
            run = MotionRun(
                scene.name, armature.name, seed, apply_at_once=apply_at_once, between_keys=between_keys
            )
            run.begin()
            started.append(run)
    except GengaError:
        for run in started:
            run.cancel()
        raise
    for run in started:  # what waited for these armatures is replaced
        for old in _runs:
            if old.armature == run.armature and old.state == "ready":
                old.discard()
    _runs.extend(started)
    ended = [one for one in _runs if one.ended and one.state != "ready"]
    for old in ended[: max(0, len(ended) - KEPT)]:
        _runs.remove(old)
    timer.wake()
    timer.redraw()
    return started


def motion_runs() -> list[MotionRun]:
    """Gives the motions of this session, oldest first."""
    return list(_runs)


def open_runs() -> list[MotionRun]:
    """Gives those that the core has not finished."""
    return [one for one in _runs if not one.ended]


def ready_runs() -> list[MotionRun]:
    """Gives those that wait to be applied or discarded, in the file that is open."""
    return [one for one in _runs if one.state == "ready" and one.candidates and one.belongs_here]


def run_of(number: int) -> MotionRun | None:
    """Gives the motion with this number."""
    return next((one for one in _runs if one.number == number), None)


def wait_for(runs: list[MotionRun], on_tick: Callable[[], object] | None = None) -> None:
    """Pumps until all have ended; a KeyboardInterrupt, or what `on_tick` raises, cancels them first.

    Raises GengaError: the first one's that failed.
    """
    current = session.get()
    try:
        while not current.run_until(lambda: all(run.ended for run in runs), 0.5):
            if on_tick is not None:
                on_tick()
    except BaseException:
        for run in runs:
            run.cancel()
        raise
    for run in runs:
        if run.error is not None:
            raise run.error
        if run.state == "cancelled":
            raise GengaError("CANCELLED", f"“{run.title}” was cancelled.")


def _in_blenders_words(error: GengaError) -> GengaError:
    """Says where in Blender what the core asks for can be given."""
    if error.code != "INVALID_REQUEST" or "missing" not in error.data or "bones" not in error.data:
        return error
    return GengaError(
        error.code,
        error.message,
        remedy="Choose the bones of the armature under Motion Bones.",
        data=error.data,
    )


def _record(plan: MotionPlan, candidate: Candidate) -> dict[str, Any]:
    """Gives what an action remembers of its making, as images do."""
    file, record = candidate.file, candidate.file.output.record
    return {
        "task": "motion",
        "title": plan.title,
        "job_id": record.job_id,
        "sha256": file.asset.sha256,
        "mime": file.asset.mime,
        "sidecar_sha256": file.output.sidecar.sha256 if file.output.sidecar is not None else None,
        "bundle": record.params.get("bundle", ""),
        "prompts": [segment.get("prompt", "") for segment in record.params.get("segments", [])],
        "seed": file.output.seed,
        "origin": encode(record.motion)["origin"] if record.motion else list(candidate.take.origin),
        "armature": plan.armature,
        "time": record.created or datetime.now(timezone.utc).isoformat(),
        "core_version": record.software,
    }


@bpy.app.handlers.persistent
def _file_opened(*_: object) -> None:
    global _opened_files
    _opened_files += 1
    for run in _runs:
        run.candidates = []


def register() -> None:
    """Listens for opened files and for Esc."""
    sources.append(open_runs)
    bpy.app.handlers.load_pre.append(_file_opened)


def unregister() -> None:
    """Forgets all motions; their jobs go on in the core as the session decides."""
    if open_runs in sources:
        sources.remove(open_runs)
    if _file_opened in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_file_opened)
    _runs.clear()
