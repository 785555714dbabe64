"""What an object remembers of the pictures that are projected onto it, and the settings of the panels."""

from __future__ import annotations

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

from ..tasks.sampling_properties import texture_size_property
from ..tasks.settings_factory import settings_factory


def _changed(self: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    from .project import refresh_overlay

    refresh_overlay(self.id_data)


class GENGA_PG_original_slot(bpy.types.PropertyGroup):
    """A material slot as it was before the first projection."""

    material: PointerProperty(type=bpy.types.Material)
    link: StringProperty(default="DATA")


class GENGA_PG_projection(bpy.types.PropertyGroup):
    """One picture on one object. The node group holds the picture; the numbers here place it."""

    label: StringProperty(name="Name")
    image: PointerProperty(type=bpy.types.Image, name="Picture")
    threshold: PointerProperty(type=bpy.types.Image)
    group: PointerProperty(type=bpy.types.NodeTree)
    uv_layer: StringProperty(name="UV Map")
    attribute: StringProperty()
    perspective: BoolProperty(default=True)
    rows: FloatVectorProperty(size=16)
    eye: FloatVectorProperty(size=3)
    scale: FloatVectorProperty(size=3, default=(1, 1, 1))
    visible: BoolProperty(
        name="Show", description="Show this picture on the object", default=True, update=_changed
    )
    opacity: FloatProperty(
        name="Opacity",
        description="How much of the picture covers the material below",
        min=0,
        max=1,
        default=1,
        subtype="FACTOR",
        update=_changed,
    )
    shading: StringProperty(default="EMISSION")
    facing_from: FloatProperty(default=0.05)
    facing_to: FloatProperty(default=0.2)
    border: FloatProperty(default=0.0)
    baked: BoolProperty(default=False)
    baked_uv: StringProperty()
    opaque: BoolProperty(default=False)


class GENGA_PG_object_projections(bpy.types.PropertyGroup):
    """All pictures on one object, and the materials that it had before."""

    layers: CollectionProperty(type=GENGA_PG_projection)
    originals: CollectionProperty(type=GENGA_PG_original_slot)
    slot_added: BoolProperty(default=False)


class GENGA_PG_results(bpy.types.PropertyGroup):
    """Settings of projection and bake."""

    image: PointerProperty(
        type=bpy.types.Image,
        name="Picture",
        description="The picture to use; without one, the Image Editor's",
    )
    shading: EnumProperty(
        name="Shading",
        description="How the picture takes light",
        items=[
            (
                "EMISSION",
                "As painted",
                "The picture's colours as they are; the scene's light changes nothing",
            ),
            ("SURFACE", "Lit", "The picture is the surface's colour, and the scene's light falls on it"),
        ],
    )
    angle_degrees: FloatProperty(
        name="Steepest Angle",
        description="Surfaces seen at a steeper angle than this stay as they are, with a soft edge before it",
        min=1,
        max=90,
        default=86,
    )
    border: FloatProperty(
        name="Soft Border",
        description="Width of the fade at the picture's border, as a share of its width",
        min=0,
        max=0.5,
        default=0,
        subtype="FACTOR",
    )
    edge_px: IntProperty(
        name="Outline Gap",
        description="Pixels beside an outline that are not painted on what is behind it",
        min=0,
        max=16,
        default=2,
        subtype="PIXEL",
    )
    single_user: BoolProperty(
        name="Own Mesh for Each",
        description="Give objects that share a mesh their own, so that each gets its UV map",
        default=False,
    )
    bake_size: texture_size_property("Size", "Width and height of the baked picture")
    bake_uv: EnumProperty(
        name="UV Map",
        description="Where the baked picture lies",
        items=[
            ("ACTIVE", "Active UV map", "The object's own UV map as it is; nothing in it is changed"),
            ("NEW", "New UV map", "Unwrap into a UV map of its own; existing ones stay as they are"),
        ],
    )
    bake_fill: EnumProperty(
        name="Unseen Parts",
        description="What the baked picture holds where no projection reaches",
        items=[
            ("TRANSPARENT", "Transparent", "Nothing; the object's own material shows there"),
            ("BASE", "Original colour", "The base colour of the object's own material"),
        ],
    )
    bake_margin_px: IntProperty(
        name="Margin", description="Pixels around each UV island", min=0, max=64, default=8, subtype="PIXEL"
    )


register, unregister = settings_factory(
    (GENGA_PG_original_slot, GENGA_PG_projection, GENGA_PG_object_projections, GENGA_PG_results),
    {
        (bpy.types.Object, "genga_projections"): GENGA_PG_object_projections,
        (bpy.types.Scene, "genga_results"): GENGA_PG_results,
    },
)
