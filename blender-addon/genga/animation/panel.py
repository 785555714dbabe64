"""Panel of animations."""

import bpy

from .. import compat
from ..tasks.panel import TaskPanel
from ..tasks.wrap_text import wrap_text
from ..translations import translated
from .sequence import current_run


class GENGA_PT_animation(TaskPanel, bpy.types.Panel):
    """A frame range as an image sequence."""

    bl_label = "Animation"
    bl_order = 90
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws range, output, button and how far it is."""
        layout, scene = self.layout, context.scene
        props = scene.genga_animation
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(props, "use_scene_range")
        if not props.use_scene_range:
            column = layout.column(align=True)
            column.prop(props, "frame_start")
            column.prop(props, "frame_end")
            column.prop(props, "frame_step")
        layout.prop(props, "output")
        layout.prop(props, "seed_policy")
        layout.prop(props, "existing")
        layout.prop(props, "use_markers")
        layout.prop(props, "ahead")
        run = current_run()
        if run is None or run.ended:
            row = layout.row()
            row.scale_y = 1.3
            row.operator("genga.render_animation", icon="RENDER_ANIMATION")
        if run is not None:
            draw_run(layout, run)


def draw_run(layout, run) -> None:
    """Draws how far an animation is, and what became of the frames."""
    tally, count = run.tally, len(run.plan.frames)
    if not run.ended:
        row = layout.row(align=True)
        parts = [f"{tally.ended}/{count}"]
        if run.eta_s is not None:
            parts.append(translated("{seconds} s left", seconds=round(run.eta_s)))
        compat.draw_progress(row, run.progress, " · ".join(parts))
        row.operator("genga.cancel_animation", text="", icon="X")
    column = layout.column(align=True)
    for text, frames in (
        (translated("Made: {count}", count=len(tally.made)), tally.made),
        (translated("Made again, since something changed: {count}", count=len(tally.changed)), tally.changed),
        (translated("Kept: {count}", count=len(tally.kept)), tally.kept),
        (translated("Kept, since they were edited: {count}", count=len(tally.edited)), tally.edited),
        (translated("Failed: {count}", count=len(tally.failed)), tally.failed),
    ):
        if frames:
            for line in wrap_text(text):
                column.label(text=line, translate=False)
    if run.error is not None and run.error.code != "CANCELLED":
        box = layout.box()
        box.label(text=run.error.code, icon="ERROR", translate=False)
        for line in wrap_text(str(run.error)):
            box.label(text=line, translate=False)
    if run.ended and (tally.made or tally.kept):
        row = layout.row(align=True)
        row.operator("genga.open_sequence", icon="IMAGE_DATA")
        row.operator("genga.open_sequence", text="", icon="TRACKER").as_clip = True


def register() -> None:
    """Registers the panel."""
    bpy.utils.register_class(GENGA_PT_animation)


def unregister() -> None:
    """Takes the panel back."""
    bpy.utils.unregister_class(GENGA_PT_animation)
