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

from ..tasks.sampling_properties import (
    bundle_property,
    guidance_property,
    lock_seed_property,
    own_sampling_property,
    seed_property,
    steps_property,
)

TEXTURE_SIZES = tuple((str(size), f"{size} px", "") for size in (256, 512, 1024, 2048, 4096))


def _begin_with_recommended(props: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    """Own sampling begins with what the bundle recommends, as far as nothing was set by hand yet."""
    from .. import session
    from ..tasks.bundles import chosen_bundle

    bundle = chosen_bundle(session.get().welcome, props.bundle, "mesh")
    if not props.own_sampling or bundle is None or bundle.mesh is None:
        return
    for name in ("num_inference_steps", "guidance_scale", "grid_resolution"):
        if not props.is_property_set(name):
            setattr(props, name, getattr(bundle.mesh.defaults, name))


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
    num_meshes_per_prompt: IntProperty(
        name="Variations",
        description="Meshes at once, each with the next seed, to choose from",
        default=1,
        min=1,
        max=16,
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
    texture_size: EnumProperty(
        name="Texture", description="Width and height of the textures", items=TEXTURE_SIZES, default="1024"
    )
    lods: IntProperty(
        name="Levels of Detail",
        description="Further copies, each with half the triangles of the one before; they come hidden",
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
        "Set steps, guidance and grid here; off = as the model's maker recommends",
        update=_begin_with_recommended,
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


class GENGA_PG_texture(bpy.types.PropertyGroup):
    """All settings of a scene's painted textures. Fields that the protocol knows have its names."""

    prompt: StringProperty(name="Prompt", description="What the object looks like: material, colours, wear")
    negative_prompt: StringProperty(
        name="Negative",
        description="What the texture must not show; used by models with guidance",
    )
    bundle: bundle_property()
    seed: seed_property("Same settings and same seed give the same texture")
    lock_seed: lock_seed_property("Keep the seed; off = a fresh one for each texture")
    texture_size: EnumProperty(
        name="Size", description="Width and height of the texture", items=TEXTURE_SIZES, default="1024"
    )
    max_views: IntProperty(
        name="Views",
        description="Most pictures that are taken around the object; fewer when all that is seen is painted",
        default=10,
        min=1,
        max=32,
    )
    strength: FloatProperty(
        name="Change",
        description="How much of the present look is changed: 1 = nothing is kept",
        subtype="FACTOR",
        default=1.0,
        min=0.05,
        max=1.0,
    )
    depth_scale: FloatProperty(
        name="Depth",
        description="How strongly the depth map guides",
        default=1.0,
        min=0.0,
        max=10.0,
        soft_max=2.0,
    )
    normal_scale: FloatProperty(
        name="Normal",
        description="How strongly the normal map guides",
        default=1.0,
        min=0.0,
        max=10.0,
        soft_max=2.0,
    )
    lineart_scale: FloatProperty(
        name="Line Art",
        description="How strongly the line map guides",
        default=0.0,
        min=0.0,
        max=10.0,
        soft_max=2.0,
    )
    own_surface: BoolProperty(
        name="Own Surface",
        description="Set roughness and metalness of the painted material; off = as they are",
    )
    roughness: FloatProperty(
        name="Roughness", description="0 = mirror, 1 = matt", subtype="FACTOR", default=0.6, min=0.0, max=1.0
    )
    metallic: FloatProperty(
        name="Metallic",
        description="0 = no metal, 1 = metal",
        subtype="FACTOR",
        default=0.0,
        min=0.0,
        max=1.0,
    )
    own_sampling: own_sampling_property("Set steps and guidance here; off = as the model's maker recommends")
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


CLASSES = (GENGA_PG_mesh, GENGA_PG_texture, GENGA_PG_mesh_variation, GENGA_PG_mesh_set)


def register() -> None:
    """Adds `scene.genga_mesh`, `scene.genga_texture` and `collection.genga_mesh`."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.genga_mesh = PointerProperty(type=GENGA_PG_mesh)
    bpy.types.Scene.genga_texture = PointerProperty(type=GENGA_PG_texture)
    bpy.types.Collection.genga_mesh = PointerProperty(type=GENGA_PG_mesh_set)


def unregister() -> None:
    """Takes them away; what .blend files hold of them stays in them."""
    del bpy.types.Collection.genga_mesh
    del bpy.types.Scene.genga_texture
    del bpy.types.Scene.genga_mesh
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
