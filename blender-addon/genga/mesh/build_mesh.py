"""Triangles of a GLB as a mesh of Blender."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..axes import TO_Y_UP
from ..compat import set_corner_normals
from ..glb.model import Node

UV_MAP = "UVMap"


def build_mesh(name: str, node: Node, metres: float) -> tuple[bpy.types.Mesh, list[int | None]]:
    """Gives a mesh in Blender's space and the materials of its slots, by their numbers in the file.

    Corners that a file keeps apart for their normals or texture coordinates share a vertex again, so that the
    mesh is as connected as it was made. `metres`: length of one of the scene's units.
    """
    slots: list[int | None] = []
    positions, corners, normals, uvs, faces = [], [], [], [], []
    count = 0
    for primitive in node.primitives:
        if primitive.material not in slots:
            slots.append(primitive.material)
        order = primitive.indices.reshape(-1).astype(np.int64)
        positions.append(_placed(primitive.positions, node.matrix, 1.0))
        corners.append(order + count)
        count += len(primitive.positions)
        faces.append(np.full(len(primitive.indices), slots.index(primitive.material), np.int32))
        if primitive.normals is not None:
            normals.append(_placed(primitive.normals, np.linalg.inv(node.matrix).T, 0.0)[order])
        if primitive.uvs is not None:
            uvs.append(primitive.uvs[order])
    places, corner = weld(np.concatenate(positions), np.concatenate(corners).reshape(-1, 3))
    keep = _with_area(corner)
    corner, slot = corner[keep], np.concatenate(faces)[keep]
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(places))
    mesh.vertices.foreach_set("co", (places @ TO_Y_UP / metres).astype(np.float32).ravel())
    mesh.loops.add(corner.size)
    mesh.loops.foreach_set("vertex_index", corner.astype(np.int32).ravel())
    mesh.polygons.add(len(corner))
    mesh.polygons.foreach_set("loop_start", np.arange(0, corner.size, 3, dtype=np.int32))
    if bpy.app.version < (4, 1, 0):  # it follows from the starts since
        mesh.polygons.foreach_set("loop_total", np.full(len(corner), 3, np.int32))
    mesh.polygons.foreach_set("material_index", slot)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(corner), bool))
    if len(uvs) == len(node.primitives):
        layer = mesh.uv_layers.new(name=UV_MAP, do_init=False)
        flipped = np.concatenate(uvs).reshape(-1, 3, 2)[keep].reshape(-1, 2).astype(np.float32)
        flipped[:, 1] = 1 - flipped[:, 1]  # Blender's lower left corner is (0, 0)
        layer.data.foreach_set("uv", flipped.ravel())
    mesh.update(calc_edges=True)
    mesh.validate(clean_customdata=False)
    if len(normals) == len(node.primitives) and len(mesh.polygons) == len(corner):
        turned = np.concatenate(normals).reshape(-1, 3, 3)[keep].reshape(-1, 3) @ TO_Y_UP
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        set_corner_normals(mesh, turned / np.maximum(lengths, 1e-12))
    return mesh, slots


def weld(
    positions: NDArray[np.floating], triangles: NDArray[np.int64]
) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    """Joins vertices at the same place; gives vertices [V, 3] and triangles [T, 3].

    Triangles that would fall onto one another, as the two sides of a leaf, keep vertices of their own:
    Blender throws such faces away.
    """
    places, joined = np.unique(positions, axis=0, return_inverse=True)
    joined = joined.reshape(-1).astype(np.int64)
    candidate = joined[triangles]
    _, first, counts = np.unique(np.sort(candidate, axis=1), axis=0, return_inverse=True, return_counts=True)
    twins = counts[first.reshape(-1)] > 1
    if not twins.any():
        return places, candidate
    apart = np.zeros(len(positions), bool)
    apart[triangles[twins]] = True
    keys = np.where(apart, len(places) + np.arange(len(positions)), joined)
    used, final = np.unique(keys, return_inverse=True)
    final = final.reshape(-1).astype(np.int64)
    vertices = np.empty((len(used), 3), positions.dtype)
    vertices[final] = positions
    return vertices, final[triangles]


def _placed(vectors: NDArray[np.floating], matrix: NDArray[np.float64], w: float) -> NDArray[np.float64]:
    if np.array_equal(matrix, np.eye(4)):
        return vectors.astype(np.float64)
    return vectors @ matrix[:3, :3].T + w * matrix[:3, 3]


def _with_area(triangles: NDArray[np.int64]) -> NDArray[np.bool_]:
    a, b, c = triangles.T
    return (a != b) & (b != c) & (c != a)
