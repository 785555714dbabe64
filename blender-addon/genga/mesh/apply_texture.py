"""Puts a painted texture onto the objects that it was made for; texture coordinates and geometry stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from genga_client import GengaError

from ..glb.model import Glb, Material
from ..results.image_datablock import image_name
from ..results.record import keep_record, record_of
from .export_objects import Painted, uv_digest
from .mesh_set import keep_file
from .principled import Materials

if TYPE_CHECKING:
    from ..session import OutputFile
    from .texture_plan import TexturePlan


def apply_texture(plan: TexturePlan, glb: Glb, file: OutputFile, record: dict[str, Any]) -> list[str]:
    """Gives each painted object new materials; the old ones stay in the file. Gives notes for people.

    Slots of a mesh that others share are set on the object, so that the others stay as they are.

    Raises GengaError INVALID_REQUEST when none of the objects is there any more, ASSET_UNREADABLE.
    """
    found = [(one, item) for one in plan.painted if (item := bpy.data.objects.get(one.name)) is not None]
    found = [(one, item) for one, item in found if item.type == "MESH"]
    if not found:
        names = ", ".join(f'"{one.name}"' for one in plan.painted)
        raise GengaError(
            "INVALID_REQUEST",
            f"The objects that the texture was made for are not in this file: {names}.",
            remedy="Open the file that it was made for, or undo their removal, and paint again.",
        )
    notes = [f'"{one.name}" is gone.' for one in plan.painted if one.name not in bpy.data.objects]
    materials = Materials(image_name(plan.title))
    for one, item in found:
        made = _materials_of(glb, one)
        if uv_digest(item, one.uv_map) != one.uv_digest:
            notes.append(f'"{one.name}" was changed since; the texture may not fit.')
        for together, material in zip(one.slots, made, strict=True):
            for slot in together:
                _give(item, slot, materials, material, one.uv_map, surface=plan.own_surface)
        # What is known of a mesh of ours goes on to be known: whose it was, how it was made.
        before = (record_of(item) or {}).get("mesh")
        keep_record(item, {**record, **({"mesh": before} if before else {}), "object": one.name})
        keep_file(item, file.bytes, file.sidecar)
    return notes


def _materials_of(glb: Glb, one: Painted) -> list[Material]:
    """Gives the material of each primitive, in the order in which they went to the core."""
    node = next((node for node in glb.nodes if node.name == one.name), None)
    numbers = [primitive.material for primitive in node.primitives] if node is not None else []
    if node is None or len(numbers) != len(one.slots) or None in numbers:
        raise GengaError(
            "ASSET_UNREADABLE", f'The core sent no texture for "{one.name}".', remedy="Paint it again."
        )
    return [glb.materials[number] for number in numbers]


def _give(
    item: bpy.types.Object,
    index: int,
    materials: Materials,
    material: Material,
    uv_map: str,
    *,
    surface: bool,
) -> None:
    shared = item.data.users > 1
    while len(item.material_slots) <= index:
        item.data.materials.append(None)  # an empty slot looks as none
    slot = item.material_slots[index]
    old = slot.material
    made = materials.painted(old, material, uv_map, surface=surface)
    if shared:
        slot.link = "OBJECT"
    slot.material = made
    if old is not None:
        old.use_fake_user = True
