"""How the core is, in a few lines: for the sidebar and the preferences."""

from __future__ import annotations

import bpy

from .. import preferences, session
from ..session.session import Session
from ..translations import translated
from .wrapped_text import draw_text

ICONS = {
    "off": "UNLINKED",
    "starting": "SORTTIME",
    "connecting": "SORTTIME",
    "connected": "LINKED",
    "lost": "ERROR",
    "refused": "ERROR",
}


def draw_core_state(layout: bpy.types.UILayout, *, in_preferences: bool = False) -> None:
    """Draws state, device, memory, queue and bundle, and the buttons that the state allows."""
    current = session.get()
    box = layout.box()
    column = box.column(align=True)
    if current.connected:
        row = column.row(align=True)
        row.label(text="Connected", icon="LINKED")
        if not in_preferences:
            _draw_ends(row, current, "")
        _draw_facts(column, current)
    else:
        draw_text(column, current.message or "No core is running", ICONS[current.state])
    if current.state == "off" and current.has_open_tickets:
        draw_text(column, "Jobs wait in the core. They go on when it runs.", "SORTTIME")
    _draw_buttons(box, current, in_preferences)


def _draw_facts(layout: bpy.types.UILayout, current: Session) -> None:
    status = current.core_status
    if status is None:
        layout.label(text="Asking how it is…", icon="BLANK1")
        return
    if status.device:  # the core looks for one when it has the first job
        draw_text(layout, status.device, "BLANK1", translate=False)
    jobs = status.running + status.queued
    facts = [
        translated("Memory: {size} MB", size=round(status.memory_bytes / 1e6)),
        translated("Jobs in the core: {count}", count=jobs) if jobs else translated("No jobs in the core"),
        _bundle(current),
    ]
    for fact in facts:
        draw_text(layout, fact, "BLANK1", translate=False)


def _bundle(current: Session) -> str:
    """Says which bundle a new scene uses, or why it cannot."""
    chosen = preferences.default_bundle()
    bundles = [one for one in current.core_status.bundles if one.task == "image"]
    usable = [one for one in bundles if one.allowed]
    if chosen is not None:
        found = next((one for one in bundles if one.id == chosen), None)
        if found is None:
            return translated("Model {name} is not installed", name=chosen)
        return found.name if found.allowed else translated("Model {name} is refused", name=found.name)
    if not usable:
        return translated("No model can be used")
    return next((one.name for one in usable if one.default), usable[0].name)


def _draw_buttons(layout: bpy.types.UILayout, current: Session, in_preferences: bool) -> None:
    changed = current.settings_in_use not in (None, preferences.core_settings())
    if changed and current.state != "off":
        draw_text(layout, "The settings were changed since the connection was made.", "INFO")
        layout.operator("genga.reconnect_core", icon="FILE_REFRESH")
    if current.connected and not in_preferences:
        return
    row = layout.row(align=True)
    if current.state in ("off", "refused"):
        remote = preferences.core_settings().location == "remote"
        row.operator("genga.start_core", text="Connect" if remote else "Start Core", icon="PLAY")
    elif current.state in ("starting", "connecting"):
        row.operator("genga.stop_core", text="Cancel", icon="X")
    elif current.state == "lost":
        if not current.owns_core:
            row.operator("genga.start_core", icon="PLAY")
        _draw_ends(row, current, None)
    else:
        _draw_ends(row, current, None)
    if in_preferences:
        row.operator("genga.test_core", icon="FILE_REFRESH")


def _draw_ends(row: bpy.types.UILayout, current: Session, text: str | None) -> None:
    """Draws the buttons that end the connection, and the core if it is Blender's; with text "" icons only."""
    labels = {} if text is None else {"text": text}
    if current.owns_core:
        row.operator("genga.stop_core", icon="PAUSE", **labels)
    row.operator("genga.disconnect_core", icon="UNLINKED", **labels)
