"""Projects a picture onto objects from the view that it was made from, and takes it off again."""

from __future__ import annotations

import math
import uuid
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import bpy
import numpy as np
from genga_client import GengaError
from numpy.typing import NDArray

from ..session.steps import in_thread
from .image_datablock import image_name
from .overlay import lay_over, take_off
from .projection_nodes import projection_group
from .projector import Projector
from .rest_attribute import has_deformation, store_rest
from .surface import Surface
from .visibility import threshold_map

if TYPE_CHECKING:
    from ..capture import View
    from .properties import GENGA_PG_projection

SURFACE_TYPES = ("MESH", "CURVE", "SURFACE", "FONT", "META")
UV_LAYERS_MAX = 8
"""As many UV maps as Blender keeps in a mesh."""
VISIBILITY_PX = 2048
"""Longest side of the visibility map; it is twice the picture's otherwise."""
FADE_DEGREES = 10.0
"""Width of the soft edge before the steepest angle."""
# Modifiers after which the mesh's own vertices come first, in their order.
_KEEPS_VERTICES = {
    "ARMATURE", "ARRAY", "CAST", "CLOTH", "CORRECTIVE_SMOOTH", "CURVE", "DISPLACE", "HOOK",
    "LAPLACIANDEFORM", "LAPLACIANSMOOTH", "LATTICE", "MESH_DEFORM", "MIRROR", "MULTIRES", "SHRINKWRAP",
    "SIMPLE_DEFORM", "SMOOTH", "SOFT_BODY", "SOLIDIFY", "SUBSURF", "SURFACE_DEFORM", "UV_PROJECT", "WARP",
    "WAVE", "WEIGHTED_NORMAL",
}  # fmt: skip


@dataclass(frozen=True)
class ProjectionOptions:
    """How a picture lies on the objects. The defaults are those of the panel."""

    shading: str = "EMISSION"
    """EMISSION: the picture's colours as they are. SURFACE: the surface's colour, lit by the scene."""
    angle_degrees: float = 86.0
    """Between normal and line of sight; nothing is painted beyond; the fade begins 10 degrees before."""
    border: float = 0.0
    """Fade at the picture's border, as a share of its width."""
    edge_px: int = 2
    """Pixels of the picture beside an outline that are not painted on what is behind it."""
    single_user: bool = False
    """Give objects that share a mesh their own."""


def project_image(
    objects: Sequence[bpy.types.Object],
    image: bpy.types.Image,
    view: View,
    *,
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    options: ProjectionOptions | None = None,
) -> Generator[None, None, list[str]]:
    """Projects `image` onto `objects` as seen in `view`; gives notes for the artist, in slices.

    What other objects hide, what turns away, and what lies outside the frame keeps its material. Each object
    gets copies of its materials in object slots with the picture laid over, and, where its mesh is its own, a
    UV map "Genga <name>"; the artist's UV maps, their order and which one is active stay as they are.

    Raises GengaError INVALID_REQUEST when an object cannot carry a picture or none of them is in the picture;
    nothing was changed then.
    """
    options = options or ProjectionOptions()
    _check(objects, image)
    depth = yield from _depth(view, image, scene, view_layer)
    view_layer.update()
    depsgraph = view_layer.depsgraph
    surfaces: dict[bpy.types.Object, tuple[Surface, Projector]] = {}
    perspective = bool(abs(np.asarray(view.projection_matrix)[3][3]) < 1e-9)
    scale = depth.shape[1] / image.size[0]
    edge_px = math.ceil(options.edge_px * scale)
    threshold = yield from in_thread(lambda: threshold_map(depth, perspective, edge_px))
    unseen = []
    for item in objects:
        surface = Surface.of(item, depsgraph)
        projector = Projector.of(view.view_matrix, view.projection_matrix, np.array(item.matrix_world))
        if _sees(surface, projector):
            surfaces[item] = (surface, projector)
        else:
            unseen.append(item.name)
        yield
    if not surfaces:
        raise GengaError(
            "INVALID_REQUEST",
            f"None of the selected objects ({', '.join(unseen)}) is in the picture.",
            remedy="Select objects that the picture's view shows.",
        )
    notes = [f"{name} is not in the picture and stays as it is." for name in unseen]
    label = image_name(image.name)
    group = projection_group(f"Genga {label}"[:60], image, _threshold_image(label, threshold), perspective)
    yield
    for item, (surface, projector) in surfaces.items():
        notes += _add(item, image, group, surface, projector, view, view_layer, options)
        yield
    if abs(image.size[0] / image.size[1] / (view.width / view.height) - 1) > 0.02:
        notes.append(
            f"The picture is {image.size[0]} × {image.size[1]} and its view {view.width} × {view.height}: "
            "it is stretched."
        )
    return notes


