"""Generate, and what stops it."""

import bpy
from bpy.props import IntProperty

from ..tasks.generate_operator import GenerateOperator
from ..tasks.wait_for import wait_for
from .generation import forget_ended, generate, generation_of, generations, open_generations


class GENGA_OT_generate_image(GenerateOperator, bpy.types.Operator):
    """Make a picture from the view with the settings below; starts the core if it does not run"""

    bl_idname = "genga.generate_image"
    bl_label = "Generate"

    def work(self, context):
        """Generates."""
        generation = generate(context.scene, context.view_layer)
        if self.waits:
            wait_for([generation])


class GENGA_OT_cancel_job(bpy.types.Operator):
    """Cancel; it stops within one step"""

    bl_idname = "genga.cancel_job"
    bl_label = "Cancel"

    number: IntProperty(
        name="Number", description="Which one; 0 = the newest that runs", default=0, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context):
        """Only with something to cancel."""
        return bool(open_generations())

    def execute(self, context):
        """Cancels one."""
        found = generation_of(self.number) if self.number else open_generations()[-1]
        if found is None:
            self.report({"ERROR"}, f"There is no picture number {self.number} in the queue.")
            return {"CANCELLED"}
        found.cancel()
        return {"FINISHED"}


class GENGA_OT_take_result(bpy.types.Operator):
    """Put this picture into the file that is open now; it was made for another one"""

    bl_idname = "genga.take_result"
    bl_label = "Get Picture"
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(options={"SKIP_SAVE"})

    def execute(self, context):
        """Takes the picture."""
        found = generation_of(self.number)
        if found is None or not found.files:
            self.report({"ERROR"}, "This picture is no longer in memory; the core's own page still has it.")
            return {"CANCELLED"}
        found.take()
        return {"FINISHED"}


class GENGA_OT_clear_queue(bpy.types.Operator):
    """Take what has ended out of the list"""

    bl_idname = "genga.clear_queue"
    bl_label = "Clear Ended"

    @classmethod
    def poll(cls, context):
        """Only with something that ended."""
        return any(one.ended for one in generations())

    def execute(self, context):
        """Clears."""
        forget_ended()
        return {"FINISHED"}


CLASSES = (
    GENGA_OT_generate_image,
    GENGA_OT_cancel_job,
    GENGA_OT_take_result,
    GENGA_OT_clear_queue,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
