"""Operators that change the settings of meshes and textures: words, seeds, models."""

import bpy
from bpy.props import StringProperty

from .. import session
from ..tasks.bundles import chosen_bundle
from ..tasks.choose_bundle import BundleMenu, ChooseBundle
from ..tasks.new_seed import NewSeed
from .mesh_plan import known_categories

SHOWN = 3
"""Prompts of each kind of thing in the menu."""


class GENGA_OT_new_mesh_seed(NewSeed, bpy.types.Operator):
    """Draw another seed for meshes and keep it"""

    bl_idname = "genga.new_mesh_seed"
    bl_label = "Another Mesh Seed"
    settings = "genga_mesh"


class GENGA_OT_new_texture_seed(NewSeed, bpy.types.Operator):
    """Draw another seed for textures and keep it"""

    bl_idname = "genga.new_texture_seed"
    bl_label = "Another Texture Seed"
    settings = "genga_texture"


class GENGA_OT_choose_mesh_bundle(ChooseBundle, bpy.types.Operator):
    """Use this model for meshes"""

    bl_idname = "genga.choose_mesh_bundle"
    bl_label = "Choose Mesh Model"
    task = "mesh"
    settings = "genga_mesh"

    def chosen(self, context):
        """Sets own sampling to what the model's maker recommends."""
        props = context.scene.genga_mesh
        bundle = chosen_bundle(session.get().welcome, self.bundle, "mesh")
        if bundle is not None and bundle.mesh is not None:
            props.num_inference_steps = bundle.mesh.defaults.num_inference_steps
            props.guidance_scale = bundle.mesh.defaults.guidance_scale
            props.grid_resolution = bundle.mesh.defaults.grid_resolution


class GENGA_MT_mesh_bundles(BundleMenu, bpy.types.Menu):
    """Mesh models of the core."""

    bl_label = "Mesh Model"
    task = "mesh"
    operator = "genga.choose_mesh_bundle"
    icon = "MESH_DATA"


class GENGA_OT_choose_texture_bundle(ChooseBundle, bpy.types.Operator):
    """Use this model for textures"""

    bl_idname = "genga.choose_texture_bundle"
    bl_label = "Choose Texture Model"
    task = "image"
    settings = "genga_texture"

    def chosen(self, context):
        """Sets own sampling to what the model's maker recommends."""
        props = context.scene.genga_texture
        bundle = chosen_bundle(session.get().welcome, self.bundle, "image")
        if bundle is not None and bundle.defaults is not None:
            props.num_inference_steps = bundle.defaults.num_inference_steps
            props.guidance_scale = bundle.defaults.guidance_scale


class GENGA_MT_texture_bundles(BundleMenu, bpy.types.Menu):
    """Image models of the core, for textures."""

    bl_label = "Texture Model"
    task = "image"
    operator = "genga.choose_texture_bundle"
    icon = "IMAGE_DATA"


class GENGA_OT_use_mesh_prompt(bpy.types.Operator):
    """Write this as the prompt"""

    bl_idname = "genga.use_mesh_prompt"
    bl_label = "Use Prompt"
    bl_options = {"REGISTER", "UNDO"}

    prompt: StringProperty(name="Prompt", options={"SKIP_SAVE"})

    def execute(self, context):
        """Writes it."""
        context.scene.genga_mesh.prompt = self.prompt
        return {"FINISHED"}


class GENGA_MT_mesh_prompts(bpy.types.Menu):
    """What the model knows to make."""

    bl_label = "Known Things"

    def draw(self, context):
        """Lists prompts by kind of thing."""
        props = context.scene.genga_mesh
        known = known_categories(chosen_bundle(session.get().welcome, props.bundle, "mesh"))
        if not known:
            self.layout.label(text="Known once the core runs")
            return
        grid = self.layout.grid_flow(row_major=False, columns=3 if len(known) > 8 else 1)
        for category in known:
            column = grid.column(align=True)
            column.label(text=category.name.replace("_", " ").capitalize(), translate=False)
            for prompt in category.prompts[:SHOWN]:
                column.operator("genga.use_mesh_prompt", text=prompt, translate=False).prompt = prompt


CLASSES = (
    GENGA_OT_new_mesh_seed,
    GENGA_OT_new_texture_seed,
    GENGA_OT_choose_mesh_bundle,
    GENGA_MT_mesh_bundles,
    GENGA_OT_choose_texture_bundle,
    GENGA_MT_texture_bundles,
    GENGA_OT_use_mesh_prompt,
    GENGA_MT_mesh_prompts,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
