"""Shows an image where the artist has an Image Editor."""

from __future__ import annotations

import bpy

from ..results.record import record_of


def show_image(image: bpy.types.Image) -> bool:
    """Shows an image in the Image Editors that show nothing, a render or another picture of ours.

    Editors with the artist's own images, or that are painted in, are left alone. Tells whether one was there.
    """
    shown = False
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type != "IMAGE_EDITOR":
                continue
            space = area.spaces.active
            if space.ui_mode != "PAINT" and _may_replace(space.image) and not space.use_image_pin:
                space.image = image
                shown = True
    return shown


def open_image(context: bpy.types.Context, image: bpy.types.Image) -> None:
    """Shows an image in any Image Editor, in a new window if there is none."""
    if show_image(image):
        return
    before = set(context.window_manager.windows)
    bpy.ops.wm.window_new()
    window = next(window for window in context.window_manager.windows if window not in before)
    area = window.screen.areas[0]
    area.ui_type = "IMAGE_EDITOR"
    area.spaces.active.image = image


def _may_replace(image: bpy.types.Image | None) -> bool:
    return image is None or image.type == "RENDER_RESULT" or record_of(image) is not None
