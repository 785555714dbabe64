"""Which picture and which objects a button means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from genga_client import GengaError

from .record import record_of

if TYPE_CHECKING:
    from ..capture import View


def active_image(context: bpy.types.Context) -> bpy.types.Image | None:
    """Gives the picture of the Image Editor, else the one chosen in the panel, else the newest of ours."""
    space = context.space_data
    if space is not None and space.type == "IMAGE_EDITOR":
        image = space.image
        return image if image is not None and image.type != "RENDER_RESULT" else None
    chosen = context.scene.genga_results.image
    if chosen is not None:
        return chosen
    dated = [
        (record.get("time") or "", image)
        for image in bpy.data.images
        if (record := record_of(image)) is not None
    ]
    return max(dated, key=lambda entry: entry[0])[1] if dated else None


def need_image(context: bpy.types.Context, name: str = "") -> bpy.types.Image:
    """Gives the picture called `name`, or the active one. Raises GengaError INVALID_REQUEST without one."""
    image = bpy.data.images.get(name) if name else active_image(context)
    if image is None:
        raise GengaError(
            "INVALID_REQUEST",
            f'There is no picture "{name}".' if name else "There is no picture yet.",
            remedy="Generate one, or choose one in the panel.",
        )
    return image


def view_of(image: bpy.types.Image) -> View:
    """Gives the view that a picture was made from. Raises GengaError INVALID_REQUEST when it has none."""
    from ..capture import View

    view = (record_of(image) or {}).get("view")
    if not view:
        raise GengaError(
            "INVALID_REQUEST",
            f'It is not known from which view "{image.name}" was made.',
            remedy="Project from the scene camera, or take a picture that Genga made.",
        )
    return View.from_json(view)
