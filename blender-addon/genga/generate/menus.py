"""Menus of models, looks and control kinds; looks of the artist's own are kept as Blender's presets."""

import bpy
from bl_operators.presets import AddPresetBase

from ..tasks.choose_bundle import BundleMenu
from .active_bundle import active_bundle
from .looks import looks
from .properties import KIND_ITEMS

PRESETS = "genga/looks"


class GENGA_MT_bundles(BundleMenu, bpy.types.Menu):
    """Models of the core."""

    bl_label = "Model"
    task = "image"
    operator = "genga.choose_bundle"
    icon = "IMAGE_DATA"


class GENGA_MT_looks(bpy.types.Menu):
    """Looks: those of the add-on, then the artist's own."""

    bl_label = "Look"
    preset_subdir = PRESETS
    preset_operator = "script.execute_preset"

    def draw(self, context):
        """Lists those that the model knows first."""
        layout = self.layout
        bundle = active_bundle(context.scene)
        for look in looks():
            if look.suits(bundle):
                layout.operator("genga.choose_look", text=look.name).look = look.id
        others = [look for look in looks() if not look.suits(bundle)]
        if others:
            layout.separator()
            layout.label(text="Not known to this model")
            for look in others:
                row = layout.row()
                row.active = False
                row.operator("genga.choose_look", text=look.name).look = look.id
        layout.separator()
        layout.label(text="My Looks")
        bpy.types.Menu.draw_preset(self, context)


class GENGA_OT_look_preset_add(AddPresetBase, bpy.types.Operator):
    """Keep style and negative prompt as a look of your own"""

    bl_idname = "genga.look_preset_add"
    bl_label = "Add Look"
    preset_menu = "GENGA_MT_looks"
    preset_defines = ("props = bpy.context.scene.genga",)
    preset_values = ("props.look", "props.look_template", "props.negative_prompt")
    preset_subdir = PRESETS


class GENGA_MT_control_kinds(bpy.types.Menu):
    """Kinds of control maps."""

    bl_label = "Add Layer"

    def draw(self, context):
        """Lists all; those that the model does not take are grey."""
        bundle = active_bundle(context.scene)
        for kind, name, _ in KIND_ITEMS:
            row = self.layout.row()
            row.active = bundle is None or kind in bundle.controls
            row.operator("genga.add_control", text=name).kind = kind


CLASSES = (GENGA_MT_bundles, GENGA_MT_looks, GENGA_OT_look_preset_add, GENGA_MT_control_kinds)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
