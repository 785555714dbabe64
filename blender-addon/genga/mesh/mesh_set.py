"""The meshes of a request as collections: variations side by side, levels of detail hidden."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
from mathutils import Vector

from ..axes import metres_of
from ..glb.model import Glb
from ..results.image_datablock import image_name
from ..results.record import keep_record
from ..session import timer
from .build_mesh import build_mesh
from .mesh_arrays import MeshArrays
from .preview_picture import give_preview
from .principled import Materials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..session import OutputFile

FILE_KEY = "genga_file"
"""Custom property of a mesh's root object with the core's signed file, packed with zlib."""
SIDECAR_KEY = "genga_sidecar"
"""Custom property with the file's credential, as bytes."""
GAP = 0.25
"""Room between variations, as a share of the widest one."""


@dataclass(frozen=True)
class MeshFile:
    """One mesh that came, with the file that it was read from."""

    glb: Glb
    arrays: list[MeshArrays]
    """Of each of its nodes."""
    file: OutputFile
    record: dict[str, Any]

    @property
    def variation(self) -> int:
        """Which of the variations, from 0."""
        mesh = self.file.output.mesh
        return mesh.variation if mesh is not None else 0

    @property
    def lod(self) -> int:
        """Level of detail, 0 = all triangles."""
        mesh = self.file.output.mesh
        return mesh.lod if mesh is not None else 0


def add_mesh_set(
    scene: bpy.types.Scene,
    title: str,
    files: Sequence[MeshFile],
    place: Sequence[float],
    previews: Mapping[int, tuple[bytes, str]],
) -> bpy.types.Collection:
    """Adds a collection with the meshes of a request, the first one at `place`; selects what was added.

    Each variation stands to the right of the one before it. `previews`: turntable of each variation.

    Raises GengaError ASSET_UNREADABLE for a texture that Blender cannot read; then nothing is added.
    """
    name = image_name(title)
    materials = Materials(name)
    collection = bpy.data.collections.new(name)
    made: list[bpy.types.Collection] = [collection]
    roots: list[bpy.types.Object] = []
    try:
        numbers = sorted({one.variation for one in files})
        for number in numbers:
            here = collection
            if len(numbers) > 1:
                seed = next(one.file.output.seed for one in files if one.variation == number)
                here = bpy.data.collections.new(f"{name} {seed}")
                made.append(here)
                collection.children.link(here)
            levels = sorted((one for one in files if one.variation == number), key=lambda one: one.lod)
            root = _add_levels(scene, name, levels, here, materials, made)
            roots.append(root)
            entry = collection.genga_mesh.variations.add()
            entry.collection, entry.root = here, root
            keep_record(here, levels[0].record)
            give_preview(here, *previews.get(number, (b"", "")))
            give_preview(root, *previews.get(number, (b"", "")))
    except BaseException:
        _take_back(made)
        raise
    if len(numbers) > 1:
        keep_record(collection, files[0].record)
    _line_up(collection, place)
    _home_of(scene).children.link(collection)
    select_roots(scene, roots)
    return collection


def variation_set(item: bpy.types.Object | None) -> tuple[bpy.types.Collection, int] | None:
    """Gives the collection of the request that an object belongs to, and its variation; None for others."""
    root = root_of(item)
    if root is None:
        return None
    for collection in bpy.data.collections:
        for number, variation in enumerate(collection.genga_mesh.variations):
            if variation.root == root or (
                variation.collection is not None and root.name in variation.collection.all_objects
            ):
                return collection, number
    return None


def root_of(item: bpy.types.Object | None) -> bpy.types.Object | None:
    """Gives the object that carries a mesh of ours, for the object itself or a part of it."""
    while item is not None:
        if FILE_KEY in item:  # getting it would copy megabytes at each redraw
            return item
        item = item.parent
    return None


def file_of_mesh(root: bpy.types.Object) -> tuple[bytes, bytes | None]:
    """Gives the signed file of a mesh and its credential as the core sent them."""
    sidecar = root.get(SIDECAR_KEY)
    return zlib.decompress(root[FILE_KEY]), sidecar if isinstance(sidecar, bytes) else None


def keep_file(root: bpy.types.Object, data: bytes, sidecar: bytes | None) -> None:
    """Has an object hold the signed file that it came from."""
    root[FILE_KEY] = zlib.compress(data, 6)
    if sidecar is not None:
        root[SIDECAR_KEY] = sidecar
    elif SIDECAR_KEY in root:
        del root[SIDECAR_KEY]


