"""Operators that change the settings of meshes and textures: words, seeds, models."""

import bpy
from bpy.props import StringProperty

from ..tasks.choose_bundle import BundleMenu, ChooseBundle
from ..tasks.known_prompts import KnownPromptsMenu
from ..tasks.new_seed import NewSeed


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


class GENGA_MT_mesh_prompts(KnownPromptsMenu, bpy.types.Menu):
    """What the model knows to make."""

    bl_label = "Known Things"
    task = "mesh"
    settings = "genga_mesh"
    operator = "genga.use_mesh_prompt"


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
