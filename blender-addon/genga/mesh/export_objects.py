"""Objects of the scene as a GLB that the core can paint: as they are seen, with their texture coordinates."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import bpy
import numpy as np
from genga_client import GengaError

from ..axes import TO_Y_UP, metres_of
from ..compat import corner_normals
from ..generate.pixels import file_of_image
from ..glb.model import Glb, Material, Node, Picture, Primitive
from ..results.base_color import base_color_source, uv_name_of
from .shared_texture import one_texture_holds


@dataclass(frozen=True, kw_only=True)
class Painted:
    """An object that is painted. Holds names, no datablocks."""

    name: str
    uv_map: str
    """Name of the UV map that the texture lies on."""
    slots: list[list[int]]
    """Material slots of each primitive of its node: those that share a texture are one primitive."""
    uv_digest: str
    """Of the texture coordinates, to know whether they were changed meanwhile."""


def export_objects(
    scene: bpy.types.Scene,
    depsgraph: bpy.types.Depsgraph,
    items: Sequence[bpy.types.Object],
    *,
    with_textures: bool,
) -> tuple[Glb, list[Painted]]:
    """Gives objects with their modifiers, placed as in the world, a node of the object's name each.

    Each corner has a vertex of its own, so that texture coordinates go as they are. `with_textures`: with the
    picture of their base colour, where it comes from one on the same UV map.

    Material slots that lie side by side on the UV map get one texture together, slots that lie over each
    other one each; `with_textures` so do slots that look different now, since each look goes along.

    Raises GengaError INVALID_REQUEST for an object without faces or without a UV map.
    """
    nodes: list[Node] = []
    materials: list[Material] = []
    painted: list[Painted] = []
    for item in items:
        if item.mode == "EDIT":
            item.update_from_editmode()
    depsgraph.update()
    for item in items:
        evaluated = item.evaluated_get(depsgraph)
        mesh = evaluated.to_mesh()
        try:
            uv_map = painted_uv_map(item, mesh)
            primitives, slots = _primitives(scene, item, mesh, uv_map, materials, with_textures)
        finally:
            evaluated.to_mesh_clear()
        nodes.append(Node(name=item.name, primitives=primitives))
        painted.append(Painted(name=item.name, uv_map=uv_map, slots=slots, uv_digest=uv_digest(item, uv_map)))
    return Glb(nodes=nodes, materials=materials), painted


def painted_uv_map(item: bpy.types.Object, mesh: bpy.types.Mesh | None = None) -> str:
    """Gives the name of the UV map that a texture goes onto: the rendered one.

    Raises GengaError INVALID_REQUEST without any.
    """
    layers = (mesh or item.data).uv_layers
    layer = next((one for one in layers if one.active_render), next(iter(layers), None))
    if layer is None:
        raise GengaError(
            "INVALID_REQUEST",
            f'"{item.name}" has no UV map that a texture could lie on.',
            remedy="Unwrap it: press Unwrap in the panel, or U in Edit Mode.",
        )
    return layer.name


def uv_digest(item: bpy.types.Object, uv_map: str) -> str:
    """Gives a hash of an object's own texture coordinates and faces, empty when the UV map is gone."""
    layer = item.data.uv_layers.get(uv_map)
    if layer is None:
        return ""
    values = np.empty(len(layer.data) * 2, np.float32)
    layer.data.foreach_get("uv", values)
    starts = np.empty(len(item.data.polygons), np.int32)
    item.data.polygons.foreach_get("loop_start", starts)
    return hashlib.sha256(values.tobytes() + starts.tobytes()).hexdigest()


def _primitives(
    scene: bpy.types.Scene,
    item: bpy.types.Object,
    mesh: bpy.types.Mesh,
    uv_map: str,
    materials: list[Material],
    with_textures: bool,
) -> tuple[list[Primitive], list[list[int]]]:
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    if count == 0:
        raise GengaError(
            "INVALID_REQUEST", f'"{item.name}" has no faces.', remedy="Choose an object with a surface."
        )
    corners = np.empty(count * 3, np.int32)
    mesh.loop_triangles.foreach_get("loops", corners)
    slot_of = np.empty(count, np.int32)
    mesh.loop_triangles.foreach_get("material_index", slot_of)
    slot_of = np.clip(slot_of, 0, max(0, len(item.material_slots) - 1))
    places = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", places)
    vertex = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", vertex)
    uvs = np.empty(len(mesh.loops) * 2, np.float32)
    mesh.uv_layers[uv_map].data.foreach_get("uv", uvs)
    uvs = uvs.reshape(-1, 2)
    uvs[:, 1] = 1 - uvs[:, 1]  # glTF's (0, 0) is the upper left corner
    matrix = np.array(item.matrix_world, np.float64)
    world = places.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    positions = (world @ TO_Y_UP.T * metres_of(scene))[vertex]
    turned = corner_normals(mesh) @ _inverse(matrix[:3, :3]) @ TO_Y_UP.T
    normals = turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
    corners = corners.reshape(-1, 3)
    if np.linalg.det(matrix[:3, :3]) < 0:  # mirrored: corners run the other way round
        corners = corners[:, ::-1]
    looks = {
        int(slot): _material(item, int(slot), uv_map, mesh, with_textures) for slot in np.unique(slot_of)
    }
    slots = [[slot] for slot in looks]
    alike = not with_textures or len({replace(look, name="") for look in looks.values()}) == 1
    if len(looks) > 1 and alike and one_texture_holds(uvs[corners], slot_of):
        slots = [list(looks)]
    primitives = []
    for together in slots:
        used, indices = np.unique(corners[np.isin(slot_of, together)], return_inverse=True)
        materials.append(looks[together[0]])
        primitives.append(
            Primitive(
                positions=positions[used].astype(np.float32),
                indices=indices.reshape(-1, 3).astype(np.uint32),
                normals=normals[used].astype(np.float32),
                uvs=uvs[used],
                material=len(materials) - 1,
            )
        )
    return primitives, slots


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Turns row vectors of normals as the inverse transpose does; of a flat object nothing is known."""
    return np.linalg.inv(matrix) if abs(np.linalg.det(matrix)) > 1e-12 else np.eye(3)


def _material(
    item: bpy.types.Object, slot: int, uv_map: str, mesh: bpy.types.Mesh, with_textures: bool
) -> Material:
    held = item.material_slots[slot].material if slot < len(item.material_slots) else None
    name = f"{item.name} {slot + 1}"
    if held is None:
        return Material(name=name, base_color=(0.8, 0.8, 0.8, 1.0), metallic=0.0, roughness=0.5)
    node, constant = base_color_source(held)
    color = tuple(constant or ((1.0, 1.0, 1.0) if node is not None else held.diffuse_color))[:3]
    shader = next(
        (one for one in (held.node_tree.nodes if held.node_tree else ()) if one.type == "BSDF_PRINCIPLED"),
        None,
    )
    picture = None
    rendered = next((one.name for one in mesh.uv_layers if one.active_render), "")
    if node is not None and (not with_textures or (uv_name_of(node) or rendered) != uv_map):
        node = None
    if node is not None and node.image is not None:
        data, mime = file_of_image(node.image)
        picture = Picture(bytes=data, mime=mime, name=node.image.name)
    return Material(
        name=name,
        base_color=(float(color[0]), float(color[1]), float(color[2]), 1.0),
        metallic=float(shader.inputs["Metallic"].default_value) if shader else float(held.metallic),
        roughness=float(shader.inputs["Roughness"].default_value) if shader else float(held.roughness),
        base_color_texture=picture,
    )
