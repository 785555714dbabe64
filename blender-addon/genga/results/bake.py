"""Bakes an object's projections into one picture on its UV map, which stays as it is."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import bpy
import numpy as np
from genga_client import GengaError
from numpy.typing import NDArray

from .base_color import base_colors, linear_pixels, linear_to_srgb
from .image_datablock import image_datablock
from .layer_weights import layer_weights, sample
from .overlay import SHARPNESS
from .png_rgba import encode_rgba
from .project import layer_projector, refresh_overlay
from .properties import GENGA_PG_projection
from .record import record_of
from .surface import Surface
from .texture_raster import TexelMap, grow_islands, raster_triangles
from .unwrap import unwrap

POINTS = 100_000
"""Texels worked on at once: about 60 ms."""
MEAN_FACE_TEXELS = 0.5
"""UV area of the middle face below which a UV map cannot hold a picture."""


@dataclass(frozen=True)
class BakeOptions:
    """How projections are baked. The defaults are those of the panel."""

    size_px: int = 1024
    """Width and height."""
    uv: str = "ACTIVE"
    """ACTIVE: the active UV map. NEW: a UV map "Genga bake", unwrapped anew; others stay as they are."""
    fill: str = "TRANSPARENT"
    """TRANSPARENT: alpha 0 where no projection reaches. BASE: the original base colour there."""
    margin_px: int = 8
    """Texels around each island."""


@dataclass
class BakeResult:
    """What a bake gave."""

    images: dict[str, bpy.types.Image] = field(default_factory=dict)
    """Baked pictures by the object's name."""
    sources: dict[str, list[bpy.types.Image]] = field(default_factory=dict)
    """The pictures that each was baked from."""
    notes: list[str] = field(default_factory=list)
    """For the artist."""


def bake_projections(
    objects: Sequence[bpy.types.Object],
    *,
    view_layer: bpy.types.ViewLayer,
    options: BakeOptions | None = None,
) -> Generator[None, None, BakeResult]:
    """Bakes the shown projections of each object into a packed RGBA PNG, shown in their place; in slices.

    The UV map and the materials are not changed; `remove_projection` of the new layer brings the projections
    back. Modifiers count: the evaluated mesh is baked.

    Raises GengaError INVALID_REQUEST when an object has no projection or no UV map that can hold a picture.
    """
    options = options or BakeOptions()
    result = BakeResult()
    for item in objects:
        yield from _bake(item, view_layer, options, result)
    return result


def _bake(
    item: bpy.types.Object, view_layer: bpy.types.ViewLayer, options: BakeOptions, result: BakeResult
) -> Generator[None, None, None]:
    layers = [
        layer
        for layer in item.genga_projections.layers
        if not layer.baked and layer.image and layer.threshold
    ]
    layers = [layer for layer in layers if layer.visible] or layers
    if not layers:
        raise GengaError(
            "INVALID_REQUEST", f'"{item.name}" has no projection.', remedy="Project a picture first."
        )
    if item.type != "MESH":
        raise GengaError(
            "INVALID_REQUEST",
            f'"{item.name}" is of type {item.type}, which has no UV map.',
            remedy="Convert it to a mesh (Object ▸ Convert) and project again.",
        )
    uv_name = unwrap(item, view_layer) if options.uv == "NEW" else _active_uv(item)
    view_layer.update()
    yield
    names = [
        name for layer in layers if layer.attribute for name in (layer.attribute, f"{layer.attribute}_normal")
    ]
    surface = Surface.of(item, view_layer.depsgraph, names)
    if uv_name not in surface.uvs:
        raise GengaError(
            "INVALID_REQUEST",
            f'The modifiers of "{item.name}" do not keep its UV map "{uv_name}".',
            remedy="Apply them, or bake to a new UV map.",
        )
    size = options.size_px
    uv = surface.uvs[uv_name][surface.corners]
    _check_uv(item.name, uv_name, uv, size)
    texels = yield from raster_triangles(uv, size, size)
    if not len(texels.texels):
        raise GengaError("INVALID_REQUEST", f'The UV map "{uv_name}" of "{item.name}" covers no texel.')
    if texels.overlapping > 0.02:
        result.notes.append(
            f'{item.name}: {texels.overlapping:.0%} of the UV map "{uv_name}" is used by several faces; '
            "they share what is baked there."
        )
    rgba = yield from _paint(item, layers, surface, texels, options, result)
    pixels = np.zeros((size * size, 4), np.float32)
    pixels[texels.texels] = rgba
    pixels = pixels.reshape(size, size, 4)
    covered = np.zeros(size * size, np.bool_)
    covered[texels.texels] = True
    covered = covered.reshape(size, size)
    # Colour first grows into what no picture reaches, so that no dark fringe shows where alpha fades.
    painted = pixels[..., 3] > 0
    colors = pixels[..., :3].copy()
    yield from grow_islands(colors, painted, 2)
    pixels[..., :3] = np.where(pixels[..., 3:] > 0, pixels[..., :3], colors)
    yield from grow_islands(pixels, covered, options.margin_px)
    encoded = np.empty((size, size, 4), np.uint8)
    for row in range(0, size, 256):
        part = pixels[row : row + 256]
        encoded[row : row + 256, :, :3] = np.round(linear_to_srgb(part[..., :3]) * 255)
        encoded[row : row + 256, :, 3] = np.round(part[..., 3] * 255)
        yield
    data = yield from encode_rgba(encoded[::-1])
    sources = list(dict.fromkeys(layer.image for layer in layers))
    image = image_datablock(
        f"{item.name} baked",
        data,
        {
            "mime": "image/png",
            "baked_from": [(record_of(source) or {}).get("sha256") for source in sources],
            "object": item.name,
        },
    )
    image.alpha_mode = "STRAIGHT"
    _show(
        item,
        image,
        uv_name,
        opaque=options.fill == "BASE",
        own_uv=options.uv == "NEW",
        shading=layers[-1].shading,
    )
    result.images[item.name] = image
    result.sources[item.name] = sources
    yield


