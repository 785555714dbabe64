"""Operators that compare the variations of a mesh, keep one, and mark it as asset."""

import bpy
from bpy.props import BoolProperty, IntProperty
from genga_client import GengaError

from ..tasks.report_error import report_error
from .asset import mark_mesh_as_asset
from .compare import keep_variation, need_set, show_all, show_variation
from .mesh_set import root_of, select_roots, variation_set


class VariationOperator:
    """Of an operator: works on the variations of the active object's request."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Needs a mesh with variations."""
        found = variation_set(context.object)
        return found is not None and len(found[0].genga_mesh.variations) > 1

    def execute(self, context):
        """Does it."""
        try:
            root = self.work(*need_set(context.object))
        except GengaError as error:
            return report_error(self, error)
        if root is not None:
            context.view_layer.update()  # what was hidden until now is visible
            select_roots(context.scene, [root])
        return {"FINISHED"}


class GENGA_OT_step_mesh(VariationOperator, bpy.types.Operator):
    """Show another variation in the place of this one"""

    bl_idname = "genga.step_mesh"
    bl_label = "Show Variation"

    step: IntProperty(name="Step", default=1, options={"SKIP_SAVE"})

    def work(self, collection, number):
        """Shows the next one, or the one before; first of all the active one alone."""
        count = len(collection.genga_mesh.variations)
        alone = collection.genga_mesh.shown >= 0
        return show_variation(collection, (number + self.step) % count if alone else number)


class GENGA_OT_spread_meshes(VariationOperator, bpy.types.Operator):
    """Show all variations side by side"""

    bl_idname = "genga.spread_meshes"
    bl_label = "Side by Side"

    def work(self, collection, number):
        """Shows them."""
        show_all(collection)


class GENGA_OT_keep_mesh(VariationOperator, bpy.types.Operator):
    """Keep this variation and put the others away"""

    bl_idname = "genga.keep_mesh"
    bl_label = "Keep This"

    remove: BoolProperty(
        name="Remove Others",
        description="Remove the others from the file; off = they are hidden",
        default=True,
        options={"SKIP_SAVE"},
    )

    def work(self, collection, number):
        """Keeps it."""
        return keep_variation(collection, number, remove=self.remove)


class GENGA_OT_mark_mesh(bpy.types.Operator):
    """Put this mesh into the asset browser, under Genga, with who made it and under which licence"""

    bl_idname = "genga.mark_mesh"
    bl_label = "Mark as Asset"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Needs a mesh that was made here."""
        return root_of(context.object) is not None

    def execute(self, context):
        """Marks it."""
        block, note = mark_mesh_as_asset(context.object)
        self.report({"INFO"}, note or f"“{block.name}” is an asset now")
        return {"FINISHED"}


CLASSES = (GENGA_OT_step_mesh, GENGA_OT_spread_meshes, GENGA_OT_keep_mesh, GENGA_OT_mark_mesh)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
