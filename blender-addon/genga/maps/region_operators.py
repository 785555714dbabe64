"""Finds the objects of a region, and the region of an object."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty


class GENGA_OT_select_region(bpy.types.Operator):
    """Select the objects of this region"""

    bl_idname = "genga.select_region"
    bl_label = "Select Objects"
    bl_options = {"REGISTER", "UNDO"}

    extend: BoolProperty(name="Extend", description="Keep what is selected")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a region with objects."""
        region = active_region(context.scene)
        return context.mode == "OBJECT" and region is not None and bool(region.objects)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Selects them."""
        names = set(active_region(context.scene).objects.split("\n"))
        if not self.extend:
            for item in context.view_layer.objects:
                item.select_set(False)
        found = [item for item in context.view_layer.objects if item.name in names and item.visible_get()]
        for item in found:
            item.select_set(True)
        if not found:
            self.report({"WARNING"}, "The region's objects are instanced or hidden")
            return {"CANCELLED"}
        context.view_layer.objects.active = found[0]
        return {"FINISHED"}


class GENGA_OT_find_region(bpy.types.Operator):
    """Go to the region of the active object in the list"""

    bl_idname = "genga.find_region"
    bl_label = "Region of Active Object"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an active object."""
        return context.object is not None and len(context.scene.genga_maps.regions) > 0

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Makes its row the active one."""
        settings = context.scene.genga_maps
        for index, row in enumerate(settings.regions):
            if context.object.name in row.objects.split("\n"):
                settings.region_index = index
                return {"FINISHED"}
        self.report({"WARNING"}, "The active object is in no region of the latest maps")
        return {"CANCELLED"}


class GENGA_OT_reset_phrases(bpy.types.Operator):
    """Forget the phrases of all objects, collections and materials of this scene: back to the defaults"""

    bl_idname = "genga.reset_phrases"
    bl_label = "Reset All Phrases"
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Empties them."""
        scene = context.scene
        owners = [scene.collection, *scene.collection.children_recursive, *scene.objects]
        owners += [slot.material for item in scene.objects for slot in item.material_slots if slot.material]
        for owner in owners:
            if owner.library is None and owner.genga.phrase:
                owner.genga.phrase = ""
        scene.genga_maps.background_phrase = ""
        return {"FINISHED"}


def active_region(scene: bpy.types.Scene) -> bpy.types.PropertyGroup | None:
    """Gives the chosen row of the list of regions."""
    settings = scene.genga_maps
    return (
        settings.regions[settings.region_index]
        if 0 <= settings.region_index < len(settings.regions)
        else None
    )


_CLASSES = (GENGA_OT_select_region, GENGA_OT_find_region, GENGA_OT_reset_phrases)


def register() -> None:
    """Registers the operators."""
    for item in _CLASSES:
        bpy.utils.register_class(item)


def unregister() -> None:
    """Takes them back."""
    for item in reversed(_CLASSES):
        bpy.utils.unregister_class(item)
