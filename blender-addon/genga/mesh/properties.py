"""Settings of meshes and of textures, and what a collection remembers of the meshes of a request."""

# No `from __future__ import annotations` here: Blender reads the annotations as values.
import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..tasks.recommended import meant_bundle, recommended
from ..tasks.sampling_properties import (
    bundle_property,
    count_property,
    guidance_property,
    lock_seed_property,
    map_scale_property,
    negative_prompt_property,
    own_sampling_property,
    seed_property,
    share_property,
    steps_property,
    texture_size_property,
)
from ..tasks.settings_factory import settings_factory


class GENGA_PG_mesh(bpy.types.PropertyGroup):
    """All settings of a scene's meshes. Fields that the protocol knows have its names."""

    prompt: StringProperty(
        name="Prompt",
        description="What to make: a thing with its colours, parts and materials",
    )
    image: PointerProperty(
        name="Reference",
        description="A picture of the thing, for models that take one; on a plain or transparent ground",
        type=bpy.types.Image,
    )
    bundle: bundle_property()
    source: EnumProperty(
        name="Source",
        description="Where the mesh comes from",
        items=(
            ("default", "As the Model Has It", "What the model's maker recommends"),
            ("auto", "Automatic", "The source that knows the words best; the result says which it was"),
            ("parametric", "Parametric", "A shape program: crisp, clean parts in the sizes you name"),
            ("library", "Library", "The nearest free model, recoloured; its author goes with it"),
            ("generated", "Generated", "The network's own shape: any form, softer edges"),
        ),
        default="default",
    )
    num_meshes_per_prompt: count_property(
        "Variations", "Meshes at once, each with the next seed, to choose from", 16
    )
    seed: seed_property("Same settings and same seed give the same mesh")
    lock_seed: lock_seed_property("Keep the seed; off = a fresh one for each mesh")
    target_triangles: IntProperty(
        name="Triangles",
        description="Most triangles; a shape that needs fewer has fewer",
        default=20_000,
        min=50,
        max=2_000_000,
        soft_max=200_000,
    )
    texture_size: texture_size_property("Texture", "Width and height of the textures")
    lods: IntProperty(
        name="LODs",
        description="Levels of detail: copies with half the triangles of the one before; they come hidden",
        default=0,
        min=0,
        max=6,
    )
    own_size: BoolProperty(
        name="Own Size", description="Set the length of the longest side; off = as things of its kind are"
    )
    size_m: FloatProperty(
        name="Longest Side",
        description="Length of the longest side, metres",
        default=1.0,
        min=0.001,
        max=1000.0,
        soft_max=20.0,
    )
    symmetry: BoolProperty(
        name="Mirror Left and Right",
        description="Of generated shapes: the left side is the right one's mirror image",
    )
    own_sampling: own_sampling_property(
        "Set steps, guidance and grid here; off = as the model's maker recommends", "mesh"
    )
    num_inference_steps: steps_property()
    guidance_scale: guidance_property("How closely the words are followed; 1 = off", 3.0, 15.0)
    grid_resolution: IntProperty(
        name="Grid",
        description="Cells along a side in which the surface is looked for: more take longer and show more",
        default=96,
        min=16,
        max=512,
    )


def _begin_with_made_for(props: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    """An own view size begins with what the model was made for, unless one was set by hand."""
    defaults = recommended(meant_bundle(props.bundle, "image"))
    if props.own_view_size and defaults is not None and not props.is_property_set("view_size"):
        props.view_size = min(defaults.width, defaults.height)


class GENGA_PG_texture(bpy.types.PropertyGroup):
    """All settings of a scene's painted textures. Fields that the protocol knows have its names."""

    prompt: StringProperty(name="Prompt", description="What the object looks like: material, colours, wear")
    negative_prompt: negative_prompt_property("What the texture must not show")
    bundle: bundle_property()
    seed: seed_property("Same settings and same seed give the same texture")
    lock_seed: lock_seed_property("Keep the seed; off = a fresh one for each texture")
    texture_size: texture_size_property("Size", "Width and height of the texture")
    max_views: IntProperty(
        name="Views",
        description="Most pictures that are taken around the object; fewer when all that is seen is painted",
        default=10,
        min=1,
        max=32,
    )
    own_view_size: BoolProperty(
        name="Own View Size",
        description="Set the size of the pictures here; off = the size that the model was made for",
        update=_begin_with_made_for,
    )
    view_size: IntProperty(
        name="View Size",
        description="Width and height of each picture; larger ones show more and take longer",
        subtype="PIXEL",
        default=512,
        min=64,
        max=2048,
        step=8,
    )
    strength: share_property(
        "Change", "How much of the present look is changed: 1 = nothing is kept", 1.0, 0.05
    )
    depth_scale: map_scale_property("Depth", "How strongly the depth map guides")
    normal_scale: map_scale_property("Normal", "How strongly the normal map guides")
    lineart_scale: map_scale_property("Line Art", "How strongly the line map guides", 0.0)
    own_surface: BoolProperty(
        name="Own Surface",
        description="Set roughness and metalness of the painted material; off = as they are",
    )
    roughness: share_property("Roughness", "0 = mirror, 1 = matt", 0.6)
    metallic: share_property("Metallic", "0 = no metal, 1 = metal", 0.0)
    own_sampling: own_sampling_property(
        "Set steps and guidance here; off = as the model's maker recommends", "image"
    )
    num_inference_steps: steps_property()
    guidance_scale: guidance_property("How closely the prompt is followed; 1 = off", 7.0, 20.0)


class GENGA_PG_mesh_variation(bpy.types.PropertyGroup):
    """One seed of a request."""

    collection: PointerProperty(type=bpy.types.Collection)
    root: PointerProperty(type=bpy.types.Object)
    """The object that carries the whole variation."""
    offset: FloatVectorProperty(size=3)
    """Where it stands beside the first one."""


class GENGA_PG_mesh_set(bpy.types.PropertyGroup):
    """The variations of a request, at `collection.genga_mesh`."""

    variations: CollectionProperty(type=GENGA_PG_mesh_variation)
    shown: IntProperty(
        name="Shown", description="Which variation is seen; -1 = all side by side", default=-1, min=-1
    )


register, unregister = settings_factory(
    (GENGA_PG_mesh, GENGA_PG_texture, GENGA_PG_mesh_variation, GENGA_PG_mesh_set),
    {
        (bpy.types.Scene, "genga_mesh"): GENGA_PG_mesh,
        (bpy.types.Scene, "genga_texture"): GENGA_PG_texture,
        (bpy.types.Collection, "genga_mesh"): GENGA_PG_mesh_set,
    },
)
