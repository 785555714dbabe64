"""Makes Blender's graphics usable without a window."""

from __future__ import annotations

import bpy
from genga_client import GengaError


def ensure_gpu() -> None:
    """Makes sure that off-screen drawing works; a window has that already.

    Without a window, 5.x has `gpu.init`; before, the first Workbench render sets the graphics up (0.3 s
    once). Raises GengaError PROVIDER_UNAVAILABLE when the machine has no OpenGL, EGL or Vulkan at all.
    """
    import gpu

    if not bpy.app.background:
        return
    if hasattr(gpu, "init"):
        try:
            gpu.init()
        except Exception as error:
            raise _unavailable(str(error)) from error
        return
    if _works():
        return
    scene = bpy.data.scenes.new("genga graphics")
    try:
        scene.camera = bpy.data.objects.new("genga graphics", bpy.data.cameras.new("genga graphics"))
        scene.render.engine = "BLENDER_WORKBENCH"
        scene.render.resolution_x = scene.render.resolution_y = 16
        bpy.ops.render.render(scene=scene.name)
    finally:
        camera = scene.camera
        bpy.data.scenes.remove(scene)
        data = camera.data
        bpy.data.objects.remove(camera)
        bpy.data.cameras.remove(data)
    if not _works():
        raise _unavailable("no off-screen buffer could be made")


def _works() -> bool:
    import gpu

    try:
        gpu.types.GPUOffScreen(8, 8).free()
    except Exception:
        return False
    return True


def _unavailable(reason: str) -> GengaError:
    return GengaError(
        "PROVIDER_UNAVAILABLE",
        f"Control maps are drawn by the graphics driver, and there is none here: {reason}.",
        remedy="On a machine without a screen install EGL and Mesa (Debian: libegl1, libgl1-mesa-dri).",
    )
