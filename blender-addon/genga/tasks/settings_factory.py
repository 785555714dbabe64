"""Settings as property groups that scenes and other datablocks carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy
from bpy.props import PointerProperty

from ..parts import Registrations


def settings_factory(
    classes: Sequence[type[bpy.types.PropertyGroup]],
    places: Mapping[tuple[type[bpy.types.ID], str], type[bpy.types.PropertyGroup]],
) -> Registrations:
    """Gives `register` and `unregister` for property groups.

    `classes`: all of them, parts before what holds them. `places`: kind of datablock and name of the property
    there, for those that a datablock carries. What .blend files hold of them stays in the files.
    """

    def register() -> None:
        """Adds the settings."""
        for cls in classes:
            bpy.utils.register_class(cls)
        for (owner, name), cls in places.items():
            setattr(owner, name, PointerProperty(type=cls))

    def unregister() -> None:
        """Takes the settings away."""
        for owner, name in reversed(places):
            delattr(owner, name)
        for cls in reversed(classes):
            bpy.utils.unregister_class(cls)

    return register, unregister
