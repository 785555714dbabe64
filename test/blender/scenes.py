"""Analytic scenes: objects whose depth, normals and outlines can be written down. +Z up, metres, radians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bmesh
import bpy
from mathutils import Matrix, Vector


def add_camera(
    location: Sequence[float] = (0, -5, 0),
    target: Sequence[float] = (0, 0, 0),
    *,
    lens: float = 50.0,
    ortho_scale: float | None = None,
) -> Any:
    """Adds the scene's camera at `location`, looking at `target`, +Z up; orthographic with `ortho_scale`."""
    data = bpy.data.cameras.new("Camera")
    data.lens = lens
    data.clip_start, data.clip_end = 0.01, 1000.0
    if ortho_scale is not None:
        data.type = "ORTHO"
        data.ortho_scale = ortho_scale
    camera = _link(bpy.data.objects.new("Camera", data))
    camera.location = location
    camera.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.camera = camera
    return camera


def add_plane(
    name: str = "Plane",
    size: float = 2.0,
    *,
    matrix: Matrix | None = None,
    color: Sequence[float] | None = None,
) -> Any:
    """Adds a square in its XY plane, normal +Z, edge `size`, with a UV layer that spans it."""
    mesh = _mesh_with_uvs()
    bmesh.ops.create_grid(mesh, x_segments=1, y_segments=1, size=size / 2, calc_uvs=True)
    return _object(name, mesh, matrix, color)


def add_cube(
    name: str = "Cube",
    size: float = 2.0,
    *,
    matrix: Matrix | None = None,
    color: Sequence[float] | None = None,
) -> Any:
    """Adds a cube of edge `size` around its origin, with UVs."""
    mesh = _mesh_with_uvs()
    bmesh.ops.create_cube(mesh, size=size, calc_uvs=True)
    return _object(name, mesh, matrix, color)


def add_sphere(
    name: str = "Sphere",
    radius: float = 1.0,
    *,
    segments: int = 128,
    matrix: Matrix | None = None,
    color: Sequence[float] | None = None,
) -> Any:
    """Adds a smooth-shaded UV sphere, fine enough for normals within 1 % of the true sphere."""
    mesh = _mesh_with_uvs()
    bmesh.ops.create_uvsphere(
        mesh, u_segments=segments, v_segments=segments // 2, radius=radius, calc_uvs=True
    )
    for face in mesh.faces:
        face.smooth = True
    return _object(name, mesh, matrix, color)


def add_sun(direction: Sequence[float] = (0, 0, -1), energy: float = 1.0) -> Any:
    """Adds a sun whose rays travel along `direction`."""
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy = energy
    sun = _link(bpy.data.objects.new("Sun", data))
    sun.rotation_euler = Vector(direction).to_track_quat("-Z", "Y").to_euler()
    return sun


def add_material(name: str, color: Sequence[float]) -> Any:
    """Adds a material whose Principled BSDF has this base colour, linear RGB or RGBA."""
    rgba = (*color[:3], 1.0)
    material = bpy.data.materials.new(name)
    material.diffuse_color = rgba
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    material.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = rgba
    return material


def _mesh_with_uvs() -> Any:
    mesh = bmesh.new()
    mesh.loops.layers.uv.new("UVMap")
    return mesh


def _object(name: str, mesh: Any, matrix: Matrix | None, color: Sequence[float] | None) -> Any:
    data = bpy.data.meshes.new(name)
    mesh.to_mesh(data)
    mesh.free()
    thing = _link(bpy.data.objects.new(name, data))
    if matrix is not None:
        thing.matrix_world = matrix
    if color is not None:
        data.materials.append(add_material(f"{name} material", color))
    return thing


def _link(thing: Any) -> Any:
    bpy.context.scene.collection.objects.link(thing)
    return thing
