"""Rest positions of a deforming mesh, so that a projected picture moves with its skin."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from .projector import Projector
from .surface import Surface

DEFORMING = {
    "ARMATURE", "CAST", "CLOTH", "CORRECTIVE_SMOOTH", "CURVE", "HOOK", "LAPLACIANDEFORM", "LATTICE",
    "MESH_CACHE", "MESH_DEFORM", "MESH_SEQUENCE_CACHE", "SHRINKWRAP", "SIMPLE_DEFORM", "SOFT_BODY",
    "SURFACE_DEFORM", "WARP", "WAVE",
}  # fmt: skip
SLIDE_PX = 1.5
"""The attribute is kept when it gives the place in the picture to this many pixels."""


def has_deformation(item: bpy.types.Object) -> bool:
    """Tells whether modifiers or shape keys may bend the mesh over time."""
    if item.type != "MESH":
        return False
    keys = item.data.shape_keys
    return (keys is not None and len(keys.key_blocks) > 1) or any(
        modifier.type in DEFORMING and modifier.show_viewport for modifier in item.modifiers
    )


def store_rest(
    item: bpy.types.Object,
    name: str,
    surface: Surface,
    projector: Projector,
    size_px: tuple[int, int],
    view_layer: bpy.types.ViewLayer,
) -> float | None:
    """Stores the deformed positions and normals of now in vector attributes `name` and `<name>_normal`.

    The shader reads them instead of the positions of later frames. Gives the largest error in pixels,
    measured on the evaluated mesh, or None where modifiers that make vertices (mirror, remesh) carry the
    attribute to wrong places; then nothing is stored.
    """
    mesh = item.data
    count = len(mesh.vertices)
    if len(surface.positions) < count or not len(mesh.polygons):
        return None
    # Catmull-Clark and most generators keep the mesh's own vertices first.
    _store(mesh, name, "POINT", surface.positions[:count])
    view_layer.update()
    carried = Surface.of(item, view_layer.depsgraph, [name])
    values = carried.attributes.get(name)
    slide_px = None
    if values is not None and len(values) == len(surface.positions):
        slide_px = _error_px(surface, values, projector, size_px)
    if slide_px is None or slide_px > SLIDE_PX:
        mesh.attributes.remove(mesh.attributes[name])
        return None
    _store(mesh, f"{name}_normal", "FACE", _face_normals(mesh, surface.positions[:count]))
    return slide_px


def _store(mesh: bpy.types.Mesh, name: str, domain: str, values: NDArray[np.float64]) -> None:
    attribute = mesh.attributes.new(name, "FLOAT_VECTOR", domain)
    attribute.data.foreach_set("vector", values.astype(np.float32).ravel())
    mesh.update()


def _face_normals(mesh: bpy.types.Mesh, positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gives the normal of each polygon with its vertices at `positions` (Newell's method), [P, 3]."""
    starts = np.empty(len(mesh.polygons), np.int32)
    totals = np.empty(len(mesh.polygons), np.int32)
    vertices = np.empty(len(mesh.loops), np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    mesh.polygons.foreach_get("loop_total", totals)
    mesh.loops.foreach_get("vertex_index", vertices)
    following = np.arange(1, len(vertices) + 1)
    following[starts + totals - 1] = starts
    a, b = positions[vertices], positions[vertices[following]]
    normals = np.add.reduceat(np.cross(a, b), starts, axis=0)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)


def _error_px(
    surface: Surface, values: NDArray[np.float64], projector: Projector, size_px: tuple[int, int]
) -> float:
    wanted, depth = projector.project(surface.positions)
    given, _ = projector.project(values)
    framed = (depth > 1e-6) & (wanted >= 0).all(1) & (wanted <= 1).all(1)
    if not framed.any():
        return 0.0
    return float((np.abs(given - wanted)[framed] * np.array(size_px)).max())
