"""Panel of the Genga tab for textures on the artist's own objects."""

import bpy

from .. import preferences, session
from ..compat import prop_with_placeholder
from ..panels.wrapped_text import draw_text
from ..results.record import record_of
from ..tasks.bundles import chosen_bundle
from ..tasks.choose_bundle import draw_bundle
from ..tasks.new_seed import draw_seed
from ..tasks.panel import TaskPanel, draw_button, draw_error, draw_progress
from ..translations import translated
from .stages import STAGES
from .texture_plan import chosen_objects, without_uvs
from .texture_run import texture_runs


class TexturePanel(TaskPanel):
    """Of a panel of textures."""

    task = "texture"


class GENGA_PT_texture(TexturePanel, bpy.types.Panel):
    """Words, objects, and the button."""

    bl_label = "Paint Texture"
    bl_order = 18
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws them."""
        layout, props = self.layout, context.scene.genga_texture
        prop_with_placeholder(layout, props, "prompt", "What the object looks like")
        bundle_id = props.bundle or preferences.default_bundle() or ""
        bundle = chosen_bundle(session.get().welcome, bundle_id, "image")
        if bundle is not None and bundle.supports_guidance:
            layout.prop(props, "negative_prompt")
        draw_bundle(layout, "GENGA_MT_texture_bundles", "image", bundle_id, "IMAGE_DATA")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(props, "texture_size")
        column.prop(props, "max_views")
        column.prop(props, "strength")
        draw_seed(column, props, "genga.new_texture_seed")
        draw_objects(layout, context)
        draw_paint(layout, context)


def draw_objects(layout, context) -> None:
    """Says which objects are painted, and what they lack."""
    items = chosen_objects(context)
    if not items:
        draw_text(layout, "Select an object", "INFO")
        return
    names = ", ".join(item.name for item in items)
    draw_text(layout, names, "OBJECT_DATA", translate=False)
    bare = without_uvs(items)
    if bare:
        names = ", ".join(item.name for item in bare)
        draw_text(layout, translated("No UV map: {names}", names=names), "ERROR", translate=False)
        layout.operator("genga.unwrap_objects", icon="UV")


def draw_paint(layout, context) -> None:
    """Draws the button, and how the newest texture goes."""
    runs = texture_runs()
    row = draw_button(layout, "genga.paint_texture", "TPAINT_HLT")
    if runs.open():
        row.operator("genga.cancel_texture", text="", icon="X")
    for run in runs.open():
        names = [", ".join(run.objects)] if len(runs.open()) > 1 else []
        draw_progress(layout, run, STAGES, names=names, picture_scale=8)
    for run in runs.all:
        if run.waiting is not None:
            layout.operator("genga.take_texture", icon="IMPORT").number = run.number
    newest = runs.newest()
    if newest is None or runs.open():
        return
    if newest.error is not None:
        draw_error(layout, newest, "genga.retry_texture")
    for note in newest.notes:
        draw_text(layout, note, "INFO", translate=False)
    texture = (record_of(context.object) or {}).get("texture")
    if texture:
        column = layout.column(align=True)
        column.active = False
        facts = [
            translated("{share} of what is seen painted", share=f"{texture['painted']:.0%}"),
            translated("{count} views", count=texture["views"]),
        ]
        column.label(text=" · ".join(facts), translate=False)


class GENGA_PT_texture_advanced(TexturePanel, bpy.types.Panel):
    """Maps, surface, sampling."""

    bl_label = "Texture Settings"
    bl_parent_id = "GENGA_PT_texture"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws them."""
        layout, props = self.layout, context.scene.genga_texture
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in ("depth_scale", "normal_scale", "lineart_scale"):
            layout.prop(props, name)
        layout.prop(props, "own_view_size")
        if props.own_view_size:
            layout.prop(props, "view_size")
        layout.prop(props, "own_surface")
        if props.own_surface:
            layout.prop(props, "roughness")
            layout.prop(props, "metallic")
        layout.prop(props, "own_sampling")
        if props.own_sampling:
            layout.prop(props, "num_inference_steps")
            layout.prop(props, "guidance_scale")


CLASSES = (GENGA_PT_texture, GENGA_PT_texture_advanced)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
