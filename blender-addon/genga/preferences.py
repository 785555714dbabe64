"""Preferences of the add-on, and the settings that follow from them."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import compat
from .session.core_settings import CoreSettings

VERSION = "0.1.0"


class GENGA_AP_preferences(bpy.types.AddonPreferences):
    """What is the same for every file."""

    bl_idname = __package__

    location: bpy.props.EnumProperty(
        name="Core",
        description="Where the core is that makes the pictures",
        items=(
            ("auto", "On this machine", "The core that runs here, else the one that was installed here"),
            ("folder", "From a folder", "As before, but started from the folder named below"),
            ("remote", "On another machine", "A core that is reached by address and token"),
        ),
        default="auto",
    )
    folder: bpy.props.StringProperty(
        name="Folder of Genga", description="Folder that holds core/bin/genga.js", subtype="DIR_PATH"
    )
    node: bpy.props.StringProperty(
        name="Node program", description="Empty: found by itself. Needs 20.19 or newer", subtype="FILE_PATH"
    )
    url: bpy.props.StringProperty(
        name="Address", description="For instance wss://render.example:7860", default=""
    )
    token: bpy.props.StringProperty(name="Token", description="Token of that core", subtype="PASSWORD")
    home: bpy.props.StringProperty(
        name="Folder of state",
        description="Where the core keeps queue, pictures and keys. Empty: GENGA_HOME, else the usual place",
        subtype="DIR_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the settings of the chosen location."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "location")
        if self.location == "folder":
            layout.prop(self, "folder")
        if self.location == "remote":
            layout.prop(self, "url")
            layout.prop(self, "token")
        else:
            layout.prop(self, "node")
            layout.prop(self, "home")


def get() -> GENGA_AP_preferences | None:
    """Gives the preferences; None when the add-on is not among the enabled ones."""
    addon = bpy.context.preferences.addons.get(__package__)
    return None if addon is None else addon.preferences


def core_settings() -> CoreSettings:
    """Gives the settings of the connection as they are now."""
    chosen = get()
    if chosen is None:
        return CoreSettings(online_access=compat.online_access(), client_version=VERSION)
    return CoreSettings(
        location=chosen.location,
        folder=_path(chosen.folder),
        node=_path(chosen.node),
        url=chosen.url.strip(),
        token=chosen.token.strip(),
        home=_path(chosen.home),
        online_access=compat.online_access(),
        client_version=VERSION,
    )


def _path(text: str) -> Path | None:
    return Path(bpy.path.abspath(text)) if text.strip() else None


def register() -> None:
    """Registers the preferences."""
    bpy.utils.register_class(GENGA_AP_preferences)


def unregister() -> None:
    """Takes the preferences back; what was set stays in Blender's own preferences."""
    bpy.utils.unregister_class(GENGA_AP_preferences)
