"""A UV map of our own for objects whose UV maps cannot hold a picture."""

from __future__ import annotations

import math

import bpy
from genga_client import GengaError

NAME = "Genga bake"
UV_LAYERS_MAX = 8


def unwrap(item: bpy.types.Object, view_layer: bpy.types.ViewLayer, name: str = NAME) -> str:
    """Adds a UV map without overlaps to the object's mesh and gives its name; makes none if it is there.

    Other UV maps, the active one and the selection stay. Smart UV Project is one call of Blender that cannot
    be split: about 1 s for 100 000 faces.

    Raises GengaError INVALID_REQUEST when the mesh has as many UV maps as Blender keeps.
    """
    mesh = item.data
    if name in mesh.uv_layers:
        return name
    if len(mesh.uv_layers) >= UV_LAYERS_MAX:
        raise GengaError(
            "INVALID_REQUEST",
            f'"{item.name}" has {UV_LAYERS_MAX} UV maps, as many as Blender keeps.',
            remedy="Remove one that is not used.",
        )
    index = mesh.uv_layers.active_index
    rendered = next((layer.name for layer in mesh.uv_layers if layer.active_render), None)
    had_layers = len(mesh.uv_layers) > 0
    active, selected = (
        view_layer.objects.active,
        [other for other in view_layer.objects if other.select_get()],
    )
    faces = [polygon.select for polygon in mesh.polygons]
    mesh.uv_layers.active = mesh.uv_layers.new(name=name, do_init=False)
    for other in selected:
        other.select_set(False)
    item.select_set(True)
    view_layer.objects.active = item
    try:
        bpy.ops.object.mode_set(mode="EDIT")
        try:
            bpy.ops.mesh.reveal(select=False)
            bpy.ops.mesh.select_all(action="SELECT")
            bpy.ops.uv.smart_project(angle_limit=math.radians(66), island_margin=0.01)
        finally:
            bpy.ops.object.mode_set(mode="OBJECT")
    finally:
        item.select_set(False)
        for other in selected:
            other.select_set(True)
        view_layer.objects.active = active
        mesh.polygons.foreach_set("select", faces)
        if had_layers:
            mesh.uv_layers.active_index = index
            if rendered is not None:
                mesh.uv_layers[rendered].active_render = True
    return name
