"""What made the active picture, in the Image Editor and in the 3D View."""

from __future__ import annotations

import bpy

from ..panels.wrapped_text import draw_text
from ..results.active import active_image
from ..results.record import record_of
from .facts import ICONS, STATES, fact_lines
from .sign_image import pictures_of
from .verified import file_digest, verified


def draw_provenance(layout: bpy.types.UILayout, image: bpy.types.Image | None) -> None:
    """Draws state, facts and buttons of a picture."""
    if image is None:
        layout.label(text="No picture yet")
        return
    layout.label(text=image.name, icon="IMAGE_DATA", translate=False)
    found = verified(image)
    if image.is_dirty:
        draw_text(layout, "Painted since it was made: Save Signed… signs it again", "BRUSH_DATA")
    elif found is None:
        record = record_of(image)
        changed = record is not None and file_digest(image) != record.get("sha256")
        draw_text(layout, "Changed since it was made" if changed else "Not verified yet", "QUESTION")
    else:
        layout.alert = found.state == "tampered"
        state = layout.column(align=True)
        draw_text(state, STATES.get(found.state, found.state), ICONS.get(found.state, "QUESTION"))
        layout.alert = False
        column = layout.column(align=True)
        for label, value in fact_lines(found):
            draw_text(column, label)
            draw_text(column.box().column(align=True), value, translate=False)
    row = layout.row(align=True)
    row.operator("genga.verify_image").image = image.name
    for form, text, icon in (("TEXT", "Text", "COPYDOWN"), ("JSON", "JSON", "NONE")):
        button = row.operator("genga.copy_record", text=text, icon=icon)
        button.image, button.form = image.name, form
    row = layout.row(align=True)
    row.operator("genga.save_signed", icon="FILE_TICK").image = image.name
    row.operator("genga.open_folder", text="", icon="FILE_FOLDER")


class GENGA_PT_provenance_image(bpy.types.Panel):
    """The Image Editor's picture."""

    bl_label = "Provenance"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Genga"

    def draw(self, context: bpy.types.Context) -> None:
        """Draws it."""
        image = context.space_data.image
        if image is not None and image.type == "RENDER_RESULT":
            self.layout.operator("genga.save_signed", icon="FILE_TICK")
            return
        draw_provenance(self.layout, image)


class GENGA_PT_provenance(bpy.types.Panel):
    """The active object's pictures, else the active picture."""

    bl_label = "Provenance"
    bl_order = 95
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"
    bl_parent_id = "GENGA_PT_main"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draws it."""
        item = context.object
        pictures = pictures_of([item]) if item is not None else []
        for image in pictures or [active_image(context)]:
            draw_provenance(self.layout.box() if pictures else self.layout, image)
        self.layout.operator("genga.export_signed", icon="EXPORT")


CLASSES = (GENGA_PT_provenance_image, GENGA_PT_provenance)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