def remove_projection(item: bpy.types.Object, index: int | None = None) -> None:
    """Takes one projection, or all, off an object; with the last one its own materials come back."""
    held = item.genga_projections
    gone = list(range(len(held.layers))) if index is None else [index]
    for position in reversed(gone):
        layer = held.layers[position]
        group, threshold = layer.group, layer.threshold
        _remove_mesh_data(item, layer)
        baked = layer.baked
        held.layers.remove(position)
        if baked:  # what it was baked from shows again
            for other in held.layers:
                other["visible"] = True
        refresh_overlay(item)
        for block, store in ((group, bpy.data.node_groups), (threshold, bpy.data.images)):
            if block is not None and _unused(block):
                store.remove(block)


def refresh_overlay(item: bpy.types.Object) -> None:
    """Builds the object's materials from its projections; without any, puts the originals back."""
    held = item.genga_projections
    if not held.layers:
        _restore_slots(item)
        return
    _prepare_slots(item)
    shown = [layer for layer in held.layers if layer.visible]
    for material in {slot.material for slot in item.material_slots if slot.material is not None}:
        lay_over(material, shown)


def layer_projector(layer: GENGA_PG_projection) -> Projector:
    """Gives the projector that a layer keeps."""
    return Projector(
        np.array(layer.rows, np.float64).reshape(4, 4),
        np.array(layer.eye, np.float64),
        np.array(layer.scale, np.float64),
        layer.perspective,
    )


def _check(objects: Sequence[bpy.types.Object], image: bpy.types.Image) -> None:
    if not objects:
        raise GengaError(
            "INVALID_REQUEST", "No object is selected.", remedy="Select the objects to project onto."
        )
    if image.size[0] == 0:
        raise GengaError("INVALID_REQUEST", f'The picture "{image.name}" has no pixels.')
    for item in objects:
        if item.type not in SURFACE_TYPES:
            raise GengaError(
                "INVALID_REQUEST",
                f'"{item.name}" is of type {item.type}, which has no surface to project onto.',
                remedy="Select meshes, curves, surfaces, text or metaballs.",
            )
        if item.library is not None or item.data.library is not None:
            raise GengaError(
                "INVALID_REQUEST",
                f'"{item.name}" is linked from another file and cannot be changed here.',
                remedy="Make it local, or make a library override of the object and its data.",
            )
        if item.mode == "EDIT":
            raise GengaError(
                "INVALID_REQUEST",
                f'"{item.name}" is in Edit Mode.',
                remedy="Leave Edit Mode (Tab) and project again.",
            )


def _depth(
    view: View, image: bpy.types.Image, scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer
) -> Generator[None, None, NDArray[np.float32]]:
    """Gives the scene's depth in the view, at about twice the picture's size, bottom row first."""
    from ..capture import capture_maps

    longest = max(image.size)
    factor = max(1.0, min(2.0, VISIBILITY_PX / longest)) * longest / max(view.width, view.height)
    fine = replace(view, width=round(view.width * factor), height=round(view.height * factor))
    captured = yield from capture_maps(view_layer.depsgraph, fine, ["depth"], scene=scene)
    return np.ascontiguousarray(captured.depth[::-1])


def _sees(surface: Surface, projector: Projector) -> bool:
    """Tells whether any triangle turned to the viewer may lie in the frame, by its bounds."""
    if not len(surface.triangles):
        return False
    homogeneous = surface.positions @ projector.rows[:3, :3].T + projector.rows[:3, 3]
    corners = homogeneous[surface.triangles]
    u, v, w = corners[..., 0], corners[..., 1], corners[..., 2]
    # Outside when all three corners are beyond one side; in homogeneous form, so also behind the viewer.
    outside = (u < 0).all(1) | (v < 0).all(1) | (u > w).all(1) | (v > w).all(1) | (w <= 0).all(1)
    centres = surface.positions[surface.triangles].mean(1)
    return bool((~outside & (projector.facing(centres, surface.face_normals) > 0)).any())


def _threshold_image(label: str, threshold: NDArray[np.float32]) -> bpy.types.Image:
    height, width = threshold.shape
    image = bpy.data.images.new(f"Genga visible {label}"[:60], width, height, float_buffer=True, is_data=True)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = threshold[..., None]
    image.pixels.foreach_set(pixels.ravel())
    image.use_half_precision = False  # 10 bits of a depth at 20 m are 2 cm
    image.pack()
    return image


def _add(
    item: bpy.types.Object,
    image: bpy.types.Image,
    group: bpy.types.NodeTree,
    surface: Surface,
    projector: Projector,
    view: View,
    view_layer: bpy.types.ViewLayer,
    options: ProjectionOptions,
) -> list[str]:
    notes = []
    held = item.genga_projections
    if options.single_user and item.data.users > 1:
        item.data = item.data.copy()
    layer = held.layers.add()
    layer.label = image_name(image.name)
    layer.image, layer.group = image, group
    layer.threshold = group.nodes["Visible from here on"].image
    layer.perspective = projector.perspective
    layer.rows, layer.eye, layer.scale = projector.rows.ravel(), projector.eye, projector.scale
    layer.shading, layer.border = options.shading, options.border
    # Degenerate ranges divide by zero in the Map Range node.
    layer.facing_from = math.cos(math.radians(options.angle_degrees))
    fade_from = math.radians(max(options.angle_degrees - FADE_DEGREES, 0))
    layer.facing_to = max(math.cos(fade_from), layer.facing_from + 1e-4)
    if has_deformation(item):
        name = f"genga_rest_{uuid.uuid4().hex[:8]}"
        slide_px = store_rest(item, name, surface, projector, (view.width, view.height), view_layer)
        if slide_px is None:
            notes.append(
                f"{item.name} is deformed by modifiers that make new vertices: "
                "the picture slides when it deforms. Bake it to hold it."
            )
        else:
            layer.attribute = name
    if item.type == "MESH":
        notes += _add_uv_map(item, layer, surface, projector)
    refresh_overlay(item)
    return notes


