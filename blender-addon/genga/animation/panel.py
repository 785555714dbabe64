"""Panel of animations."""

import bpy

from .. import compat
from ..generate.panels import GengaPanel
from ..generate.wrap_text import wrap_text
from .sequence import current_run


class GENGA_PT_animation(GengaPanel, bpy.types.Panel):
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
        left = f" · {run.eta_s:.0f} s left" if run.eta_s is not None else ""
        compat.draw_progress(row, run.progress, f"{tally.ended}/{count}{left}")
        row.operator("genga.cancel_animation", text="", icon="X")
    facts = [f"{len(tally.made)} made"]
    if tally.changed:
        facts.append(f"{len(tally.changed)} of them again, since something changed")
    if tally.kept:
        facts.append(f"{len(tally.kept)} kept")
    if tally.edited:
        facts.append(f"{len(tally.edited)} kept, since they were edited")
    if tally.failed:
        facts.append(f"{len(tally.failed)} failed")
    column = layout.column(align=True)
    for line in wrap_text(", ".join(facts)):
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
