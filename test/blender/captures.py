"""Takes maps of the open scene in one go."""

from __future__ import annotations

from typing import Any

import bpy
from bl_ext.user_default.genga import capture
from bl_ext.user_default.genga.session import steps


def capture_scene(*kinds: str, width: int = 256, height: int = 256, **options: Any) -> Any:
    """Gives the maps of the scene's camera; options are those of CaptureOptions."""
    scene = bpy.context.scene
    depsgraph = bpy.context.evaluated_depsgraph_get()
    view = capture.view_of_camera(depsgraph, scene, scene.camera, width, height)
    return steps.drain(
        capture.capture_maps(
            depsgraph, view, kinds or ("depth",), scene=scene, options=capture.CaptureOptions(**options)
        )
    )
