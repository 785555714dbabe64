"""Base colours of surfaces, as sRGB bytes at every corner of a mesh: what the phrases take their colour
words from.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable

import bpy
import numpy as np

MAX_TEXTURE_PIXELS = 4096 * 4096
"""Larger textures are not read; their material's viewport colour stands for them."""

_DEFAULT = (0.8, 0.8, 0.8)


def base_color(
    material: bpy.types.Material | None,
) -> tuple[tuple[float, float, float], bpy.types.Image | None, str]:
    """Gives a material's base colour (linear RGB), the image that colours it, and its colour attribute's
    name, if any.

    Looks at the Principled, Diffuse or Emission shader nearest to the output; else at the viewport colour.
    """
    if material is None:
        return _DEFAULT, None, ""
    tree = material.node_tree if getattr(material, "use_nodes", True) else None
    if tree is None:
        return tuple(material.diffuse_color[:3]), None, ""
    for kinds in (
        ("BSDF_PRINCIPLED",),
        ("BSDF_DIFFUSE", "BSDF_TOON", "EMISSION", "BSDF_GLOSSY", "BSDF_GLASS"),
    ):
        for node in tree.nodes:
            if node.type in kinds:
                socket = node.inputs.get("Base Color") or node.inputs.get("Color")
                if socket is not None:
                    return _of_socket(socket)
    return tuple(material.diffuse_color[:3]), None, ""


def surface_signature(mesh: bpy.types.Mesh, materials: list[bpy.types.Material | None]) -> Hashable:
    """Gives what `corner_colors` depends on, to know when it changes."""
    parts: list[Hashable] = []
    textured = False
    for material in materials:
        color, image, attribute = base_color(material)
        parts.append((material.name if material else "", color, attribute, image.name if image else ""))
        if image is not None:
            textured = True
            parts.append((tuple(image.size), image.is_dirty, image.filepath))
    if textured and mesh.uv_layers.active is not None:
        parts.append(zlib.crc32(_uvs(mesh).data))
    return tuple(parts)


def corner_colors(mesh: bpy.types.Mesh, materials: list[bpy.types.Material | None]) -> np.ndarray:
    """Gives sRGB bytes at every corner, [L, 3]: a face has one colour, its texture's at the middle of its
    corners.
    """
    starts = np.empty(len(mesh.polygons), np.int32)
    totals = np.empty(len(mesh.polygons), np.int32)
    mesh.polygons.foreach_get("loop_start", starts)
    mesh.polygons.foreach_get("loop_total", totals)
    slots = np.zeros(len(mesh.polygons), np.int32)
    if len(materials) > 1:
        mesh.polygons.foreach_get("material_index", slots)
    faces = np.empty((len(starts), 3), np.uint8)
    for number, material in enumerate(materials or [None]):
        inside = slots == number if len(materials) > 1 else np.ones(len(starts), bool)
        if number == len(materials) - 1:
            inside |= slots > number
        if not inside.any():
            continue
        color, image, attribute = base_color(material)
        faces[inside] = np.rint(linear_to_srgb(np.clip(np.array(color), 0, 1)) * 255)
        pixels = _pixels(image) if image is not None and mesh.uv_layers.active is not None else None
        if pixels is not None:
            uv = np.add.reduceat(_uvs(mesh).astype(np.float64), starts, 0)[inside] / totals[inside, None]
            height, width = pixels.shape[:2]
            # A hair inside, so that a face on a border between two swatches does not flicker.
            x = np.floor((uv[:, 0] % 1) * width).astype(int).clip(0, width - 1)
            y = np.floor((uv[:, 1] % 1) * height).astype(int).clip(0, height - 1)
            faces[inside] = pixels[y, x]
        elif attribute:
            faces[inside] = _attribute_colors(mesh, attribute, starts, totals)[inside]
    return np.repeat(faces, totals, 0)


