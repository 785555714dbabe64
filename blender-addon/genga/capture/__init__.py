"""Control maps and region prompts from the scene."""

from .capture import KINDS, CaptureOptions, batches, capture_maps
from .captured_maps import CapturedMaps
from .latest_maps import forget_latest, latest, remember
from .pose_bones import can_pose
from .properties import capture_options
from .regions import CapturedRegion
from .view import View, frame_size, view_of_camera, view_of_viewport

__all__ = [
    "KINDS",
    "CaptureOptions",
    "CapturedMaps",
    "CapturedRegion",
    "View",
    "can_pose",
    "capture_maps",
    "capture_options",
    "forget_latest",
    "frame_size",
    "latest",
    "register",
    "remember",
    "unregister",
    "view_of_camera",
    "view_of_viewport",
]


def register() -> None:
    """Registers properties, operators and panels."""
    from . import properties

    properties.register()


def unregister() -> None:
    """Takes them back and frees what is on the graphics card."""
    from . import properties
    from .base_colors import forget_textures
    from .shaders import forget_shaders

    properties.unregister()
    forget_latest()
    batches.clear()
    forget_shaders()
    forget_textures()
