"""From a press of Generate to motions on armatures: asked for, received, looked at, applied or discarded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy
from genga_client import GengaError
from genga_client.codec import encode

from .. import session
from ..session import timer
from ..tasks.made_record import made_record
from ..tasks.new_seed import random_seed
from ..tasks.run import Run, Runs
from ..tasks.sampling_properties import SEED_MAX
from ..undo_step import push_undo
from .apply_motion import Applied, apply_motion
from .motion_plan import MotionPlan, make_plan
from .read_rig import require_posable
from .redraw_views import redraw_views
from .take import Take, read_take

if TYPE_CHECKING:
    from ..session import OutputFile


@dataclass(frozen=True)
class Candidate:
    """One motion that came, with the file that it was read from."""

    take: Take
    file: OutputFile


class MotionRun(Run):
    """One armature's motion. For the main thread; made by `generate_motion`."""

    noun = "Motion"

    def __init__(
        self, scene: str, armature: str, seed: int, *, apply_at_once: bool, between_keys: bool
    ) -> None:
        super().__init__()
        self.scene = scene
        self.armature = armature
        """Name of the armature."""
        self.seed = seed
        self.plan: MotionPlan | None = None
        self.candidates: list[Candidate] = []
        """The variations, in the order of their seeds, while they wait to be applied."""
        self.chosen = 0
        """Which of them is shown."""
        self.applied: Applied | None = None
        self._apply_at_once = apply_at_once
        self._between_keys = between_keys

    @property
    def candidate(self) -> Candidate | None:
        """The variation that is shown."""
        return self.candidates[min(self.chosen, len(self.candidates) - 1)] if self.candidates else None

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

    def prepare(self) -> None:
        """Reads scene and armature and submits the job."""
        scene, armature = bpy.data.scenes.get(self.scene), bpy.data.objects.get(self.armature)
        if scene is None or armature is None or not self.belongs_here:
            raise GengaError("CANCELLED", "Another file was opened.")
        self.plan = plan = make_plan(
            scene, armature, session.get().welcome, seed=self.seed, between_keys=self._between_keys
        )
        self.submit(
            session.Submission(
                task="motion",
                make_params=lambda _: plan.params,
                title=plan.title,
                on_done=self._receive,
                on_error=self.end,
            )
        )

    def _receive(self, files: list[OutputFile]) -> None:
        # A long motion has megabytes of numbers: read beside the window.
        session.get().run_in_worker(
            lambda: [Candidate(read_take(file.bytes), file) for file in files],
            lambda candidates: self.guard(lambda: self._take(candidates)),
            self.end,
        )

    def _take(self, candidates: list[Candidate]) -> None:
        self.candidates, self.chosen, self.state = candidates, 0, "ready"
        if self._apply_at_once:
            self.apply()
            push_undo("Genga: Motion")
        redraw_views()
        self.tidy()

    def worded(self, error: GengaError) -> GengaError:
        """Says where in Blender what the core asks for can be given."""
        if error.code != "INVALID_REQUEST" or "missing" not in error.data or "bones" not in error.data:
            return error
        return GengaError(
            error.code,
            error.message,
            remedy="Choose the bones of the armature under Motion Bones.",
            data=error.data,
        )


_runs: Runs[MotionRun] = Runs()


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
        props.seed = random_seed()
    started = _runs.begin(
        [
            MotionRun(
                scene.name,
                armature.name,
                (props.seed + place * props.num_motions_per_prompt) % (SEED_MAX + 1),
                apply_at_once=apply_at_once,
                between_keys=between_keys,
            )
            for place, armature in enumerate(armatures)
        ]
    )
    for run in started:  # what waited for these armatures is replaced
        for old in _runs.ready():
            if old.armature == run.armature and old is not run:
                old.discard()
    return started


def motion_runs() -> Runs[MotionRun]:
    """Gives the motions of this session."""
    return _runs


def _record(plan: MotionPlan, candidate: Candidate) -> dict[str, Any]:
    """Gives what an action remembers of its making, as images do."""
    file, record = candidate.file, candidate.file.output.record
    return made_record(
        "motion",
        plan.title,
        file,
        prompts=[segment.get("prompt", "") for segment in record.params.get("segments", [])],
        origin=encode(record.motion)["origin"] if record.motion else list(candidate.take.origin),
        armature=plan.armature,
    )


register, unregister = _runs.register, _runs.unregister
