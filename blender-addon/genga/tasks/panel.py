"""Where the panels of the Genga tab are, and how they show work under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy
from genga_client.protocol import Task

from .. import compat, session
from ..translations import translated
from . import offers
from .live_preview import icon_of
from .run import Run
from .wrap_text import wrap_text

STATES = {
    "waiting": "Waiting for the core",
    "preparing": "Sending files",
    "queued": "Queued",
    "paused": "Paused",
    "fetching": "Receiving",
    "succeeded": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


class TaskPanel:
    """Of a panel: where it is, and that it is there only while the core offers its task."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"
    bl_parent_id = "GENGA_PT_main"
    task: Task = "image"

    @classmethod
    def poll(cls, context):
        """Only while the core offers the task; of pictures it is assumed."""
        return offers(cls.task)


def draw_button(layout: bpy.types.UILayout, operator: str, icon: str) -> bpy.types.UILayout:
    """Draws the large button that begins; gives its row, for a button that cancels."""
    row = layout.row(align=True)
    row.scale_y = 1.6
    connected = session.get().state in ("connected", "lost")
    row.operator(operator, icon=icon, text="Generate" if connected else "Start and Generate")
    return row


def draw_progress(
    layout: bpy.types.UILayout,
    run: Run,
    stages: Mapping[str, str],
    *,
    names: Sequence[str] = (),
    picture_scale: float = 0.0,
) -> None:
    """Draws how far a run is, above it the unfinished result if it is to be shown."""
    ticket = run.ticket
    if ticket is not None and picture_scale and (icon := icon_of(ticket)):
        layout.template_icon(icon_value=icon, scale=picture_scale)
    progress = 0.0 if ticket is None else ticket.progress
    compat.draw_progress(layout, progress, progress_text(run, stages, names))


def progress_text(run: Run, stages: Mapping[str, str], names: Sequence[str] = ()) -> str:
    """Gives state, step and time left in a few words, after `names` of what the run is for."""
    ticket = run.ticket
    if ticket is None:
        return translated(run.stage)
    parts = list(names)
    if ticket.state == "queued" and ticket.position:
        parts.append(translated("Queued, {count} before it", count=ticket.position))
    elif ticket.state != "running":
        parts.append(translated(STATES.get(ticket.state, ticket.state)))
    else:
        parts.append(translated(stages.get(ticket.stage, ticket.stage or "Running")))
        if ticket.total_steps > 1:
            parts.append(f"{ticket.step}/{ticket.total_steps}")
        if ticket.eta_s is not None and ticket.eta_s >= 1:
            parts.append(translated("{seconds} s left", seconds=round(ticket.eta_s)))
    return " · ".join(parts)


def draw_error(layout: bpy.types.UILayout, run: Run, retry: str) -> None:
    """Draws why a run failed and what to do, in lines that fit; `retry` is the operator that tries again."""
    error = run.error
    if error is None:
        return
    box = layout.box()
    box.label(text=error.code, icon="ERROR", translate=False)
    column = box.column(align=True)
    column.scale_y = 0.8
    for text in (error.message, error.remedy):
        for line in wrap_text(text or ""):
            column.label(text=line, translate=False)
    box.operator(retry, text="Try Again", icon="FILE_REFRESH").number = run.number
