"""Triangles of a GLB as Blender's meshes have them, with shared vertices. Free of `bpy`, for any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..glb.model import Node

TO_Z_UP = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float64)
"""Turns directions of glTF (+Y up) into Blender's (+Z up)."""


@dataclass(frozen=True, kw_only=True)
class MeshArrays:
    """A mesh in metres, +Z up; made by `mesh_arrays`."""

    name: str
    vertices: NDArray[np.float64]
    """[vertices, 3]."""
    triangles: NDArray[np.int64]
    """[triangles, 3], counter-clockwise seen from outside."""
    slots: list[int | None]
    """Material of each slot, by its number in the file."""
    slot_of: NDArray[np.int32]
    """Slot of each triangle."""
    uvs: NDArray[np.float32] | None
    """Of each corner, [triangles × 3, 2]; (0, 0) is the lower left corner, as in Blender."""
    normals: NDArray[np.float64] | None
    """Unit, of each corner, [triangles × 3, 3]."""


def mesh_arrays(node: Node) -> MeshArrays:
    """Joins the primitives of a node.

    Corners that a file keeps apart for their normals or texture coordinates share a vertex again, so that the
    mesh is as connected as it was made.
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
    vertices, triangles = weld(np.concatenate(positions), np.concatenate(corners).reshape(-1, 3))
    keep = _with_area(triangles)
    flipped = turned = None
    if len(uvs) == len(node.primitives):
        flipped = np.concatenate(uvs).reshape(-1, 3, 2)[keep].reshape(-1, 2).astype(np.float32)
        flipped[:, 1] = 1 - flipped[:, 1]
    if len(normals) == len(node.primitives):
        turned = np.concatenate(normals).reshape(-1, 3, 3)[keep].reshape(-1, 3) @ TO_Z_UP.T
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
    return MeshArrays(
        name=node.name,
        vertices=vertices @ TO_Z_UP.T,
        triangles=triangles[keep],
        slots=slots,
        slot_of=np.concatenate(faces)[keep],
        uvs=flipped,
        normals=turned,
    )


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
