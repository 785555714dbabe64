"""The session's place in Blender: its timer on the main thread, file loads, and the end."""

from __future__ import annotations

import atexit
import logging
import math
import time

import bpy

from .. import preferences
from . import steps
from .session import Session

log = logging.getLogger(__name__)

BUSY_S = 0.1
IDLE_S = 0.5
SLICES_S = 0.005
"""Pause between slices of work: the window handles its events meanwhile."""
REDRAW_S = 0.2
"""Least time between two times that the panels are drawn."""
REDRAW_MAX_S = 3.0
"""Longest, however slow drawing is."""
DRAWING_SHARE = 0.1
"""Most of the window's time that drawing the panels takes; without a graphics card one takes 0.1 to 0.3 s."""
COUNT_S = 0.5
"""How often the panels are drawn while a job runs without news."""
PATIENCE_S = 60.0
"""How long background mode waits for a core that is gone; in a window the artist decides."""
QUIT_S = 1.5
"""Longest wait for the threads when Blender quits."""

_PANEL_REGIONS = {"VIEW_3D": "UI", "IMAGE_EDITOR": "UI", "PREFERENCES": "WINDOW"}

_session: Session | None = None
_drawn_at = 0.0
_drawn_revision = -1
_drawing_s = 0.0
"""How long drawing the panels takes, by how late the round after it came."""
_due = math.inf
"""When the round after a drawing is due."""


def session() -> Session:
    """Gives the session; raises RuntimeError while the add-on is disabled."""
    if _session is None:
        raise RuntimeError("The add-on Genga is not enabled.")
    return _session


def register() -> None:
    """Makes the session and starts the timer; connects to a core that runs, if that is wished."""
    global _session
    background = bpy.app.background
    _session = Session(preferences.core_settings, patience_s=PATIENCE_S if background else None)
    bpy.app.timers.register(_tick, first_interval=BUSY_S, persistent=True)
    bpy.app.handlers.load_pre.append(_before_load)
    for handlers in (bpy.app.handlers.undo_pre, bpy.app.handlers.redo_pre):
        handlers.append(_before_undo)
    # Blender as a module, and a Blender that is quit, do not disable their add-ons.
    atexit.register(_at_exit)
    chosen = preferences.get()
    if not background and chosen is not None and chosen.connect_at_start:
        _session.start(launch=False)


def unregister() -> None:
    """Ends all that `register` and the session began."""
    global _session
    atexit.unregister(_at_exit)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    if _before_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_load)
    for handlers in (bpy.app.handlers.undo_pre, bpy.app.handlers.redo_pre):
        if _before_undo in handlers:
            handlers.remove(_before_undo)
    steps.cancel_all("The add-on was disabled.")
    if _session is not None:
        _session.close()
        _session = None


def wake() -> None:
    """Has the next round come at once; for operators that begin something while all is idle."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
        bpy.app.timers.register(_tick, first_interval=0.0, persistent=True)


def redraw() -> None:
    """Has the panels of Genga drawn anew; not the scene beside them, which may take long."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            shown = _PANEL_REGIONS.get(area.type)
            for region in area.regions if shown else ():
                if region.type == shown:
                    region.tag_redraw()


def _tick() -> float | None:
    global _drawn_at, _drawn_revision, _drawing_s, _due
    if _session is None:
        return None
    now = time.monotonic()
    if now > _due:
        _drawing_s = max(now - _due, _drawing_s / 2)
    _due = math.inf
    drew = False
    try:
        more = _session.pump()
        # The time left goes on without news.
        news = _session.revision != _drawn_revision
        wait = between_drawings(_drawing_s, news=news)
        if (news or _session.has_open_tickets) and time.monotonic() - _drawn_at >= wait:
            _drawn_revision, drew = _session.revision, True
            redraw()
    except Exception:  # a timer that raises is gone for good
        log.exception("A round of the session failed")
        return IDLE_S
    pause = SLICES_S if more else BUSY_S if _session.is_busy else IDLE_S
    if drew:
        _drawn_at = time.monotonic()
        _due = _drawn_at + pause
    return pause


def between_drawings(drawing_s: float, *, news: bool) -> float:
    """Gives the pause between two drawings of the panels, seconds, that keeps the window free."""
    least = REDRAW_S if news else COUNT_S
    return min(max(least, drawing_s / DRAWING_SHARE), REDRAW_MAX_S)


@bpy.app.handlers.persistent
def _before_load(*_: object) -> None:
    steps.cancel_all("Another file was opened.")


@bpy.app.handlers.persistent
def _before_undo(*_: object) -> None:
    """Undo reads scenes anew; slices that hold a view layer or a mesh would read freed memory."""
    steps.cancel_all("Something was undone or redone meanwhile.", undone=True)


def _at_exit() -> None:
    if _session is not None:
        _session.close(QUIT_S)
