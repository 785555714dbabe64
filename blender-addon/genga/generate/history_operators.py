"""Operators of the history."""

import bpy
from bpy.props import BoolProperty, IntProperty
from genga_client import GengaError

from ..tasks.generate_operator import GenerateOperator
from ..tasks.report_error import report_error
from ..tasks.wait_for import wait_for
from .generation import generate
from .history import use_again
from .show_image import open_image


class HistoryOperator:
    """What the history's operators share: the entry's index, by default the active one."""

    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(
        name="Index", description="Which entry; -1 = the active one", default=-1, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context):
        """Only with an entry."""
        return len(context.scene.genga.history) > 0

    def index_in(self, context) -> int:
        """Gives the entry's index."""
        return context.scene.genga.history_index if self.index < 0 else self.index


class GENGA_OT_use_again(HistoryOperator, bpy.types.Operator):
    """Set every setting as it was for this picture, with its seed locked"""

    bl_idname = "genga.use_again"
    bl_label = "Use Again"

    def execute(self, context):
        """Sets them."""
        try:
            missing = use_again(context.scene, self.index_in(context))
        except GengaError as error:
            return report_error(self, error)
        if missing:
            self.report({"WARNING"}, f"No longer in this file: {', '.join(missing)}.")
        return {"FINISHED"}


class GENGA_OT_generate_variation(HistoryOperator, GenerateOperator, bpy.types.Operator):
    """Make a picture with the settings of this one and another seed"""

    bl_idname = "genga.generate_variation"
    bl_label = "Same Again, Other Seed"

    def work(self, context):
        """Takes the settings over and generates."""
        use_again(context.scene, self.index_in(context))
        context.scene.genga.lock_seed = False
        generation = generate(context.scene, context.view_layer)
        if self.waits:
            wait_for([generation])


class GENGA_OT_open_history_image(HistoryOperator, bpy.types.Operator):
    """Show this picture in an Image Editor"""

    bl_idname = "genga.open_history_image"
    bl_label = "Show"
    bl_options = {"REGISTER"}

    def execute(self, context):
        """Shows it."""
        image = context.scene.genga.history[self.index_in(context)].image
        if image is None:
            self.report({"ERROR"}, "This picture was removed from the file.")
            return {"CANCELLED"}
        if not bpy.app.background:
            open_image(context, image)
        return {"FINISHED"}


class GENGA_OT_remove_history(HistoryOperator, bpy.types.Operator):
    """Remove this entry; hold Shift to remove its picture at once. Unused pictures are not saved"""

    bl_idname = "genga.remove_history"
    bl_label = "Remove"

    remove_image: BoolProperty(
        name="Remove Picture", description="Remove the picture from the file as well", options={"SKIP_SAVE"}
    )

    def invoke(self, context, event):
        """Reads Shift."""
        self.remove_image = event.shift
        return self.execute(context)

    def execute(self, context):
        """Removes."""
        props = context.scene.genga
        index = self.index_in(context)
        if not 0 <= index < len(props.history):
            self.report({"ERROR"}, f"The history has no entry {index + 1}.")
            return {"CANCELLED"}
        image = props.history[index].image
        props.history.remove(index)
        props.history_index = max(0, min(props.history_index, len(props.history) - 1))
        if self.remove_image and image is not None:
            bpy.data.images.remove(image)
        return {"FINISHED"}


class GENGA_OT_clear_history(bpy.types.Operator):
    """Remove all entries; pictures that nothing else uses are not saved with the file"""

    bl_idname = "genga.clear_history"
    bl_label = "Clear History"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Only with an entry."""
        return len(context.scene.genga.history) > 0

    def invoke(self, context, event):
        """Asks first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context):
        """Clears."""
        context.scene.genga.history.clear()
        context.scene.genga.history_index = 0
        return {"FINISHED"}


CLASSES = (
    GENGA_OT_use_again,
    GENGA_OT_generate_variation,
    GENGA_OT_open_history_image,
    GENGA_OT_remove_history,
    GENGA_OT_clear_history,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
