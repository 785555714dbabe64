"""Operators of animations."""

import bpy
from bpy.props import BoolProperty
from genga_client import GengaError

from .. import session
from ..tasks.generate_operator import GenerateOperator
from ..tasks.report_error import report_error
from .frame_plan import plan_frames
from .sequence import current_run, load_sequence, show_sequence, start_run


class GENGA_OT_render_animation(GenerateOperator, bpy.types.Operator):
    """Make a picture for each frame and save them as an image sequence"""

    bl_idname = "genga.render_animation"
    bl_label = "Generate Animation"

    def work(self, context):
        """Begins the frames."""
        run = start_run(context.scene, context.view_layer)
        if not self.waits:
            return
        try:
            while not session.get().run_until(lambda: run.ended, 0.5):
                pass
        except BaseException:
            run.cancel()
            raise
        if run.error is not None:
            raise run.error


class GENGA_OT_cancel_animation(bpy.types.Operator):
    """Cancel the animation; frames that are made stay, and Resume goes on from there"""

    bl_idname = "genga.cancel_animation"
    bl_label = "Cancel Animation"

    @classmethod
    def poll(cls, context):
        """Only while one is made."""
        run = current_run()
        return run is not None and not run.ended

    def execute(self, context):
        """Cancels."""
        current_run().cancel()
        return {"FINISHED"}


class GENGA_OT_open_sequence(bpy.types.Operator):
    """Open the frames as an image sequence that plays with the timeline"""

    bl_idname = "genga.open_sequence"
    bl_label = "Open Sequence"
    bl_options = {"REGISTER", "UNDO"}

    as_clip: BoolProperty(
        name="Movie Clip", description="Open as a movie clip instead of an image", options={"SKIP_SAVE"}
    )

    def execute(self, context):
        """Loads the frames."""
        try:
            plan = plan_frames(context.scene, context.view_layer.name)
            first, frames = plan.file(plan.frames[0]), list(plan.frames)
            image = load_sequence(first)
        except GengaError as error:
            return report_error(self, error)
        if self.as_clip:
            bpy.data.images.remove(image)
            clip = bpy.data.movieclips.load(str(first))
            clip.frame_start = frames[0]
        elif not bpy.app.background and not show_sequence(context, image, frames):
            self.report({"INFO"}, f"“{image.name}” is among the images; open an Image Editor to see it.")
        return {"FINISHED"}


CLASSES = (GENGA_OT_render_animation, GENGA_OT_cancel_animation, GENGA_OT_open_sequence)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
