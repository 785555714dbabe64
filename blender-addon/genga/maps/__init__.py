"""Panels and operators for the control maps and regions of the scene."""

from __future__ import annotations

import bpy
from bpy.app.handlers import persistent

from ..capture import forget_latest
from . import map_operators, panels, pose_operators, region_operators, thumbnails

_PARTS = (thumbnails, map_operators, region_operators, pose_operators, panels)


@persistent
def _forget(*_: object) -> None:
    forget_latest()


def register() -> None:
    """Registers all of them."""
    for part in _PARTS:
        part.register()
    bpy.app.handlers.load_post.append(_forget)


def unregister() -> None:
    """Takes them back."""
    bpy.app.handlers.load_post.remove(_forget)
    for part in reversed(_PARTS):
        part.unregister()
