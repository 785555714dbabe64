"""How the core is, in a few lines: for the sidebar and the preferences."""

from __future__ import annotations

import bpy

from .. import preferences, session
from ..session.session import Session

ICONS = {
    "off": "UNLINKED",
    "starting": "SORTTIME",
    "connecting": "SORTTIME",
    "connected": "LINKED",
    "lost": "ERROR",
    "refused": "ERROR",
}
WRAP_WIDTH = 46
"""Characters of a line of an error in a sidebar of the usual width."""


def draw_core_state(layout: bpy.types.UILayout, *, in_preferences: bool = False) -> None:
    """Draws state, device, memory, queue and bundle, and the buttons that the state allows."""
    current = session.get()
    box = layout.box()
    column = box.column(align=True)
    draw_text(column, current.message or "The core is not running.", ICONS[current.state])
    if current.connected:
        _draw_facts(column, current)
    if current.state == "off" and current.has_open_tickets:
        draw_text(column, "Jobs wait in the core. They go on when it runs.", "SORTTIME")
    _draw_buttons(box, current, in_preferences)


def draw_text(layout: bpy.types.UILayout, text: str, icon: str = "NONE") -> None:
    """Draws a text of any length as lines: a label alone would be cut off."""
    for number, line in enumerate(wrap(bpy.app.translations.pgettext_iface(text))):
        layout.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)


def wrap(text: str, width: int = WRAP_WIDTH) -> list[str]:
    """Breaks a text into lines; wide characters count twice, and are broken between any two."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line, used = "", 0
        for word in _words(paragraph):
            size = sum(2 if ord(letter) > 0x2E7F else 1 for letter in word)
            if line and used + size > width:
                lines.append(line.rstrip())
                line, used = "", 0
                word = word.lstrip()
            line += word
            used += size
        lines.append(line.rstrip())
    return lines


def _words(text: str) -> list[str]:
    words: list[str] = []
    for letter in text:
        if not words or letter == " " or ord(letter) > 0x2E7F or ord(words[-1][-1]) > 0x2E7F:
            words.append(letter)
        else:
            words[-1] += letter
    return words


def _draw_facts(layout: bpy.types.UILayout, current: Session) -> None:
    status = current.core_status
    if status is None:
        layout.label(text="Asking how it is…", icon="BLANK1")
        return
    translate = bpy.app.translations.pgettext_iface
    # The core looks for a device when it needs one.
    device = status.device or translate("Device is chosen with the first job")
    layout.label(text=device, icon="BLANK1", translate=False)
    memory = translate("{size} MB of memory").format(size=round(status.memory_bytes / 1e6))
    layout.label(text=memory, icon="BLANK1", translate=False)
    if status.running or status.queued:
        queue = translate("{running} running, {queued} waiting").format(
            running=status.running, queued=status.queued
        )
    else:
        queue = translate("No jobs")
    layout.label(text=queue, icon="BLANK1", translate=False)
    layout.label(text=_bundle(current), icon="BLANK1", translate=False)


def _bundle(current: Session) -> str:
    translate = bpy.app.translations.pgettext_iface
    chosen = preferences.default_bundle()
    bundles = [one for one in current.core_status.bundles if one.task == "image"]
    usable = [one for one in bundles if one.allowed]
    if chosen is not None:
        found = next((one for one in bundles if one.id == chosen), None)
        if found is None:
            return translate("Bundle {name} is not installed").format(name=chosen)
        return found.name if found.allowed else translate("Bundle {name} is refused").format(name=found.name)
    if not usable:
        return translate("No bundle can be used")
    return next((one.name for one in usable if one.default), usable[0].name)


def _draw_buttons(layout: bpy.types.UILayout, current: Session, in_preferences: bool) -> None:
    row = layout.row(align=True)
    if current.state in ("off", "refused"):
        remote = preferences.core_settings().location == "remote"
        row.operator("genga.start_core", text="Connect" if remote else "Start Core", icon="PLAY")
    elif current.state in ("starting", "connecting"):
        row.operator("genga.stop_core", text="Cancel", icon="X")
    else:
        if current.state == "lost" and not current.owns_core:
            row.operator("genga.start_core", icon="PLAY")
        if current.owns_core:
            row.operator("genga.stop_core", icon="PAUSE")
        row.operator("genga.disconnect_core", icon="UNLINKED")
    if in_preferences:
        row.operator("genga.test_core", icon="FILE_REFRESH")
    if current.settings_in_use not in (None, preferences.core_settings()) and current.state != "off":
        draw_text(layout, "The settings were changed since the connection was made.", "INFO")
        layout.operator("genga.reconnect_core", icon="FILE_REFRESH")
