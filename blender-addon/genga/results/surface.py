"""An object's surface as arrays, with its modifiers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ..compat import corner_normals


@dataclass(frozen=True)
class Surface:
    """The evaluated mesh of an object, in its own space (before its place in the world)."""

    positions: NDArray[np.float64]
    """Vertices, [V, 3]."""
    triangles: NDArray[np.int32]
    """Vertex indices, [T, 3]."""
    corners: NDArray[np.int32]
    """Corner (loop) indices of the triangles, [T, 3]."""
    polygons: NDArray[np.int32]
    """Polygon of each triangle, [T]."""
    materials: NDArray[np.int32]
    """Material slot of each triangle, [T]."""
    normals: NDArray[np.float64]
    """Shading normals of all corners, [L, 3]."""
    face_normals: NDArray[np.float64]
    """Normals of the triangles, [T, 3]."""
    uvs: dict[str, NDArray[np.float32]]
    """Texture coordinates of all corners, [L, 2], by the UV map's name."""
    attributes: dict[str, NDArray[np.float64]]
    """Vector attributes that were asked for: [V, 3] of vertices, or [P, 3] of polygons."""

    @staticmethod
    def of(item: bpy.types.Object, depsgraph: bpy.types.Depsgraph, attributes: Iterable[str] = ()) -> Surface:
        """Reads the evaluated mesh of `item`; arrays are copies. Missing `attributes` are left out."""
        evaluated = item.evaluated_get(depsgraph)
        mesh = evaluated.to_mesh(preserve_all_data_layers=True, depsgraph=depsgraph)
        try:
            return _read(mesh, attributes)
        finally:
            evaluated.to_mesh_clear()


def _read(mesh: bpy.types.Mesh, wanted: Iterable[str]) -> Surface:
    normals = corner_normals(mesh)  # before the triangles: 3.4 computes both in one call
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    triangles = _ints(mesh.loop_triangles, "vertices", (count, 3))
    positions = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", positions)
    points = positions.reshape(-1, 3).astype(np.float64)
    edge_a = points[triangles[:, 1]] - points[triangles[:, 0]]
    edge_b = points[triangles[:, 2]] - points[triangles[:, 0]]
    face_normals = np.cross(edge_a, edge_b)
    face_normals /= np.maximum(np.linalg.norm(face_normals, axis=1, keepdims=True), 1e-20)
    uvs = {}
    for layer in mesh.uv_layers:
        values = np.empty(len(mesh.loops) * 2, np.float32)
        layer.data.foreach_get("uv", values)
        uvs[layer.name] = values.reshape(-1, 2)
    return Surface(
        positions=points,
        triangles=triangles,
        corners=_ints(mesh.loop_triangles, "loops", (count, 3)),
        polygons=_ints(mesh.loop_triangles, "polygon_index", (count,)),
        materials=_ints(mesh.loop_triangles, "material_index", (count,)),
        normals=normals,
        face_normals=face_normals,
        uvs=uvs,
        attributes={name: _vectors(mesh, name) for name in wanted if name in mesh.attributes},
    )


def _ints(collection: bpy.types.bpy_prop_collection, name: str, shape: tuple[int, ...]) -> NDArray[np.int32]:
    values = np.empty(int(np.prod(shape)), np.int32)
    collection.foreach_get(name, values)
    return values.reshape(shape)


def _vectors(mesh: bpy.types.Mesh, name: str) -> NDArray[np.float64]:
    data = mesh.attributes[name].data
    values = np.empty(len(data) * 3, np.float32)
    data.foreach_get("vector", values)
    return values.reshape(-1, 3).astype(np.float64)
