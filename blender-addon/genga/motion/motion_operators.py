"""Generate a motion, fill in between, apply, discard, save."""

import bpy
from bpy.props import IntProperty
from genga_client import GengaError

from ..results.record import record_of
from ..tasks.generate_operator import GenerateOperator
from ..tasks.report_error import report_error
from ..tasks.run_operators import CancelRuns, RetryRun
from ..tasks.save_signed import SaveSigned
from ..tasks.wait_for import wait_for
from .apply_motion import file_of_action
from .motion_run import generate_motion, motion_runs


def chosen_armatures(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Gives the selected armatures, the active one first; the active one alone if none is selected."""
    active = context.object
    selected = [item for item in context.selected_objects if item.type == "ARMATURE"]
    if active is not None and active.type == "ARMATURE":
        return [active, *(item for item in selected if item != active)]
    return selected


class GenerateMotion(GenerateOperator):
    """What the operators that ask for motion share."""

    between_keys = False

    def work(self, context):
        """Begins; with `wait` and in background mode the motion is applied at once."""
        runs = generate_motion(
            context.scene,
            chosen_armatures(context),
            apply_at_once=self.waits or not context.scene.genga_motion.preview,
            between_keys=self.between_keys,
        )
        if self.waits:
            wait_for(runs)
            for note in dict.fromkeys(note for run in runs if run.applied for note in run.applied.notes):
                self.report({"INFO"}, note)


class GENGA_OT_generate_motion(GenerateMotion, bpy.types.Operator):
    """Make the motion of the sentences for each selected armature, each with its own seed"""

    bl_idname = "genga.generate_motion"
    bl_label = "Generate Motion"


class GENGA_OT_in_between(GenerateMotion, bpy.types.Operator):
    """Make the motion between the keyed poses on both sides of the playhead"""

    bl_idname = "genga.in_between"
    bl_label = "In-Between"

    between_keys = True


class GENGA_OT_cancel_motion(CancelRuns, bpy.types.Operator):
    """Cancel the motions that are being made"""

    bl_idname = "genga.cancel_motion"
    bl_label = "Cancel Motion"
    runs = motion_runs()


class GENGA_OT_apply_motion(bpy.types.Operator):
    """Put the motion onto the armature as a new action; the one that it has stays in the file"""

    bl_idname = "genga.apply_motion"
    bl_label = "Apply"
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(name="Number", description="Which one; 0 = all that wait", options={"SKIP_SAVE"})

    def execute(self, context):
        """Applies them."""
        runs = [run for run in motion_runs().ready() if self.number in (0, run.number)]
        if not runs:
            self.report({"ERROR"}, "No motion waits to be applied.")
            return {"CANCELLED"}
        done = 0
        for run in runs:
            try:
                applied = run.apply()
            except GengaError as error:
                report_error(self, error)
                continue
            done += 1
            for note in applied.notes:
                self.report({"INFO"}, note)
        return {"FINISHED"} if done else {"CANCELLED"}


class GENGA_OT_discard_motion(bpy.types.Operator):
    """Let the motion go; nothing of the file changes"""

    bl_idname = "genga.discard_motion"
    bl_label = "Discard"

    number: IntProperty(name="Number", description="Which one; 0 = all that wait", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        """Only with something that waits."""
        return bool(motion_runs().ready())

    def execute(self, context):
        """Discards them."""
        for run in motion_runs().ready():
            if self.number in (0, run.number):
                run.discard()
        return {"FINISHED"}


class GENGA_OT_retry_motion(RetryRun, bpy.types.Operator):
    """Try this motion again with the settings as they are now and the same seed"""

    bl_idname = "genga.retry_motion"
    bl_label = "Try Motion Again"
    runs = motion_runs()
    settings = "genga_motion"
    gone = "The armature of this motion is not in this file."

    def things(self, run):
        """Gives the armature."""
        return [bpy.data.objects.get(run.armature)]

    def begin(self, context, items):
        """Begins."""
        generate_motion(context.scene, items, apply_at_once=not context.scene.genga_motion.preview)


class GENGA_OT_save_motion(SaveSigned, bpy.types.Operator):
    """Save the signed file of the armature's action as the core sent it, its credential beside it"""

    bl_idname = "genga.save_motion"
    bl_label = "Save Motion…"
    suffix = ".motion.json"
    gone = "This action does not hold its file; the core's own page still has it."

    @classmethod
    def poll(cls, context):
        """Needs an action that was made here."""
        return record_of(_action(context)) is not None

    def holder(self, context):
        """Gives the action."""
        return _action(context)

    def held(self, holder):
        """Gives its file."""
        return file_of_action(holder)


def _action(context: bpy.types.Context) -> bpy.types.Action | None:
    """Gives the active object's action of ours: its own, else that of its newest strip."""
    animation = context.object.animation_data if context.object is not None else None
    if animation is None:
        return None
    if record_of(animation.action) is not None:
        return animation.action
    strips = [strip.action for track in animation.nla_tracks for strip in track.strips]
    return next((action for action in reversed(strips) if record_of(action) is not None), None)


CLASSES = (
    GENGA_OT_generate_motion,
    GENGA_OT_in_between,
    GENGA_OT_cancel_motion,
    GENGA_OT_apply_motion,
    GENGA_OT_discard_motion,
    GENGA_OT_retry_motion,
    GENGA_OT_save_motion,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
