"""What of the scene is drawn: evaluated meshes and where their instances stand, lights, and what was left
out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

import bpy
import numpy as np

from .mesh_batches import MeshBatch, MeshBatches
from .scene_lights import SceneLight, light_of

SLICE_S = 0.05
"""Time after which the reading of meshes lets the window breathe."""

_MESH_TYPES = {"MESH", "CURVE", "SURFACE", "FONT", "META"}
_LEFT_OUT = {
    "CURVES": "hair curves",
    "POINTCLOUD": "point clouds",
    "VOLUME": "volumes",
    "GPENCIL": "grease pencil",
    "GREASEPENCIL": "grease pencil",
}


@dataclass(frozen=True)
class Placed:
    """An instance of a mesh in the scene."""

    mesh: int
    """Number of its mesh in `SceneItems.meshes`."""
    matrix_world: np.ndarray
    """Own space to world, [4, 4] float64."""
    object_name: str
    """The object that is seen: for an instance, the one that is instanced."""
    instancer_name: str | None
    """The object that put it there, for an instance."""
    seen: bool
    """Whether the camera sees it; otherwise it only throws a shadow."""
    shadow: bool
    """Whether it throws a shadow."""
    holdout: bool
    """Whether it cuts a hole into the picture instead of being in it."""


@dataclass
class SceneItems:
    """Everything of a scene that control maps are drawn from; holds nothing of Blender's own data."""

    meshes: list[MeshBatch] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    lights: list[SceneLight] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def triangles(self) -> int:
        """Triangles in all instances."""
        return sum(self.meshes[item.mesh].triangles for item in self.placed)


def read_scene(
    view_layer: bpy.types.ViewLayer,
    depsgraph: bpy.types.Depsgraph,
    batches: MeshBatches,
    *,
    for_render: bool,
    space: bpy.types.SpaceView3D | None = None,
) -> Generator[None, None, SceneItems]:
    """Reads what is visible in a view layer, a slice at a time.

    for_render: what renders show (camera, render visibility), else what the viewport `space` shows. Nothing
    that Blender may free is held over a `yield`: meshes are read in a first round, that begins anew at each
    slice; instances in a last one.
    """
    read: dict[int, MeshBatch | None] = {}
    no_render = _no_render_names(view_layer)
    done = False
    while not done:
        done = True
        started = time.perf_counter()
        for instance in depsgraph.object_instances:
            if instance.object.type not in _MESH_TYPES or not _shows(instance, for_render, space, no_render):
                continue
            if _key(instance) not in read:
                if time.perf_counter() - started > SLICE_S:
                    done = False
                    break
                read[_key(instance)] = _read_mesh(instance.object, batches)
        yield
    return _collect(view_layer, depsgraph, batches, read, for_render, space)


def _collect(
    view_layer: bpy.types.ViewLayer,
    depsgraph: bpy.types.Depsgraph,
    batches: MeshBatches,
    read: dict[int, MeshBatch | None],
    for_render: bool,
    space: bpy.types.SpaceView3D | None,
) -> SceneItems:
    items = SceneItems()
    no_render = _no_render_names(view_layer)
    numbers: dict[int, int] = {}
    left_out: Counter[str] = Counter()
    facts: dict[str, tuple[bool, bool, bool]] = {}
    for instance in depsgraph.object_instances:
        shown = instance.object
        if not _shows(instance, for_render, space, no_render):
            continue
        if shown.type == "LIGHT":
            light = light_of(shown, np.array(instance.matrix_world, np.float64))
            if light is not None:
                items.lights.append(light)
            continue
        if shown.type in _LEFT_OUT:
            left_out[_LEFT_OUT[shown.type]] += 1
            continue
        if shown.type not in _MESH_TYPES:
            continue
        if not instance.is_instance and any(p.settings.type == "HAIR" for p in shown.particle_systems):
            left_out["particle hair"] += 1
        key = _key(instance)
        if key not in read:  # it came between two slices
            read[key] = _read_mesh(shown, batches)
        batch = read[key]
        if batch is None:
            continue
        if key not in numbers:
            numbers[key] = len(items.meshes)
            items.meshes.append(batch)
        instancer = instance.parent.original if instance.is_instance and instance.parent else None
        owner = instancer or shown.original
        if owner.name not in facts:
            facts[owner.name] = _facts(owner, view_layer)
        seen, shadow, holdout = facts[owner.name]
        if instancer is not None:
            own = shown.original
            seen &= own.visible_camera
            shadow &= own.visible_shadow
            holdout |= own.is_holdout
        items.placed.append(
            Placed(
                numbers[key],
                np.array(instance.matrix_world, np.float64),
                shown.original.name,
                instancer.name if instancer else None,
                seen or not for_render,
                shadow or not for_render,
                holdout and for_render,
            )
        )
    items.notes += [
        f"{count} × {what} left out: control maps show surfaces" for what, count in left_out.items()
    ]
    if for_render:
        hidden = _hidden_in_viewport(view_layer, no_render)
        if hidden:
            items.notes.append(
                f"{hidden} objects are hidden in the viewport and left out, though renders show them"
            )
    return items


