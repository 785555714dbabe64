"""The 3D viewport: where it is, and what it shows from a view."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np
from genga_client import GengaError

if TYPE_CHECKING:
    from ..capture import View

Place = tuple[bpy.types.Window, bpy.types.Area, bpy.types.Region]


def find_viewport(scene: bpy.types.Scene) -> Place:
    """Gives window, area and region of the largest 3D viewport that shows the scene.

    Raises GengaError INVALID_REQUEST without one, as in background mode.
    """
    found = [
        (area.width * area.height, window, area)
        for window in bpy.context.window_manager.windows
        if window.scene == scene
        for area in window.screen.areas
        if area.type == "VIEW_3D"
    ]
    if bpy.app.background or not found:
        raise GengaError(
            "INVALID_REQUEST",
            "No 3D viewport is open that shows this scene.",
            remedy="Set View to Camera, or open a 3D viewport.",
        )
    _, window, area = max(found, key=lambda one: one[0])
    return window, area, next(region for region in area.regions if region.type == "WINDOW")


def draw_viewport(scene: bpy.types.Scene, view: View) -> np.ndarray:
    """Draws the viewport, with its shading, from a view: sRGB uint8 [H, W, 3], top row first.

    Raises GengaError INVALID_REQUEST without an open viewport.
    """
    import gpu
    from mathutils import Matrix

    window, area, region = find_viewport(scene)
    offscreen = gpu.types.GPUOffScreen(view.width, view.height)
    try:
        with bpy.context.temp_override(window=window, area=area, region=region):
            offscreen.draw_view3d(
                scene,
                window.view_layer,
                area.spaces.active,
                region,
                Matrix(view.view_matrix.tolist()),
                Matrix(view.projection_matrix.tolist()),
                do_color_management=True,
            )
        pixels = np.empty((view.height, view.width, 4), np.float32)
        with offscreen.bind():
            buffer = gpu.types.Buffer("FLOAT", pixels.shape, pixels)
            gpu.state.active_framebuffer_get().read_color(
                0, 0, view.width, view.height, 4, 0, "FLOAT", data=buffer
            )
    finally:
        offscreen.free()
    return np.ascontiguousarray((pixels[::-1, :, :3].clip(0, 1) * 255 + 0.5).astype(np.uint8))
