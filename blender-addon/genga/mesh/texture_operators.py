"""Paint a texture, cancel, try again, unwrap what has no UV map."""

import bpy

from ..results.unwrap import unwrap
from ..tasks.generate_operator import GenerateOperator
from ..tasks.run_operators import CancelRuns, RetryRun, TakeRun
from ..tasks.wait_for import wait_for
from .build_mesh import UV_MAP
from .texture_plan import chosen_objects, without_uvs
from .texture_run import paint_objects, texture_runs


class GENGA_OT_paint_texture(GenerateOperator, bpy.types.Operator):
    """Paint the selected objects from several sides by the words, onto the UV map that they have"""

    bl_idname = "genga.paint_texture"
    bl_label = "Paint Texture"

    def work(self, context):
        """Paints."""
        run = paint_objects(context.scene, chosen_objects(context))
        if self.waits:
            wait_for([run])
            for note in run.notes:
                self.report({"INFO"}, note)


class GENGA_OT_cancel_texture(CancelRuns, bpy.types.Operator):
    """Cancel the textures that are being painted"""

    bl_idname = "genga.cancel_texture"
    bl_label = "Cancel Texture"
    runs = texture_runs()


class GENGA_OT_retry_texture(RetryRun, bpy.types.Operator):
    """Paint these objects again with the settings as they are now and the same seed"""

    bl_idname = "genga.retry_texture"
    bl_label = "Try Texture Again"
    runs = texture_runs()
    settings = "genga_texture"
    gone = "The objects of this texture are not in this file."

    def things(self, run):
        """Gives the objects."""
        return [bpy.data.objects.get(name) for name in run.objects]

    def begin(self, context, items):
        """Begins."""
        paint_objects(context.scene, items)


class GENGA_OT_take_texture(TakeRun, bpy.types.Operator):
    """Put this texture onto the objects of the same names in the file that is open now"""

    bl_idname = "genga.take_texture"
    bl_label = "Get Texture"
    runs = texture_runs()
    gone = "This texture is no longer in memory; the core's own page still has it."


class GENGA_OT_unwrap_objects(bpy.types.Operator):
    """Give the selected objects that have no UV map one without overlaps, by Smart UV Project"""

    bl_idname = "genga.unwrap_objects"
    bl_label = "Unwrap"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Only with such an object, outside of its edit mode."""
        return context.mode == "OBJECT" and bool(without_uvs(chosen_objects(context)))

    def invoke(self, context, event):
        """Asks first: it changes the objects."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context):
        """Unwraps them."""
        count = unwrap_bare(chosen_objects(context), context.view_layer)
        self.report({"INFO"}, f"{count} meshes unwrapped")
        return {"FINISHED"}


def unwrap_bare(items, view_layer) -> int:
    """Unwraps the meshes of those objects that have no UV map; gives how many there were."""
    done = []
    for item in without_uvs(items):
        if item.data not in done:
            unwrap(item, view_layer, UV_MAP)
            done.append(item.data)
    return len(done)


CLASSES = (
    GENGA_OT_paint_texture,
    GENGA_OT_cancel_texture,
    GENGA_OT_retry_texture,
    GENGA_OT_take_texture,
    GENGA_OT_unwrap_objects,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
