"""Making and painting the mask of repainting."""

import bpy
from genga_client import GengaError

from .. import compat
from ..tasks.report_error import report_error
from .active_bundle import active_bundle
from .plan import picture_size

MASK_NAME = "Genga Mask"


class GENGA_OT_new_mask(bpy.types.Operator):
    """Make an empty mask of the picture's size and paint it: white is repainted"""

    bl_idname = "genga.new_mask"
    bl_label = "New Mask"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        """Makes the mask."""
        props = context.scene.genga
        width, height = picture_size(context.scene, active_bundle(context.scene))
        mask = bpy.data.images.new(MASK_NAME, width, height, alpha=False)
        mask.generated_color = (0, 0, 0, 1)
        mask.colorspace_settings.name = "sRGB"
        mask.pack()
        props.mask_image = mask
        props.mode = "INPAINT"
        if not bpy.app.background:
            bpy.ops.genga.paint_mask()
        return {"FINISHED"}


class GENGA_OT_paint_mask(bpy.types.Operator):
    """Paint the mask in an Image Editor; the picture shows through"""

    bl_idname = "genga.paint_mask"
    bl_label = "Paint Mask"

    @classmethod
    def poll(cls, context):
        """Only with a mask."""
        return context.scene.genga.mask_image is not None and not bpy.app.background

    def execute(self, context):
        """Opens the mask in paint mode with a white brush."""
        try:
            _paint(context, context.scene.genga.mask_image)
        except GengaError as error:
            return report_error(self, error)
        return {"FINISHED"}


class GENGA_OT_start_from_image(bpy.types.Operator):
    """Start the next picture from the one that is shown here"""

    bl_idname = "genga.start_from_image"
    bl_label = "Start from This Picture"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Only in an Image Editor with an image."""
        return getattr(context.space_data, "image", None) is not None

    def execute(self, context):
        """Takes the image, or the render."""
        props, image = context.scene.genga, context.space_data.image
        if image.type == "RENDER_RESULT":
            props.start_source = "RENDER"
        else:
            props.start_source, props.start_image = "IMAGE", image
        if props.mode == "TEXT":
            props.mode = "IMG2IMG"
        return {"FINISHED"}


def _paint(context, mask) -> None:
    areas = [
        (window, area)
        for window in context.window_manager.windows
        for area in window.screen.areas
        if area.type == "IMAGE_EDITOR"
    ]
    if not areas:
        before = set(context.window_manager.windows)
        bpy.ops.wm.window_new()
        window = next(window for window in context.window_manager.windows if window not in before)
        window.screen.areas[0].ui_type = "IMAGE_EDITOR"
        areas = [(window, window.screen.areas[0])]
    _, area = areas[0]
    space = area.spaces.active
    space.image = mask
    space.ui_mode = "PAINT"
    for settings in compat.paint_colors(context.scene.tool_settings):
        settings.color = (1, 1, 1)


CLASSES = (GENGA_OT_new_mask, GENGA_OT_paint_mask, GENGA_OT_start_from_image)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