def linear_to_srgb(value: np.ndarray) -> np.ndarray:
    """Gives display values of linear ones, both in 0 to 1."""
    return np.where(
        value <= 0.0031308, value * 12.92, 1.055 * np.maximum(value, 0.0031308) ** (1 / 2.4) - 0.055
    )


def _of_socket(
    socket: bpy.types.NodeSocket,
) -> tuple[tuple[float, float, float], bpy.types.Image | None, str]:
    """Follows links back through mixes and corrections to the first image, colour attribute or colour."""
    own = tuple(socket.default_value[:3]) if hasattr(socket, "default_value") else _DEFAULT
    seen: set[str] = set()
    queue = [link.from_node for link in socket.links]
    while queue:
        node = queue.pop(0)
        if node.name in seen:
            continue
        seen.add(node.name)
        if node.type == "TEX_IMAGE" and node.image is not None:
            return own, node.image, ""
        if node.type in ("VERTEX_COLOR", "ATTRIBUTE"):
            return own, None, getattr(node, "layer_name", "") or getattr(node, "attribute_name", "")
        if node.type == "RGB":
            return tuple(node.outputs[0].default_value[:3]), None, ""
        if node.type == "VALTORGB":
            elements = node.color_ramp.elements
            return tuple(np.mean([element.color[:3] for element in elements], 0)), None, ""
        queue.extend(link.from_node for item in node.inputs for link in item.links)
        for item in node.inputs:
            if item.type == "RGBA" and not item.is_linked and hasattr(item, "default_value") and item.enabled:
                own = tuple(item.default_value[:3])
    return own, None, ""


def _uvs(mesh: bpy.types.Mesh) -> np.ndarray:
    """Coordinates of the layer that is rendered, [L, 2] float32."""
    layer = next((item for item in mesh.uv_layers if item.active_render), mesh.uv_layers.active)
    values = np.empty(len(mesh.loops) * 2, np.float32)
    if hasattr(layer, "uv"):
        layer.uv.foreach_get("vector", values)
    else:
        layer.data.foreach_get("uv", values)
    return values.reshape(-1, 2)


def _attribute_colors(mesh: bpy.types.Mesh, name: str, starts: np.ndarray, totals: np.ndarray) -> np.ndarray:
    attributes = getattr(mesh, "color_attributes", None)
    attribute = attributes.get(name) or attributes.active_color if attributes else None
    if attribute is None:
        return np.full((len(starts), 3), 204, np.uint8)
    values = np.empty((len(attribute.data), 4), np.float32)
    attribute.data.foreach_get("color_srgb", values.ravel())
    if attribute.domain == "POINT":
        corners = np.empty(len(mesh.loops), np.int32)
        mesh.loops.foreach_get("vertex_index", corners)
        values = values[corners]
    mean = np.add.reduceat(values[:, :3].astype(np.float64), starts, 0) / totals[:, None]
    return np.rint(mean.clip(0, 1) * 255).astype(np.uint8)


_textures: dict[tuple[str, int, int, str], np.ndarray | None] = {}


def forget_textures() -> None:
    """Frees the textures that were read."""
    _textures.clear()


def _pixels(image: bpy.types.Image) -> np.ndarray | None:
    """Gives an image's pixels as sRGB bytes, [H, W, 3], bottom row first; None when it cannot be read or is
    huge.
    """
    width, height = image.size
    if not image.has_data and image.source in ("FILE", "GENERATED", "TILED"):
        width, height = image.size  # asking for the size loads the file
    if width * height == 0 or width * height > MAX_TEXTURE_PIXELS:
        return None
    key = (image.name, width, height, image.filepath)
    if key not in _textures or image.is_dirty:
        values = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(values)
        pixels = values.reshape(height, width, 4)[..., :3]
        # At most 512 a side: the words for colours need no more, and the memory is the artist's.
        step = max(1, max(width, height) // 512)
        pixels = pixels[::step, ::step].clip(0, 1)
        if image.is_float:
            pixels = linear_to_srgb(pixels)
        _textures[key] = np.rint(pixels * 255).astype(np.uint8)
    return _textures[key]
