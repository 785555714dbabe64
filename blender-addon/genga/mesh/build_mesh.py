"""Triangles as a mesh of Blender."""

from __future__ import annotations

import bpy
import numpy as np

from ..compat import set_corner_normals
from .mesh_arrays import MeshArrays

UV_MAP = "UVMap"


def build_mesh(name: str, arrays: MeshArrays, metres: float) -> bpy.types.Mesh:
    """Gives a mesh with its UV map and shading normals. `metres`: length of one of the scene's units."""
    corner = arrays.triangles
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(arrays.vertices))
    mesh.vertices.foreach_set("co", (arrays.vertices / metres).astype(np.float32).ravel())
    mesh.loops.add(corner.size)
    mesh.loops.foreach_set("vertex_index", corner.astype(np.int32).ravel())
    mesh.polygons.add(len(corner))
    mesh.polygons.foreach_set("loop_start", np.arange(0, corner.size, 3, dtype=np.int32))
    if bpy.app.version < (4, 1, 0):  # it follows from the starts since
        mesh.polygons.foreach_set("loop_total", np.full(len(corner), 3, np.int32))
    mesh.polygons.foreach_set("material_index", arrays.slot_of)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(corner), bool))
    if arrays.uvs is not None:
        layer = mesh.uv_layers.new(name=UV_MAP, do_init=False)
        layer.data.foreach_set("uv", arrays.uvs.ravel())
    mesh.update(calc_edges=True)
    mesh.validate(clean_customdata=False)
    if arrays.normals is not None and len(mesh.polygons) == len(corner):
        set_corner_normals(mesh, arrays.normals)
    return mesh
