"""The result, projection and bake panels."""

from __future__ import annotations

import bpy

from ..panels.wrapped_text import draw_text
from .active import active_image
from .record import record_of


class GENGA_PT_result(bpy.types.Panel):
    """The picture and what to do with it."""

    bl_label = "Use Picture"
    bl_order = 82
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"
    bl_parent_id = "GENGA_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the choice and the buttons."""
        layout = self.layout
        layout.template_ID(context.scene.genga_results, "image", open="image.open")
        image = active_image(context)
        if image is None:
            layout.label(text="No picture yet")
            return
        if context.scene.genga_results.image is None:
            layout.label(text=image.name, icon="IMAGE_DATA", translate=False)
        draw_buttons(layout)


def draw_buttons(layout: bpy.types.UILayout) -> None:
    """Draws the buttons that need nothing but a picture."""
    row = layout.row(align=True)
    row.operator("genga.view_picture", icon="HIDE_OFF")
    row.operator("genga.save_picture", icon="FILE_TICK")
    layout.operator_menu_enum("genga.use_picture", "target")


class GENGA_PT_projection(bpy.types.Panel):
    """Projection onto the selected objects."""

    bl_label = "Project"
    bl_order = 84
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"
    bl_parent_id = "GENGA_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draws settings and the active object's projections."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.genga_results
        column = layout.column()
        column.prop(settings, "shading")
        column.prop(settings, "angle_degrees")
        column.prop(settings, "edge_px")
        column.prop(settings, "border")
        column.prop(settings, "single_user")
        image = active_image(context)
        known = bool((record_of(image) or {}).get("view"))
        button = layout.operator("genga.project_image", icon="MOD_UVPROJECT")
        button.source = "PICTURE" if known else "CAMERA"
        if settings.shading == "EMISSION" and context.scene.view_settings.view_transform not in {
            "Standard",
            "Raw",
        }:
            draw_text(layout, "The view transform changes the picture's colours", "INFO")
        item = context.object
        if item is None or not item.genga_projections.layers:
            return
        box = layout.box()
        box.use_property_split = False
        for index, layer in enumerate(item.genga_projections.layers):
            row = box.row(align=True)
            row.prop(layer, "visible", text="", icon="HIDE_OFF" if layer.visible else "HIDE_ON")
            row.prop(layer, "label", text="")
            row.prop(layer, "opacity", text="")
            row.operator("genga.remove_projection", text="", icon="X").index = index


class GENGA_PT_bake(bpy.types.Panel):
    """Bake of the projections."""

    bl_label = "Bake"
    bl_order = 86
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"
    bl_parent_id = "GENGA_PT_projection"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draws settings and the button."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.genga_results
        layout.prop(settings, "bake_size")
        layout.prop(settings, "bake_uv")
        layout.prop(settings, "bake_fill")
        layout.prop(settings, "bake_margin_px")
        layout.operator("genga.bake_projection", icon="RENDER_STILL")


CLASSES = (GENGA_PT_result, GENGA_PT_projection, GENGA_PT_bake)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
