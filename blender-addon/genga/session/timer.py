"""The session's place in Blender: its timer on the main thread, file loads, and the end."""

from __future__ import annotations

import logging

import bpy

from .. import preferences
from . import steps
from .session import Session

log = logging.getLogger(__name__)

BUSY_S = 0.1
IDLE_S = 0.5
SLICES_S = 0.005
"""Pause between slices of work: the window handles its events meanwhile."""

_session: Session | None = None
_drawn_revision = -1


def session() -> Session:
    """Gives the session; raises RuntimeError while the add-on is disabled."""
    if _session is None:
        raise RuntimeError("The add-on Genga is not enabled.")
    return _session


def register() -> None:
    """Makes the session and starts the timer."""
    global _session
    _session = Session(preferences.core_settings, patience_s=60.0 if bpy.app.background else None)
    bpy.app.timers.register(_tick, first_interval=BUSY_S, persistent=True)
    bpy.app.handlers.load_pre.append(_before_load)


def unregister() -> None:
    """Ends all that `register` and the session began."""
    global _session
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    if _before_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_load)
    steps.cancel_all("The add-on was disabled.")
    if _session is not None:
        _session.close()
        _session = None


def _tick() -> float | None:
    global _drawn_revision
    if _session is None:
        return None
    try:
        more = _session.pump()
    except Exception:  # a timer that raises is gone for good
        log.exception("A round of the session failed")
        return IDLE_S
    if _session.revision != _drawn_revision or _session.has_open_tickets:
        _drawn_revision = _session.revision
        redraw()
    if more:
        return SLICES_S
    return BUSY_S if _session.is_busy else IDLE_S


def redraw() -> None:
    """Has the areas drawn anew that show something of Genga."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "IMAGE_EDITOR", "PREFERENCES"}:
                area.tag_redraw()


@bpy.app.handlers.persistent
def _before_load(*_: object) -> None:
    steps.cancel_all("Another file was opened.")