def _active_uv(item: bpy.types.Object) -> str:
    mesh = item.data
    ours = {layer.uv_layer for layer in item.genga_projections.layers if not layer.baked}
    active = mesh.uv_layers.active
    if active is None or active.name in ours:
        raise GengaError(
            "INVALID_REQUEST",
            f'"{item.name}" has no UV map of its own that is active.',
            remedy="Unwrap it, or bake to a new UV map.",
        )
    return active.name


def _check_uv(name: str, uv_name: str, uv: NDArray[np.float32], size: int) -> None:
    """Refuses UV maps that look colours up in a palette: all faces lie on a few texels."""
    edge_a, edge_b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = np.abs(edge_a[:, 0] * edge_b[:, 1] - edge_a[:, 1] * edge_b[:, 0]) / 2 * size * size
    middle = float(np.median(area)) if len(area) else 0.0
    if middle < MEAN_FACE_TEXELS:
        raise GengaError(
            "INVALID_REQUEST",
            f'The UV map "{uv_name}" of "{name}" gives its middle face {middle:.2f} texels at {size} px: '
            "it cannot hold a picture.",
            remedy="Bake to a new UV map, or take a larger size.",
        )


def _paint(
    item: bpy.types.Object,
    layers: Sequence[GENGA_PG_projection],
    surface: Surface,
    texels: TexelMap,
    options: BakeOptions,
    result: BakeResult,
) -> Generator[None, None, NDArray[np.float32]]:
    """Gives linear RGBA [N, 4] of the covered texels."""
    loaded = []
    for layer in layers:
        width, height = layer.threshold.size
        threshold = np.empty(width * height * 4, np.float32)
        layer.threshold.pixels.foreach_get(threshold)
        threshold = threshold.reshape(height, width, 4)[..., 0].copy()
        yield
        loaded.append((layer, layer_projector(layer), threshold, linear_pixels(layer.image)))
        yield
    rgba = np.zeros((len(texels.texels), 4), np.float32)
    guessed: set[str] = set()
    # Image textures without a UV Map node take the map that is marked for rendering, not the one baked to.
    rendered_uv = next((entry.name for entry in item.data.uv_layers if entry.active_render), "")
    originals = [entry.material for entry in item.genga_projections.originals]
    for start in range(0, len(rgba), POINTS):
        part = slice(start, start + POINTS)
        triangle, weights = texels.triangles[part], texels.weights[part]
        total = np.zeros(len(triangle))
        coverage = np.zeros(len(triangle))
        color = np.zeros((len(triangle), 3))
        for layer, projector, threshold, picture in loaded:
            positions, normals = _points(surface, layer.attribute, triangle, weights)
            at, cover, weight = layer_weights(
                projector, threshold, positions, normals, facing_from=layer.facing_from,
                facing_to=layer.facing_to, border=layer.border, sharpness=SHARPNESS,
            )  # fmt: skip
            drawn = sample(picture, at)
            strength = drawn[:, 3] * layer.opacity
            total += weight * strength
            color += drawn[:, :3] * (weight * strength)[:, None]
            coverage = np.maximum(coverage, cover * strength)
            yield
        color /= np.maximum(total, 1e-12)[:, None]
        if options.fill == "BASE":
            corners = surface.corners[triangle]
            uvs = {
                name: (values[corners] * weights[..., None]).sum(1).astype(np.float64)
                for name, values in surface.uvs.items()
            }
            base, unknown = base_colors(originals, surface.materials[triangle], uvs, rendered_uv)
            guessed.update(unknown)
            color = color * coverage[:, None] + base * (1 - coverage[:, None])
            coverage = np.ones_like(coverage)
        rgba[part, :3], rgba[part, 3] = color, coverage
        yield
    if guessed:
        result.notes.append(
            f"{item.name}: the base colour of {', '.join(sorted(guessed))} comes from nodes; "
            "unseen parts got the viewport colour."
        )
    return rgba


def _points(
    surface: Surface, attribute: str, triangle: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gives positions and face normals of texels: those of now, or the rest ones of a deforming mesh."""
    rest = surface.attributes.get(attribute) if attribute else None
    vertices = rest if rest is not None else surface.positions
    positions = (vertices[surface.triangles[triangle]] * weights[..., None]).sum(1)
    normals = surface.attributes.get(f"{attribute}_normal") if attribute else None
    if normals is not None and rest is not None:
        return positions, normals[surface.polygons[triangle]]
    return positions, surface.face_normals[triangle]


def _show(
    item: bpy.types.Object, image: bpy.types.Image, uv_name: str, *, opaque: bool, own_uv: bool, shading: str
) -> None:
    held = item.genga_projections
    for layer in held.layers:
        layer["visible"] = False  # by key: the materials are built once, below
    layer = held.layers.add()
    layer.label, layer.image, layer.baked = image.name, image, True
    layer.baked_uv, layer.opaque, layer.shading = uv_name, opaque, shading
    layer.uv_layer = uv_name if own_uv else ""
    refresh_overlay(item)
