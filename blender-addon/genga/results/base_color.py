"""The base colour of an object's own materials at points of its surface."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from numpy.typing import NDArray

from .layer_weights import sample


def base_colors(
    materials: Sequence[bpy.types.Material | None],
    slots: NDArray[np.integer],
    uvs: dict[str, NDArray[np.float64]],
    rendered_uv: str,
) -> tuple[NDArray[np.float32], list[str]]:
    """Gives linear RGB [N, 3] of points in material `slots` [N], and the materials that it cannot follow.

    A constant base colour and one straight from an image texture are followed; `uvs` holds the points'
    coordinates [N, 2] by UV map, `rendered_uv` names the one that textures take by default. Of any other
    material the viewport colour is taken.
    """
    colors = np.full((len(slots), 3), 0.8, np.float32)
    guessed = []
    for index, material in enumerate(materials):
        here = slots == index
        if material is None or not here.any():
            continue
        source, constant = base_color_source(material)
        if source is not None and source.image is not None and source.image.size[0]:
            name = uv_name_of(source) or rendered_uv
            if name in uvs:
                colors[here] = sample(linear_pixels(source.image), np.mod(uvs[name][here], 1.0))[:, :3]
                continue
            constant = None
        if constant is None:
            guessed.append(material.name)
            constant = tuple(material.diffuse_color)
        colors[here] = constant[:3]
    return colors, guessed


def linear_pixels(image: bpy.types.Image) -> NDArray[np.float32]:
    """Gives an image as linear float32 [H, W, 4], bottom row first."""
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, 4)
    # Byte images give their encoded values, float images are linear already.
    if not image.is_float and image.colorspace_settings.name == "sRGB":
        pixels[..., :3] = srgb_to_linear(pixels[..., :3])
    return pixels


def srgb_to_linear(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Decodes sRGB (IEC 61966-2-1), values in [0, 1]."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


def linear_to_srgb(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Encodes sRGB (IEC 61966-2-1), values clipped to [0, 1]."""
    values = np.clip(values, 0, 1)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055).astype(
        np.float32
    )


def base_color_source(
    material: bpy.types.Material,
) -> tuple[bpy.types.ShaderNodeTexImage | None, tuple[float, ...] | None]:
    """Gives the image node or the constant that a base colour comes from; (None, None) for anything else."""
    if material.node_tree is None or not material.use_nodes:
        return None, tuple(material.diffuse_color)
    for node in material.node_tree.nodes:
        if node.bl_idname == "ShaderNodeBsdfPrincipled":
            socket = node.inputs["Base Color"]
            if not socket.links:
                return None, tuple(socket.default_value)
            linked = socket.links[0].from_node
            return (linked, None) if linked.bl_idname == "ShaderNodeTexImage" else (None, None)
    return None, None


def uv_name_of(node: bpy.types.ShaderNodeTexImage) -> str:
    """Gives the UV map that an image node names, empty for the rendered one."""
    links = node.inputs["Vector"].links
    return links[0].from_node.uv_map if links and links[0].from_node.bl_idname == "ShaderNodeUVMap" else ""