def parts_of(root: bpy.types.Object) -> list[bpy.types.Object]:
    """Gives the objects with triangles that a root carries, itself if it has some."""
    return [item for item in (root, *root.children_recursive) if item.type == "MESH"]


def _add_levels(
    scene: bpy.types.Scene,
    name: str,
    levels: Sequence[MeshFile],
    collection: bpy.types.Collection,
    materials: Materials,
    made: list[bpy.types.Collection],
) -> bpy.types.Object:
    root = _add_objects(scene, name, levels[0], collection, materials)
    if len(levels) > 1:
        hidden = bpy.data.collections.new(f"{collection.name} LODs")
        made.append(hidden)
        collection.children.link(hidden)
        hidden.hide_viewport = hidden.hide_render = True
        for level in levels[1:]:
            # Children of the finest one, so that all go where that goes.
            copy = _add_objects(scene, f"{name}_LOD{level.lod}", level, hidden, materials)
            copy.parent = root
    return root


def _add_objects(
    scene: bpy.types.Scene,
    name: str,
    one: MeshFile,
    collection: bpy.types.Collection,
    materials: Materials,
) -> bpy.types.Object:
    metres, parts = metres_of(scene), []
    for arrays in one.arrays:
        label = name if len(one.arrays) == 1 else image_name(arrays.name)
        mesh = build_mesh(label, arrays, metres)
        for slot in arrays.slots:
            mesh.materials.append(materials.of(None if slot is None else one.glb.materials[slot]))
        parts.append(bpy.data.objects.new(label, mesh))
        collection.objects.link(parts[-1])
    root = parts[0]
    if len(parts) > 1:
        root = bpy.data.objects.new(name, None)
        root.empty_display_type, root.empty_display_size = "PLAIN_AXES", 0.1 / metres
        collection.objects.link(root)
        for part in parts:
            part.parent = root
    keep_record(root, one.record)
    keep_file(root, one.file.bytes, one.file.sidecar)
    return root


def _line_up(collection: bpy.types.Collection, place: Sequence[float]) -> None:
    """Puts variations next to each other along X, the first one at `place`."""
    variations = list(collection.genga_mesh.variations)
    boxes = [_box(variation.root) for variation in variations]
    widest = max((high - low)[0] for low, high in boxes)
    x = 0.0
    for variation, (low, high) in zip(variations, boxes, strict=True):
        if variation != variations[0]:
            x += GAP * widest - low[0]
        variation.offset = (x, 0, 0)
        x += high[0]
        variation.root.location = Vector(place) + Vector(variation.offset)


def _box(root: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Corners of a variation about its root's origin; nothing was moved yet."""
    corners = []
    for part in parts_of(root):
        places = np.empty(len(part.data.vertices) * 3, np.float32)
        part.data.vertices.foreach_get("co", places)
        corners.append(places.reshape(-1, 3))
    points = np.concatenate(corners)
    return points.min(0).astype(float), points.max(0).astype(float)


def _home_of(scene: bpy.types.Scene) -> bpy.types.Collection:
    """The active collection, if what is put there is seen."""
    layer = bpy.context.view_layer
    if bpy.context.scene == scene and layer is not None:
        active = layer.active_layer_collection
        if active is not None and active.is_visible and not active.exclude:
            return active.collection
    return scene.collection


def select_roots(scene: bpy.types.Scene, roots: Sequence[bpy.types.Object]) -> None:
    """Selects meshes of ours with all their parts that are seen, and nothing else; the first is active."""
    layer = bpy.context.view_layer
    if bpy.context.scene != scene or layer is None:
        return
    active = layer.objects.active
    if active is not None and active.mode != "OBJECT":
        return  # somebody sculpts or edits another object meanwhile
    for item in layer.objects:
        if item.select_get():
            item.select_set(False)
    for root in roots:
        for item in (root, *parts_of(root)):
            if item.name in layer.objects and item.visible_get():
                item.select_set(True)
    layer.objects.active = roots[0]
    timer.redraw()


def _take_back(collections: Sequence[bpy.types.Collection]) -> None:
    for collection in reversed(collections):
        for item in list(collection.objects):
            data = item.data
            bpy.data.objects.remove(item)
            if isinstance(data, bpy.types.Mesh):
                bpy.data.meshes.remove(data)
        bpy.data.collections.remove(collection)
