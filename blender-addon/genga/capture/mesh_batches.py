"""Vertex batches of evaluated meshes, kept between captures by what is in them."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from dataclasses import dataclass

import bpy
import gpu
import numpy as np

from .base_colors import corner_colors, surface_signature

LIMIT_BYTES = 512 << 20
"""Batches of meshes that were not seen lately are dropped beyond this size."""


@dataclass(frozen=True)
class MeshBatch:
    """A mesh on the graphics card, in its own space."""

    batch: gpu.types.GPUBatch
    low: np.ndarray
    """Least corner of its box, [3]."""
    high: np.ndarray
    """Greatest corner of its box, [3]."""
    triangles: int
    edge_m: float
    """Root of its mean triangle's area, for the shading of coarse meshes."""
    materials: tuple[str, ...]
    """Name of each material slot; empty text for an empty slot."""
    size_bytes: int


class MeshBatches:
    """The batches of this Blender, by fingerprint of the mesh."""

    def __init__(self) -> None:
        self._batches: OrderedDict[tuple[object, ...], MeshBatch] = OrderedDict()

    def of(self, mesh: bpy.types.Mesh, materials: list[bpy.types.Material | None]) -> MeshBatch | None:
        """Gives the batch of an evaluated mesh; None when it has no faces.

        The fingerprint covers positions, corners, normals, slots and base colours, so nothing has to be
        told of changes.
        """
        if not len(mesh.polygons):
            return None
        positions = _read(mesh.vertices, "co", np.float32, 3)
        corners = _corner_vertices(mesh)
        normals = _normals(mesh)
        slots = _read(mesh.polygons, "material_index", np.int32) if len(materials) > 1 else None
        fingerprint = (
            len(positions),
            len(corners),
            len(mesh.polygons),
            zlib.crc32(positions.data),
            zlib.crc32(corners.data),
            zlib.crc32(normals.data),
            0 if slots is None else zlib.crc32(slots.data),
            surface_signature(mesh, materials),
        )
        batch = self._batches.get(fingerprint)
        if batch is None:
            batch = _build(mesh, materials, positions, corners, normals, slots)
            self._batches[fingerprint] = batch
            total = sum(item.size_bytes for item in self._batches.values())
            while total > LIMIT_BYTES and len(self._batches) > 1:
                total -= self._batches.popitem(last=False)[1].size_bytes
        self._batches.move_to_end(fingerprint)
        return batch

    def clear(self) -> None:
        """Frees all batches."""
        self._batches.clear()


def _build(
    mesh: bpy.types.Mesh,
    materials: list[bpy.types.Material | None],
    positions: np.ndarray,
    corners: np.ndarray,
    normals: np.ndarray,
    slots: np.ndarray | None,
) -> MeshBatch:
    triangles = np.empty((len(_triangles(mesh)), 3), np.int32)
    mesh.loop_triangles.foreach_get("loops", triangles.ravel())
    colors = np.zeros((len(corners), 4), np.uint8)
    colors[:, :3] = corner_colors(mesh, materials)
    if slots is not None:
        faces = np.clip(slots, 0, min(len(materials), 255) - 1).astype(np.uint8)
        colors[:, 3] = np.repeat(faces, _read(mesh.polygons, "loop_total", np.int32))

    layout = gpu.types.GPUVertFormat()
    layout.attr_add(id="pos", comp_type="F32", len=3, fetch_mode="FLOAT")
    layout.attr_add(id="normal", comp_type="F32", len=3, fetch_mode="FLOAT")
    layout.attr_add(id="color", comp_type="U8", len=4, fetch_mode="INT_TO_FLOAT_UNIT")
    by_vertex = len(normals) == len(positions) and _is_uniform(colors)
    if by_vertex:
        # Smooth and of one colour: a vertex once instead of once a corner.
        place, triangles = positions, corners[triangles]
        colors = np.repeat(colors[:1], len(positions), 0)
    else:
        place = positions[corners]
        if len(normals) == len(positions):
            normals = normals[corners]
    buffer = gpu.types.GPUVertBuf(format=layout, len=len(place))
    buffer.attr_fill("pos", np.ascontiguousarray(place))
    buffer.attr_fill("normal", np.ascontiguousarray(normals))
    buffer.attr_fill("color", colors)
    index = gpu.types.GPUIndexBuf(type="TRIS", seq=np.ascontiguousarray(triangles))
    low, high = positions.min(0).astype(np.float64), positions.max(0).astype(np.float64)
    a, b, c = (place[triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).mean() / 2 if len(triangles) else 0.0
    return MeshBatch(
        gpu.types.GPUBatch(type="TRIS", buf=buffer, elem=index),
        low,
        high,
        len(triangles),
        float(np.sqrt(area)),
        tuple(material.name if material else "" for material in materials),
        place.nbytes + normals.nbytes + colors.nbytes + triangles.nbytes,
    )


def _normals(mesh: bpy.types.Mesh) -> np.ndarray:
    """Shading normals, [V or L, 3] float32: by vertex where the mesh is smooth all over (4.1 and later
    know), else by corner.
    """
    if getattr(mesh, "normals_domain", "CORNER") == "POINT":
        return _read(mesh.vertex_normals, "vector", np.float32, 3)
    if hasattr(mesh, "corner_normals"):
        return _read(mesh.corner_normals, "vector", np.float32, 3)
    mesh.calc_normals_split()
    return _read(mesh.loops, "normal", np.float32, 3)


def _corner_vertices(mesh: bpy.types.Mesh) -> np.ndarray:
    """Vertex of each corner, [L] int32; the attribute (3.6 and later) is read fifty times faster than the
    loops.
    """
    attribute = mesh.attributes.get(".corner_vert")
    if attribute is not None:
        return _read(attribute.data, "value", np.int32)
    return _read(mesh.loops, "vertex_index", np.int32)


def _triangles(mesh: bpy.types.Mesh) -> bpy.types.bpy_prop_collection:
    if hasattr(mesh, "calc_loop_triangles"):
        mesh.calc_loop_triangles()
    return mesh.loop_triangles


def _read(collection: bpy.types.bpy_prop_collection, name: str, dtype: type, width: int = 1) -> np.ndarray:
    values = np.empty(len(collection) * width, dtype)
    collection.foreach_get(name, values)
    return values.reshape(-1, width) if width > 1 else values


def _is_uniform(colors: np.ndarray) -> bool:
    return bool((colors == colors[:1]).all())