def _read_mesh(shown: bpy.types.Object, batches: MeshBatches) -> MeshBatch | None:
    materials = [slot.material for slot in shown.material_slots]
    if shown.type == "MESH" and hasattr(shown.data, "corner_normals"):
        return batches.of(shown.data, materials)
    # Curves, text and metaballs become a mesh of their own; before 4.1 normals are computed on a copy.
    try:
        mesh = shown.to_mesh()
    except RuntimeError:
        return None
    if mesh is None:
        return None
    try:
        return batches.of(mesh, materials)
    finally:
        shown.to_mesh_clear()


def _key(instance: bpy.types.DepsgraphObjectInstance) -> int:
    """Tells meshes apart while the scene is read: an object may have modifiers and slots of its own."""
    shown = instance.object
    if instance.is_instance and shown.data is not None:
        return hash((shown.data.as_pointer(), shown.original.name))
    return hash((shown.original.name_full, None))


def _shows(
    instance: bpy.types.DepsgraphObjectInstance,
    for_render: bool,
    space: bpy.types.SpaceView3D | None,
    no_render: frozenset[str],
) -> bool:
    if not instance.show_self:
        return False
    shown = instance.object.original
    parent = instance.parent.original if instance.is_instance and instance.parent else None
    if for_render:
        # What stands in the scene itself; an instanced object's collections do not matter, its own switch
        # does.
        return not shown.hide_render and (parent or shown).name not in no_render
    if space is not None and space.local_view is not None:
        return (parent or shown).local_view_get(space)
    return True


def _no_render_names(view_layer: bpy.types.ViewLayer) -> frozenset[str]:
    """Objects that are hidden from renders, by their own switch or since all their collections are."""
    shown: set[str] = set()
    queue = [view_layer.layer_collection]
    while queue:
        layer = queue.pop()
        if layer.exclude or layer.collection.hide_render:
            continue
        shown.update(item.name for item in layer.collection.objects if not item.hide_render)
        queue.extend(layer.children)
    return frozenset(item.name for item in view_layer.objects if item.name not in shown)


def _facts(owner: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> tuple[bool, bool, bool]:
    """Whether the camera sees it, it throws a shadow, and it is a holdout."""
    layer = view_layer if owner.name in view_layer.objects else None
    indirect = layer is not None and owner.indirect_only_get(view_layer=layer)
    holdout = owner.is_holdout or (layer is not None and owner.holdout_get(view_layer=layer))
    return owner.visible_camera and not indirect, owner.visible_shadow, holdout


def _hidden_in_viewport(view_layer: bpy.types.ViewLayer, no_render: frozenset[str]) -> int:
    """How many mesh objects renders show and the viewport does not."""
    return sum(
        1
        for item in view_layer.objects
        if item.type in _MESH_TYPES
        and item.name not in no_render
        and not item.visible_get(view_layer=view_layer)
    )
