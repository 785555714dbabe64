"""Panels of the queue and of the history."""

import bpy

from ..panels.wrapped_text import draw_text
from ..tasks.panel import TaskPanel, draw_progress
from ..translations import translated
from .generation import Generation, generations
from .stages import STAGES


class GENGA_PT_queue(TaskPanel, bpy.types.Panel):
    """This Blender's jobs."""

    bl_label = "Queue"
    bl_order = 70
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws one row each, the next one first, then what has ended."""
        layout = self.layout
        found = generations()
        if not found:
            layout.label(text="Nothing is queued")
            return
        waits = [one for one in found if not one.ended]
        for place, one in enumerate(waits):
            draw_open(layout.box(), one, first=place == 0)
        for one in reversed([one for one in found if one.ended]):
            draw_ended(layout, one)
        layout.operator("genga.clear_queue", icon="TRASH")


def draw_open(layout, one: Generation, *, first: bool) -> None:
    """Draws a picture that is not made yet."""
    row = layout.row(align=True)
    row.label(text=one.title, translate=False)
    state = one.ticket.state if one.ticket else ""
    if state == "paused":
        row.operator("genga.resume_job", text="", icon="PLAY").number = one.number
    elif state == "queued":
        if not first:
            row.operator("genga.raise_job", text="", icon="TRIA_UP").number = one.number
        row.operator("genga.pause_job", text="", icon="PAUSE").number = one.number
    row.operator("genga.cancel_job", text="", icon="X").number = one.number
    draw_progress(layout, one, STAGES)
    if one.notice:
        draw_text(layout, one.notice, "INFO", translate=False)


def draw_ended(layout, one: Generation) -> None:
    """Draws a picture that is made, or is not going to be."""
    row = layout.row(align=True)
    icon = {"succeeded": "CHECKMARK", "failed": "ERROR"}.get(one.state, "X")
    row.label(text=one.title, icon=icon, translate=False)
    if one.files:
        row.operator("genga.take_result", text="", icon="IMPORT").number = one.number
    if one.state in ("failed", "cancelled"):
        row.operator("genga.retry_job", text="", icon="FILE_REFRESH").number = one.number


class GENGA_UL_history(bpy.types.UIList):
    """Pictures that were made."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property):
        """Draws thumbnail, prompt and time."""
        image = item.image
        preview = image.preview_ensure() if image is not None else None
        row = layout.row(align=True)
        row.label(text=item.title, icon_value=preview.icon_id if preview else 0, translate=False)
        row.label(text=item.time[5:], translate=False)


class GENGA_PT_history(TaskPanel, bpy.types.Panel):
    """What was made, and how to make it again."""

    bl_label = "History"
    bl_order = 80
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws the list and the active entry."""
        layout, props = self.layout, context.scene.genga
        if len(props.history) == 0:
            layout.label(text="Pictures appear here")
            return
        row = layout.row()
        row.template_list("GENGA_UL_history", "", props, "history", props, "history_index", rows=4)
        column = row.column(align=True)
        column.operator("genga.remove_history", text="", icon="REMOVE")
        column.operator("genga.clear_history", text="", icon="TRASH")
        if not 0 <= props.history_index < len(props.history):
            return
        entry = props.history[props.history_index]
        preview = entry.image.preview_ensure() if entry.image is not None else None
        if preview is not None:
            layout.template_icon(icon_value=preview.icon_id, scale=7)
        size = f"{entry.width} × {entry.height} px"
        layout.label(text=f"{size} · {translated('Seed')} {entry.seed}", translate=False)
        row = layout.row(align=True)
        row.operator("genga.use_again", icon="LOOP_BACK")
        row.operator("genga.open_history_image", icon="IMAGE_DATA")
        layout.operator("genga.generate_variation", icon="FILE_REFRESH")
        layout.prop(props, "history_limit")


CLASSES = (
    GENGA_PT_queue,
    GENGA_UL_history,
    GENGA_PT_history,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
