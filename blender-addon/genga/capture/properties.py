"""What the artist sets for maps and regions; stands in the file: `scene.genga_maps`, `object.genga`, …"""

import math
from collections.abc import Sequence

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

from ..tasks.settings_factory import settings_factory
from .capture import CaptureOptions
from .pose_bones import OPTIONAL_PARTS, PARTS
from .regions import CapturedRegion


class GENGA_PG_pose(bpy.types.PropertyGroup):
    """Bones of an armature that were chosen by hand; empty ones are found by name."""


for _part in (*PARTS, *OPTIONAL_PARTS):
    GENGA_PG_pose.__annotations__[_part] = StringProperty(
        name=_part.replace("_", " ").capitalize(),
        description="Bone for this part of the body; empty finds it by name",
    )


class GENGA_PG_object(bpy.types.PropertyGroup):
    """Region prompt of an object."""

    phrase: StringProperty(
        name="Phrase",
        description="What this object is, for instance: a church with a red roof and cream walls",
    )
    use_phrase: BoolProperty(
        name="Use Phrase",
        description="Off: the phrase is made from the object's name and colours, or its collection's phrase",
        default=True,
    )
    pose: PointerProperty(type=GENGA_PG_pose)


class GENGA_PG_phrase(bpy.types.PropertyGroup):
    """Region prompt of a collection or a material."""

    phrase: StringProperty(
        name="Phrase", description="What everything in it is, for instance: green trees; objects may say more"
    )


_listing = False
"""Whether the list is being filled: then a phrase is not the artist's."""


def list_regions(scene: bpy.types.Scene, regions: Sequence[CapturedRegion]) -> None:
    """Lists regions in the scene's panel."""
    global _listing
    settings = scene.genga_maps
    rows = settings.regions
    _listing = True
    try:
        while len(rows) > len(regions):
            rows.remove(len(rows) - 1)
        for index, region in enumerate(regions):
            row = rows[index] if index < len(rows) else rows.add()
            row.name = region.name[:63]
            row.color = [channel / 255 for channel in bytes.fromhex(region.color[1:])]
            row.phrase = region.phrase
            row.objects = "\n".join(region.objects)
            row.material = region.material
            row.source = region.source
            row.pixels = region.pixels
    finally:
        _listing = False
    settings.region_index = min(settings.region_index, max(0, len(rows) - 1))


def write_phrase(item: "GENGA_PG_region", context: bpy.types.Context) -> None:
    """Hands an edited phrase to the objects that the region came from."""
    if _listing:
        return
    scene = item.id_data
    if not item.objects:
        scene.genga_maps.background_phrase = item.phrase
        return
    if item.material:
        material = bpy.data.materials.get(item.material)
        if material is not None and material.library is None:
            material.genga.phrase = item.phrase
        return
    for name in item.objects.split("\n"):
        found = bpy.data.objects.get(name)
        if found is not None and found.library is None:
            found.genga.phrase = item.phrase
            found.genga.use_phrase = bool(item.phrase.strip())


class GENGA_PG_region(bpy.types.PropertyGroup):
    """A region as the panel lists it; from the latest capture."""

    color: FloatVectorProperty(name="Color", subtype="COLOR_GAMMA", size=3, min=0, max=1)
    phrase: StringProperty(
        name="Phrase", description="What this part of the picture shows; empty goes back to the default",
        update=write_phrase,
    )  # fmt: skip
    objects: StringProperty()
    material: StringProperty()
    source: StringProperty()
    pixels: IntProperty()


def _lights(self: "GENGA_PG_maps", item: bpy.types.Object) -> bool:
    return item.type == "LIGHT"


def _armatures(self: "GENGA_PG_maps", item: bpy.types.Object) -> bool:
    return item.type == "ARMATURE"


class GENGA_PG_maps(bpy.types.PropertyGroup):
    """Settings of the control maps of a scene."""

    line_width: FloatProperty(
        name="Line Width", description="Width of the lines of line art", subtype="PIXEL",
        default=1.2, min=0.5, max=8, soft_max=4,
    )  # fmt: skip
    crease_angle: FloatProperty(
        name="Crease", description="Angle between faces above which their edge is a line", subtype="ANGLE",
        default=math.radians(35), min=math.radians(1), max=math.pi,
    )  # fmt: skip
    depth_step: FloatProperty(
        name="Depth Step", description="Step in depth that is a line, as a share of the distance",
        default=0.03, min=0.001, max=1, precision=3,
    )  # fmt: skip
    material_lines: BoolProperty(
        name="Material Borders", description="Draw a line where two materials of an object meet", default=True
    )
    light: PointerProperty(
        name="Key Light",
        description="Light that the light map shows; empty takes the one that is strongest on what is seen",
        type=bpy.types.Object, poll=_lights,
    )  # fmt: skip
    armature: PointerProperty(
        name="Armature",
        description="Armature that the pose map shows; empty takes all visible ones",
        type=bpy.types.Object, poll=_armatures,
    )  # fmt: skip
    regions_by: EnumProperty(
        name="Regions By",
        description="What gets a phrase of its own",
        items=(
            ("OBJECT", "Object", "Each object is a region; objects with the same phrase are one"),
            ("MATERIAL", "Material", "Each material of an object is a region, for instance roof and walls"),
        ),
    )
    min_pixels: IntProperty(
        name="Smallest Region", description="Regions with fewer pixels get no phrase", subtype="PIXEL",
        default=64, min=1, soft_max=4096,
    )  # fmt: skip
    background_phrase: StringProperty(
        name="Background",
        description="What is behind it all, for instance: a clear blue sky; empty takes the world's color",
    )
    regions: CollectionProperty(type=GENGA_PG_region)
    region_index: IntProperty(name="Region", options={"SKIP_SAVE"})


def capture_options(scene: bpy.types.Scene) -> CaptureOptions:
    """Gives the scene's settings as options of `capture_maps`."""
    settings = scene.genga_maps
    return CaptureOptions(
        line_width_px=settings.line_width,
        crease_radians=settings.crease_angle,
        depth_step=settings.depth_step,
        material_lines=settings.material_lines,
        regions_by_material=settings.regions_by == "MATERIAL",
        min_region_pixels=settings.min_pixels,
        light=settings.light.name if settings.light is not None else None,
        armatures=(settings.armature.name,) if settings.armature is not None else None,
    )


register, unregister = settings_factory(
    (GENGA_PG_pose, GENGA_PG_object, GENGA_PG_phrase, GENGA_PG_region, GENGA_PG_maps),
    {
        (bpy.types.Object, "genga"): GENGA_PG_object,
        (bpy.types.Collection, "genga"): GENGA_PG_phrase,
        (bpy.types.Material, "genga"): GENGA_PG_phrase,
        (bpy.types.Scene, "genga_maps"): GENGA_PG_maps,
    },
)
