"""Preferences of the add-on, and the settings that follow from them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import bpy

from . import compat, log_file
from .core_settings import CoreSettings


def _quit_changed(preferences: GENGA_AP_preferences, _: bpy.types.Context) -> None:
    from . import session

    session.get().at_quit = preferences.at_quit


def _level_changed(preferences: GENGA_AP_preferences, _: bpy.types.Context) -> None:
    log_file.set_level(preferences.log_level)


def _bundles(_: GENGA_AP_preferences, __: bpy.types.Context, typed: str) -> list[str]:
    from . import session

    welcome = session.get().welcome
    bundles = () if welcome is None else welcome.capabilities.bundles
    return [one.id for one in bundles if one.task == "image" and typed.lower() in one.id.lower()]


class GENGA_AP_preferences(bpy.types.AddonPreferences):
    """What is the same for every file."""

    bl_idname = __package__

    location: bpy.props.EnumProperty(
        name="Core",
        description="Where the core is that makes the pictures",
        items=(
            (
                "auto",
                "Found by Itself",
                "The core that runs here, else the one that ran here last",
            ),
            ("folder", "From a Folder", "The core that runs here, else the one in the folder"),
            ("remote", "On Another Machine", "A core that is reached by its address and token"),
        ),
        default="auto",
    )
    folder: bpy.props.StringProperty(
        name="Folder of Genga",
        description="Folder of a Genga checkout or installation; it holds core/bin/genga.js",
        subtype="DIR_PATH",
    )
    node: bpy.props.StringProperty(
        name="Node Program",
        description="Node.js 20.19 or newer. Empty: looked for on PATH and in the usual places",
        subtype="FILE_PATH",
    )
    home: bpy.props.StringProperty(
        name="Folder of State",
        description="Where the core keeps queue, pictures and keys. Empty: GENGA_HOME, else the usual place",
        subtype="DIR_PATH",
    )
    url: bpy.props.StringProperty(
        name="Address",
        description="Address of the core: ws://host:port, or wss:// for an encrypted connection",
    )
    token: bpy.props.StringProperty(
        name="Token",
        description="Token of that core, from the file “token” in its folder of state",
        subtype="PASSWORD",
    )
    connect_at_start: bpy.props.BoolProperty(
        name="Connect When Blender Starts",
        description="Connect to a core that runs already; none is started",
        default=True,
    )
    at_quit: bpy.props.EnumProperty(
        name="When Blender Quits",
        description="What becomes of a core that Blender started",
        items=(
            (
                "keep_with_jobs",
                "Stop Unless Needed",
                "Stop it, but not while jobs or other programs use it",
            ),
            ("stop", "Stop", "Stop it; what it has not finished goes on when it is started again"),
            ("keep", "Keep Running", "Leave it running"),
        ),
        default="keep_with_jobs",
        update=_quit_changed,
    )
    output_folder: bpy.props.StringProperty(
        name="Output Folder",
        description="Where files are saved. // is the folder of the .blend; while that is not saved, the "
        "folder “genga” in your home folder",
        default="//genga/",
        subtype="DIR_PATH",
        options=compat.blend_relative(),
    )
    default_bundle: bpy.props.StringProperty(
        name="Default Model",
        description="Model that a new scene uses. Empty: what the core prefers",
        search=_bundles,
    )
    hide_prompts: bpy.props.BoolProperty(
        name="Keep Prompts out of Files",
        description="Credentials hold the hash of each prompt in place of its words. Region phrases too",
    )
    log_level: bpy.props.EnumProperty(
        name="Log",
        description="What Blender's console and the log file get",
        items=(
            ("DEBUG", "Everything", "For a report of a fault"),
            ("INFO", "Events", "Connections, jobs and warnings"),
            ("WARNING", "Warnings", "What went wrong, and what may"),
            ("ERROR", "Errors", "What went wrong"),
        ),
        default="INFO",
        update=_level_changed,
    )

    def draw(self, context: bpy.types.Context) -> None:
        """Draws what counts for the chosen location."""
        from .panels.core_state import draw_core_state

        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_core_state(layout, in_preferences=True)
        column = layout.column()
        column.prop(self, "location")
        if self.location == "remote":
            column.prop(self, "url")
            column.prop(self, "token")
        else:
            if self.location == "folder":
                column.prop(self, "folder")
            column.prop(self, "node")
            column.prop(self, "home")
            column.prop(self, "at_quit")
        column.prop(self, "connect_at_start")
        column = layout.column()
        column.prop(self, "output_folder")
        column.prop(self, "default_bundle")
        column.prop(self, "hide_prompts")
        column = layout.column()
        column.prop(self, "log_level")
        row = column.row()
        row.operator("genga.open_log", icon="TEXT")
        row.operator("genga.copy_diagnostics", icon="COPYDOWN")


def get() -> GENGA_AP_preferences | None:
    """Gives the preferences; None when the add-on is not among the enabled ones."""
    addon = bpy.context.preferences.addons.get(__package__)
    return None if addon is None else addon.preferences


def core_settings() -> CoreSettings:
    """Gives the settings of the connection as they are now."""
    chosen = get()
    if chosen is None:
        return CoreSettings(online_access=compat.online_access(), client_version=addon_version())
    return CoreSettings(
        location=chosen.location,
        folder=_path(chosen.folder),
        node=_path(chosen.node),
        url=chosen.url.strip(),
        token=chosen.token.strip(),
        home=_path(chosen.home),
        hide_prompts=chosen.hide_prompts,
        at_quit=chosen.at_quit,
        online_access=compat.online_access(),
        client_version=addon_version(),
    )


def output_folder() -> Path:
    """Gives the folder for files that are saved; it may not be there yet."""
    chosen = get()
    named = (chosen.output_folder if chosen is not None else "") or "//genga/"
    if named.startswith("//") and not bpy.data.filepath:
        return Path.home() / "genga"
    return Path(bpy.path.abspath(named))


def default_bundle() -> str | None:
    """Gives the id of the bundle that new scenes use; None = what the core prefers."""
    chosen = get()
    return (chosen.default_bundle.strip() or None) if chosen is not None else None


def hide_prompts() -> bool:
    """Whether requests ask the core to keep prompts out of credentials."""
    chosen = get()
    return chosen is not None and chosen.hide_prompts


@cache
def addon_version() -> str:
    """Gives the version of the add-on, as its manifest states it."""
    manifest = (Path(__file__).parent / "blender_manifest.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "(.+)"$', manifest, re.MULTILINE)
    return found[1] if found else "0"


def _path(text: str) -> Path | None:
    return Path(bpy.path.abspath(text.strip())) if text.strip() else None


def register() -> None:
    """Registers the preferences and begins the log."""
    bpy.utils.register_class(GENGA_AP_preferences)
    chosen = get()
    log_file.open_log(chosen.log_level if chosen is not None else "INFO")


def unregister() -> None:
    """Ends the log and takes the preferences back; what was set stays in Blender's own preferences."""
    log_file.close_log()
    bpy.utils.unregister_class(GENGA_AP_preferences)