def _add_uv_map(
    item: bpy.types.Object, layer: GENGA_PG_projection, surface: Surface, projector: Projector
) -> list[str]:
    mesh = item.data
    if mesh.users > 1:
        return [f"{item.name} shares its mesh with other objects: it got no UV map of its own."]
    if len(mesh.uv_layers) >= UV_LAYERS_MAX:
        return [
            f"{item.name} has {UV_LAYERS_MAX} UV maps, the most that Blender keeps: it got none for this."
        ]
    if not mesh.polygons:
        return []
    kept = all(modifier.type in _KEEPS_VERTICES for modifier in item.modifiers if modifier.show_viewport)
    if kept and len(surface.positions) >= len(mesh.vertices):
        positions = surface.positions[: len(mesh.vertices)]
    else:
        own = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", own)
        positions = own.reshape(-1, 3).astype(np.float64)
    uv, depth = projector.project(positions)
    uv = np.where(depth[:, None] > 1e-6, uv, -1.0)  # behind the viewer: out of the picture
    vertices = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", vertices)
    active, rendered = mesh.uv_layers.active_index, [entry.active_render for entry in mesh.uv_layers]
    added = mesh.uv_layers.new(name=f"Genga {layer.label}"[:60], do_init=False)
    layer.uv_layer = added.name
    added.data.foreach_set("uv", uv[vertices].astype(np.float32).ravel())
    if rendered:
        mesh.uv_layers.active_index = active
        mesh.uv_layers[rendered.index(True) if True in rendered else 0].active_render = True
    mesh.update()
    return []


def _remove_mesh_data(item: bpy.types.Object, layer: GENGA_PG_projection) -> None:
    if item.type != "MESH":
        return
    mesh = item.data
    if layer.uv_layer in mesh.uv_layers:
        active = mesh.uv_layers.active.name if mesh.uv_layers.active else ""
        rendered = next((entry.name for entry in mesh.uv_layers if entry.active_render), "")
        mesh.uv_layers.remove(mesh.uv_layers[layer.uv_layer])
        if active in mesh.uv_layers:
            mesh.uv_layers.active = mesh.uv_layers[active]
        if rendered in mesh.uv_layers:
            mesh.uv_layers[rendered].active_render = True
    for name in (layer.attribute, f"{layer.attribute}_normal"):
        if layer.attribute and name in mesh.attributes:
            mesh.attributes.remove(mesh.attributes[name])


def _prepare_slots(item: bpy.types.Object) -> None:
    """Puts a copy of each slot's material into the object's own slots, once."""
    held = item.genga_projections
    if held.originals:
        return
    if not item.material_slots:
        item.data.materials.append(None)
        held.slot_added = True
    copies: dict[bpy.types.Material | None, bpy.types.Material] = {}
    for slot in item.material_slots:
        original = held.originals.add()
        original.material, original.link = slot.material, slot.link
        if slot.material not in copies:
            copies[slot.material] = _copy(slot.material, item)
        copy = copies[slot.material]
        slot.link = "OBJECT"
        slot.material = copy


def _copy(material: bpy.types.Material | None, item: bpy.types.Object) -> bpy.types.Material:
    copy = material.copy() if material is not None else bpy.data.materials.new(f"{item.name} with Genga")
    if material is not None:
        copy.name = f"{material.name} with Genga"[:60]
    if not copy.use_nodes:
        color = tuple(copy.diffuse_color)
        copy.use_nodes = True
        for node in copy.node_tree.nodes:
            if node.bl_idname == "ShaderNodeBsdfPrincipled":
                node.inputs["Base Color"].default_value = color
    return copy


def _restore_slots(item: bpy.types.Object) -> None:
    held = item.genga_projections
    ours = set()
    for slot, original in zip(item.material_slots, held.originals, strict=False):
        copy = slot.material
        if slot.link == "OBJECT":
            slot.material = original.material if original.link == "OBJECT" else None
        slot.link = original.link
        if copy is not None and copy != original.material:
            ours.add(copy)
    held.originals.clear()
    if held.slot_added:
        item.data.materials.pop(index=len(item.data.materials) - 1)
        held.slot_added = False
    for copy in ours:
        if _unused(copy):
            take_off(copy)
            bpy.data.materials.remove(copy)


def _unused(block: bpy.types.ID) -> bool:
    return block.users - int(block.use_fake_user) <= 0
