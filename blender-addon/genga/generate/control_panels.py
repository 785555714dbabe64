"""Panel of the control layers."""

import bpy
from genga_client.protocol import BundleSummary

from ..panels.wrapped_text import draw_text
from ..tasks.panel import TaskPanel
from ..tasks.wrap_text import wrap_text
from ..translations import translated
from .active_bundle import active_bundle
from .plan import KIND_NAMES, automatic_kinds, has_person


class GENGA_UL_controls(bpy.types.UIList):
    """Control layers."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property):
        """Draws kind, source and strength; a kind that the model does not take is marked."""
        bundle = active_bundle(context.scene)
        row = layout.row(align=True)
        row.active = item.enabled
        row.prop(item, "enabled", text="")
        taken = bundle is None or item.kind in bundle.controls
        source = item.image.name if item.source == "IMAGE" and item.image else ""
        name = translated(KIND_NAMES[item.kind]) + (f": {source}" if source else "")
        row.label(text=name, icon="NONE" if taken else "ERROR", translate=False)
        row.prop(item, "conditioning_scale", text="", emboss=False)


class GENGA_PT_controls(TaskPanel, bpy.types.Panel):
    """Which control maps guide."""

    bl_label = "Control Layers"
    bl_order = 20
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws the list, or what is chosen automatically."""
        layout, props = self.layout, context.scene.genga
        bundle = active_bundle(context.scene)
        layout.prop(props, "auto_controls")
        if props.auto_controls:
            draw_automatic(layout, context.scene, bundle)
            return
        row = layout.row()
        row.template_list("GENGA_UL_controls", "", props, "controls", props, "controls_index", rows=4)
        column = row.column(align=True)
        column.menu("GENGA_MT_control_kinds", text="", icon="ADD")
        column.operator("genga.remove_control", text="", icon="REMOVE")
        column.operator("genga.move_control", text="", icon="TRIA_UP").direction = "UP"
        column.operator("genga.move_control", text="", icon="TRIA_DOWN").direction = "DOWN"
        if bundle is not None:
            layout.operator("genga.add_recommended_controls", icon="ADD")
        if 0 <= props.controls_index < len(props.controls):
            draw_control(layout, props.controls[props.controls_index], bundle)


def draw_automatic(layout, scene, bundle: BundleSummary | None) -> None:
    """Says which maps are used."""
    column = layout.column(align=True)
    column.active = False
    if bundle is None:
        column.label(text="Known once the core runs")
        return
    names = ", ".join(translated(KIND_NAMES[kind]) for kind in automatic_kinds(bundle, has_person(scene)))
    for line in wrap_text(names or translated("This model takes no maps")):
        column.label(text=line, translate=False)
    layout.operator("genga.add_recommended_controls", text="Change…", icon="GREASEPENCIL")


def draw_control(layout, layer, bundle: BundleSummary | None) -> None:
    """Draws the settings of one layer."""
    if bundle is not None and layer.kind not in bundle.controls:
        name = translated(KIND_NAMES[layer.kind])
        text = translated("{model} takes no map of the kind {kind}", model=bundle.name, kind=name)
        draw_text(layout, text, "ERROR", translate=False)
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = True
    column.prop(layer, "kind")
    column.prop(layer, "source")
    if layer.source == "IMAGE":
        column.prop(layer, "image")
        column.prop(layer, "preprocessor")
    elif layer.kind == "openpose":
        column.prop(layer, "armature")
    column.prop(layer, "conditioning_scale", slider=True)
    if bundle is None or not bundle.requires_control:
        sub = column.column(align=True)
        sub.prop(layer, "control_guidance_start", slider=True)
        sub.prop(layer, "control_guidance_end", slider=True)


CLASSES = (
    GENGA_UL_controls,
    GENGA_PT_controls,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
