"""Panels of the Genga tab for meshes."""

import bpy
from genga_client.protocol import BundleSummary

from .. import compat, session
from ..panels.wrapped_text import draw_text
from ..results.record import record_of
from ..tasks.bundles import chosen_bundle, describe
from ..tasks.choose_bundle import draw_bundle
from ..tasks.new_seed import draw_seed
from ..tasks.panel import TaskPanel, draw_button, draw_error, draw_progress
from ..tasks.wrap_text import wrap_text
from ..translations import translated
from .mesh_plan import takes_image
from .mesh_run import mesh_runs
from .mesh_set import root_of, variation_set
from .stages import STAGES

SOURCES = {
    "parametric": "Made by a shape program",
    "library": "Model of the library",
    "generated": "Shape of the network",
}
"""Sources in words."""


class MeshPanel(TaskPanel):
    """Of a panel of meshes."""

    task = "mesh"


class GENGA_PT_mesh(MeshPanel, bpy.types.Panel):
    """Words, and the button."""

    bl_label = "Text to 3D"
    bl_order = 17

    def draw(self, context):
        """Draws them."""
        layout, props = self.layout, context.scene.genga_mesh
        bundle = chosen_bundle(session.get().welcome, props.bundle, "mesh")
        row = layout.row(align=True)
        compat.prop_with_placeholder(row, props, "prompt", "What to make")
        row.menu("GENGA_MT_mesh_prompts", text="", icon="DOWNARROW_HLT")
        if takes_image(bundle, props.source):
            layout.template_ID(props, "image", open="image.open")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(props, "source")
        column.prop(props, "num_meshes_per_prompt")
        column.prop(props, "target_triangles")
        column.prop(props, "texture_size")
        column.prop(props, "lods")
        draw_seed(column, props, "genga.new_mesh_seed")
        draw_generate(layout)
        draw_made(layout, context)


def draw_generate(layout) -> None:
    """Draws the button, and how the newest request goes."""
    row = draw_button(layout, "genga.generate_mesh", "MESH_MONKEY")
    runs = mesh_runs()
    if runs.open():
        row.operator("genga.cancel_mesh", text="", icon="X")
    for run in runs.open():
        # The line is short: what it is for is said only where there are several.
        names = [run.title] if len(runs.open()) > 1 else []
        draw_progress(layout, run, STAGES, names=names, picture_scale=9)
    for run in runs.all:
        if run.files:
            layout.operator("genga.take_mesh", icon="IMPORT").number = run.number
    newest = runs.newest()
    if newest is not None and newest.error is not None and not runs.open():
        draw_error(layout, newest, "genga.retry_mesh")


def draw_made(layout, context) -> None:
    """Draws what is known of the active object, if it was made here, and what can be done with it."""
    root = root_of(context.object)
    if root is None:
        return
    box = layout.box()
    box.label(text=root.name, icon="MESH_DATA", translate=False)
    draw_facts(box, record_of(root) or {})
    found = variation_set(root)
    if found is not None and len(found[0].genga_mesh.variations) > 1:
        draw_compare(box, *found)
    column = box.column(align=True)
    row = column.row(align=True)
    row.operator("genga.save_mesh", text="Save…", icon="FILE_TICK")
    row.operator("genga.verify_mesh", text="Verify", icon="CHECKMARK")
    column.operator("genga.mark_mesh", icon="ASSET_MANAGER")
    column.operator("genga.use_mesh_again", icon="LOOP_BACK")


def draw_facts(layout, record) -> None:
    """Says which source answered and why, whose model it is, how many triangles and which size it has."""
    mesh = record.get("mesh") or {}
    origin = mesh.get("origin") or {}
    column = layout.column(align=True)
    column.active = False
    facts = [f"{translated('Seed')} {record.get('seed')}"]
    if mesh:
        size = " × ".join(f"{side:.3g}" for side in mesh.get("size_m") or ())
        facts += [translated("{count} triangles", count=mesh.get("triangles")), f"{size} m"]
        if not mesh.get("closed"):
            facts.append(translated("open edges"))
    for line in wrap_text(" · ".join(facts)):
        column.label(text=line, translate=False)
    if origin:
        draw_text(column, SOURCES.get(origin.get("source"), "Shape of the network"))
        for line in wrap_text(origin.get("reason") or ""):
            column.label(text=line, translate=False)
    model = origin.get("model")
    if model:
        for line in wrap_text(f"{model['name']} · {model['author']} · {model['licence']}"):
            column.label(text=line, icon="COMMUNITY", translate=False)
    warnings = [*(origin.get("warnings") or ()), *((record.get("texture") or {}).get("warnings") or ())]
    for warning in warnings:
        draw_text(layout, warning, "INFO", translate=False)


def draw_compare(layout, collection, number: int) -> None:
    """Draws the buttons that step through the variations."""
    held = collection.genga_mesh
    row = layout.row(align=True)
    row.operator("genga.step_mesh", text="", icon="TRIA_LEFT").step = -1
    which = f"{number + 1} / {len(held.variations)}"
    row.operator("genga.step_mesh", text=which, translate=False).step = 1
    row.operator("genga.step_mesh", text="", icon="TRIA_RIGHT").step = 1
    row.operator("genga.spread_meshes", text="", icon="MOD_ARRAY")
    column = layout.column(align=True)  # beside each other their words would be cut off
    column.operator("genga.keep_mesh", icon="CHECKMARK").remove = True
    column.operator("genga.keep_mesh", text="Hide Others", icon="HIDE_ON").remove = False


class GENGA_PT_mesh_advanced(MeshPanel, bpy.types.Panel):
    """Model, size, sampling."""

    bl_label = "Mesh Settings"
    bl_parent_id = "GENGA_PT_mesh"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws them."""
        layout, props = self.layout, context.scene.genga_mesh
        bundle = chosen_bundle(session.get().welcome, props.bundle, "mesh")
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_bundle(layout, "GENGA_MT_mesh_bundles", "mesh", props.bundle, "MESH_DATA")
        if bundle is not None:
            note = layout.column(align=True)
            note.active, note.scale_y = False, 0.8
            for line in wrap_text(describe(bundle) if bundle.allowed else bundle.refusal or ""):
                note.label(text=line, translate=False)
        layout.prop(props, "own_size")
        if props.own_size:
            layout.prop(props, "size_m")
        layout.prop(props, "symmetry")
        layout.prop(props, "own_sampling")
        if props.own_sampling:
            layout.prop(props, "num_inference_steps")
            layout.prop(props, "guidance_scale")
            layout.prop(props, "grid_resolution")
        else:
            draw_defaults(layout, bundle)


def draw_defaults(layout, bundle: BundleSummary | None) -> None:
    """Says what the model's maker recommends."""
    if bundle is None or bundle.mesh is None:
        return
    defaults = bundle.mesh.defaults
    facts = [
        translated("Steps: {count}", count=defaults.num_inference_steps),
        translated("Guidance: {scale}", scale=f"{defaults.guidance_scale:g}"),
        translated("Grid: {count}", count=defaults.grid_resolution),
    ]
    column = layout.column()
    column.active = False
    column.label(text=", ".join(facts), translate=False)


CLASSES = (GENGA_PT_mesh, GENGA_PT_mesh_advanced)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
