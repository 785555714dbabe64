"""Panels of the Genga tab for control maps, regions and the bones of a pose."""

from __future__ import annotations

import bpy
from bpy.app.translations import pgettext_iface as translate

from ..capture import latest
from ..capture.pose_bones import OPTIONAL_PARTS, PARTS, RIG_NAMES, bones_by_name
from ..generate.plan import KIND_NAMES
from ..tasks import offers
from ..tasks.wrap_text import wrap_text
from .map_operators import drawing, last_error
from .region_operators import active_region
from .thumbnails import icon_of

SOURCE_ICONS = {
    "OBJECT": "OBJECT_DATA",
    "COLLECTION": "OUTLINER_COLLECTION",
    "MATERIAL": "MATERIAL",
    "WORLD": "WORLD",
    "DEFAULT": "BLANK1",
}


class GengaPanel:
    """Where the panels are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"
    bl_parent_id = "GENGA_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while the core makes pictures, or is not known yet."""
        return offers("image")


class GENGA_PT_maps(GengaPanel, bpy.types.Panel):
    """Control maps as they would go to the core."""

    bl_label = "Maps"
    bl_order = 30

    def draw(self, context: bpy.types.Context) -> None:
        """Draws thumbnails, notes and buttons."""
        layout, scene = self.layout, context.scene
        row = layout.row(align=True)
        row.enabled = not drawing()
        row.operator(
            "genga.capture_maps", text="Drawing Maps" if drawing() else "Draw Maps", icon="FILE_REFRESH"
        )
        row.operator("genga.save_maps", text="", icon="FILE_FOLDER")
        captured = latest(scene)
        error = last_error()
        if error is not None:
            draw_text(layout.box().column(align=True), str(error), icon="ERROR")
        if captured is None:
            return
        grid = layout.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        for kind in captured.maps:
            cell = grid.box().column(align=True)
            icon = icon_of(scene, kind)
            if icon:
                cell.template_icon(icon_value=icon, scale=5)
            cell.operator("genga.show_map", text=KIND_NAMES[kind], emboss=False).kind = kind
        view = captured.view
        note = layout.column(align=True)
        note.active = False
        source = view.camera_name or translate("Viewport")
        note.label(text=f"{source} · {view.width} × {view.height} px", translate=False, icon="CAMERA_DATA")
        if "light" in captured.maps and captured.key_light:
            note.label(text=captured.key_light, translate=False, icon="LIGHT")
        for text in captured.notes:
            draw_text(note, text, icon="INFO")


class GENGA_PT_map_settings(GengaPanel, bpy.types.Panel):
    """How maps are drawn."""

    bl_label = "Map Settings"
    bl_parent_id = "GENGA_PT_maps"

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the settings."""
        layout, settings = self.layout, context.scene.genga_maps
        layout.use_property_split = True
        layout.use_property_decorate = False
        column = layout.column(heading="Line Art")
        column.prop(settings, "line_width")
        column.prop(settings, "crease_angle")
        column.prop(settings, "depth_step")
        column.prop(settings, "material_lines")
        layout.prop(settings, "light")
        layout.prop(settings, "armature")


class GENGA_UL_regions(bpy.types.UIList):
    """Regions with their colour and phrase."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flag=0):
        """Draws one region; its phrase is edited in place."""
        row = layout.row(align=True)
        chip = row.row()
        chip.ui_units_x = 0.8
        chip.enabled = False
        chip.prop(item, "color", text="")
        row.prop(item, "phrase", text="", emboss=False)
        row.label(text="", icon=SOURCE_ICONS.get(item.source, "BLANK1"))


class GENGA_PT_regions(GengaPanel, bpy.types.Panel):
    """What each part of the picture shows."""

    bl_label = "Regions"
    bl_order = 40

    def draw_header(self, context: bpy.types.Context) -> None:
        """Switches region prompts on or off."""
        self.layout.prop(context.scene.genga, "use_regions", text="")

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the list, and the phrase of the active object."""
        layout, scene = self.layout, context.scene
        settings = scene.genga_maps
        layout.active = scene.genga.use_regions
        if len(settings.regions):
            row = layout.row()
            row.template_list(
                "GENGA_UL_regions", "", settings, "regions", settings, "region_index", rows=4, maxrows=8
            )
            buttons = row.column(align=True)
            buttons.operator("genga.capture_maps", text="", icon="FILE_REFRESH")
            buttons.operator("genga.select_region", text="", icon="RESTRICT_SELECT_OFF")
            buttons.operator("genga.find_region", text="", icon="EYEDROPPER")
            buttons.operator("genga.reset_phrases", text="", icon="LOOP_BACK")
            region = active_region(scene)
            if region is not None:
                note = layout.row()
                note.active = False
                note.label(text=f"{region.name} · {region.pixels} px", translate=False)
        else:
            layout.operator("genga.capture_maps", text="List Regions", icon="FILE_REFRESH")
        draw_active_object(layout, context)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "background_phrase")
        column.prop(settings, "regions_by")
        column.prop(settings, "min_pixels")


def draw_active_object(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draws the phrases of the active object and its collection."""
    item = context.object
    if item is None:
        return
    box = layout.box().column(align=True)
    row = box.row(align=True)
    row.prop(item.genga, "use_phrase", text="")
    field = row.row(align=True)
    field.enabled = item.genga.use_phrase
    field.prop(item.genga, "phrase", text="", icon="OBJECT_DATA")
    box.label(text=item.name, translate=False)
    for collection in item.users_collection[:2]:
        box.prop(collection.genga, "phrase", text="", icon="OUTLINER_COLLECTION")
        box.label(text=collection.name, translate=False)


class GENGA_PT_pose(GengaPanel, bpy.types.Panel):
    """Bones of the active armature."""

    bl_label = "Pose Bones"
    bl_order = 45

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only for an active armature."""
        return offers("image") and context.object is not None and context.object.type == "ARMATURE"

    def draw(self, context: bpy.types.Context) -> None:
        """Draws a field for each part of the body."""
        layout, item = self.layout, context.object
        mapping, rig = bones_by_name(item)
        missing = [part for part in PARTS if part not in mapping and not getattr(item.genga.pose, part)]
        if missing:
            names = ", ".join(translate(part.replace("_", " ").capitalize()) for part in missing)
            text = translate("Missing: {names}").format(names=names)
            draw_text(layout.column(align=True), text, icon="ERROR")
        else:
            layout.label(text=rig if rig in RIG_NAMES else "", translate=False, icon="CHECKMARK")
        row = layout.row(align=True)
        row.operator("genga.find_pose_bones", icon="VIEWZOOM")
        row.operator("genga.clear_pose_bones", icon="X")
        column = layout.column(align=True)
        column.use_property_split = True
        column.use_property_decorate = False
        for part in (*PARTS, *OPTIONAL_PARTS):
            column.prop_search(item.genga.pose, part, item.pose, "bones", icon="BONE_DATA")


def draw_text(layout: bpy.types.UILayout, text: str, *, icon: str) -> None:
    """Draws a text over as many lines as the panel needs."""
    for number, line in enumerate(wrap_text(text)):
        layout.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)


_CLASSES = (GENGA_UL_regions, GENGA_PT_maps, GENGA_PT_map_settings, GENGA_PT_regions, GENGA_PT_pose)


def register() -> None:
    """Registers the panels."""
    for item in _CLASSES:
        bpy.utils.register_class(item)


def unregister() -> None:
    """Takes them back."""
    for item in reversed(_CLASSES):
        bpy.utils.unregister_class(item)
