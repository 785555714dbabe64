"""Regions of a picture: which pixels belong to which phrase, and in which id colour they are drawn."""

from __future__ import annotations

import colorsys
import zlib
from collections import defaultdict
from dataclasses import dataclass, field

import bpy
import numpy as np

from .base_colors import linear_to_srgb
from .color_words import color_names
from .g_buffer import GBuffer
from .phrases import default_phrase, noun_of, with_article
from .scene_items import Placed, SceneItems

MAX_REGIONS = 256
"""Regions that a request may carry."""
UNNAMED = (128, 128, 128)
"""Colour of pixels whose region was too small to be named; no phrase goes with it."""
BACKGROUND = "#000000"


@dataclass(frozen=True)
class CapturedRegion:
    """A phrase and the pixels that it is about."""

    color: str
    """Id colour in the segmentation map, `#rrggbb`."""
    name: str
    """The objects, for people and for the record."""
    phrase: str
    pixels: int
    objects: tuple[str, ...] = ()
    """Names of the objects; empty for the background."""
    source: str = "DEFAULT"
    """Where the phrase came from: OBJECT, COLLECTION, MATERIAL, WORLD, or DEFAULT."""
    material: str = ""
    """The material, where regions are split by material."""


@dataclass
class _Part:
    pixels: int = 0
    objects: set[str] = field(default_factory=set)
    source: str = "DEFAULT"
    material: str = ""
    keys: list[int] = field(default_factory=list)


def find_regions(
    items: SceneItems,
    buffer: GBuffer,
    scene: bpy.types.Scene,
    *,
    by_material: bool = False,
    min_pixels: int = 64,
) -> tuple[np.ndarray, list[CapturedRegion], list[str]]:
    """Gives the segmentation map [H, W, 3] uint8, its regions, largest first, and notes.

    An object has its own phrase, else that of the innermost collection that has one, else a default from
    its name and the colours seen of it. Regions with the same phrase are one. by_material: every material
    slot is a region.
    """
    slots = buffer.slot.astype(np.int64) if by_material else 0
    keys = np.where(buffer.hit, buffer.who.astype(np.int64) * 256 + slots, 0)
    unique, inverse, counts = _count(keys)
    owners = _owners(items, unique)
    seen = _seen_colors(buffer, inverse, owners, {*np.flatnonzero(unique).tolist()})

    parts: dict[str, _Part] = defaultdict(_Part)
    parent_phrases = _collection_phrases(scene)
    cached: dict[tuple[str, str, str | None], tuple[str, str]] = {}
    for index, (key, count) in enumerate(zip(unique.tolist(), counts.tolist(), strict=True)):
        if key == 0:
            continue
        placed, material = owners[index]
        identity = (placed.object_name, material if by_material else "", placed.instancer_name)
        if identity not in cached:
            cached[identity] = _phrase_of(
                placed,
                material if by_material else "",
                parent_phrases,
                seen.get(_group(owners[index], by_material)),
            )
        phrase, source = cached[identity]
        part = parts[phrase]
        part.pixels += count
        part.objects.add(placed.object_name)
        part.source = source
        part.material = material if by_material else ""
        part.keys.append(index)

    ranked = sorted(parts, key=lambda phrase: (-parts[phrase].pixels, phrase))
    small = [phrase for phrase in ranked if parts[phrase].pixels < min_pixels or phrase == ""]
    kept = [phrase for phrase in ranked if phrase not in small][: MAX_REGIONS - 1]
    palette = np.zeros((len(unique), 3), np.uint8)
    palette[unique > 0] = UNNAMED
    taken: set[tuple[int, int, int]] = {(0, 0, 0), UNNAMED}
    regions = []
    for phrase in kept:
        part = parts[phrase]
        rgb = _color_of(phrase, taken)
        palette[part.keys] = rgb
        objects = tuple(sorted(part.objects))
        regions.append(
            CapturedRegion(
                "#" + bytes(rgb).hex(),
                ", ".join(objects)[:200],
                phrase,
                part.pixels,
                objects,
                part.source,
                part.material,
            )
        )
    background = int(counts[unique == 0].sum())
    phrase, source = background_phrase(scene)
    if background >= min_pixels and phrase:
        regions.append(CapturedRegion(BACKGROUND, "background", phrase, background, (), source))
    notes = []
    if len(ranked) > len(kept):
        notes.append(
            f"{len(ranked) - len(kept)} regions under {min_pixels} pixels have no phrase of their own"
        )
    return palette[inverse], regions, notes


def background_phrase(scene: bpy.types.Scene) -> tuple[str, str]:
    """Gives the phrase of the background and where it comes from: set by hand, else after the world's
    colour.
    """
    settings = getattr(scene, "genga_maps", None)
    if settings is not None and settings.background_phrase.strip():
        return settings.background_phrase.strip(), "WORLD"
    world = scene.world
    if world is None:
        return "a gray background", "DEFAULT"
    color = np.array(world.color[:3])
    tree = world.node_tree if getattr(world, "use_nodes", True) else None
    if tree is not None:
        if any(node.type in ("TEX_SKY", "TEX_ENVIRONMENT") for node in tree.nodes):
            return "a clear blue sky", "DEFAULT"
        for node in tree.nodes:
            if node.type == "BACKGROUND":
                color = (
                    np.array(node.inputs["Color"].default_value[:3]) * node.inputs["Strength"].default_value
                )
    rgb = np.rint(linear_to_srgb(color.clip(0, 1)) * 255)
    name = color_names(rgb[None])[0]
    if rgb[2] > rgb[0] + 20:
        return "a clear blue sky" if rgb.max() > 120 else f"{with_article(name)} sky", "DEFAULT"
    return f"{with_article(name)} background", "DEFAULT"


def _count(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gives the distinct keys, the index of each pixel's key among them, and their pixels.

    As np.unique does, which sorts; counting is ten times faster while the keys are small numbers.
    """
    if keys.max(initial=0) > 1 << 22:
        unique, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        return unique, inverse.reshape(keys.shape), counts
    pixels = np.bincount(keys.ravel())
    unique = np.flatnonzero(pixels)
    places = np.zeros(len(pixels), np.int64)
    places[unique] = np.arange(len(unique))
    return unique, places[keys], pixels[unique]


def _owners(items: SceneItems, unique: np.ndarray) -> list[tuple[Placed, str]]:
    owners = []
    for key in unique.tolist():
        placed = items.placed[max(key // 256 - 1, 0)] if items.placed else None
        names = items.meshes[placed.mesh].materials if placed is not None else ()
        slot = key % 256
        owners.append((placed, names[slot] if slot < len(names) else ""))
    return owners


def _group(owner: tuple[Placed, str], by_material: bool) -> tuple[str, str]:
    return (owner[0].object_name, owner[1] if by_material else "")


def _seen_colors(
    buffer: GBuffer, inverse: np.ndarray, owners: list[tuple[Placed, str]], surfaces: set[int]
) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """Gives the distinct colours and their pixels for each object (and material), over all its instances."""
    # Every second pixel and row is enough for shares.
    color = buffer.color[::2, ::2].astype(np.int64)
    packed = color[..., 0] << 16 | color[..., 1] << 8 | color[..., 2]
    pairs, pixels = np.unique(inverse[::2, ::2].astype(np.int64) << 24 | packed, return_counts=True)
    sums: dict[tuple[str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for pair, number in zip(pairs.tolist(), pixels.tolist(), strict=True):
        if pair >> 24 not in surfaces:
            continue
        placed, material = owners[pair >> 24]
        for name in {"", material}:
            sums[placed.object_name, name][pair & 0xFFFFFF] += number
    result = {}
    for key, table in sums.items():
        codes = np.array(list(table))
        result[key] = (
            np.stack([codes >> 16, codes >> 8 & 255, codes & 255], -1).astype(np.uint8),
            np.array(list(table.values())),
        )
    return result


def _phrase_of(
    placed: Placed,
    material: str,
    collection_phrases: dict[str, str],
    colors: tuple[np.ndarray, np.ndarray] | None,
) -> tuple[str, str]:
    for name in (placed.object_name, placed.instancer_name):
        item = bpy.data.objects.get(name) if name else None
        if item is None:
            continue
        own = item.genga
        if own.use_phrase and own.phrase.strip() and not material:
            return own.phrase.strip(), "OBJECT"
        if name in collection_phrases and not material:
            return collection_phrases[name], "COLLECTION"
        group = item.instance_collection if item.instance_type == "COLLECTION" else None
        if group is not None and group.genga.phrase.strip() and not material:
            return group.genga.phrase.strip(), "COLLECTION"
    pixels = colors if colors is not None else (np.zeros((0, 3), np.uint8), np.zeros(0, int))
    if material:
        data = bpy.data.materials.get(material)
        if data is not None and data.genga.phrase.strip():
            return data.genga.phrase.strip(), "MATERIAL"
        noun = noun_of(material)
        whole = noun_of(placed.object_name)
        name = material if noun in ("thing", "material") or whole in noun else f"{whole} {noun}"
        return default_phrase(
            placed.object_name if noun in ("thing", "material") else name, *pixels
        ), "DEFAULT"
    return default_phrase(placed.object_name, *pixels), "DEFAULT"


def _collection_phrases(scene: bpy.types.Scene) -> dict[str, str]:
    """Gives the phrase of the innermost collection that has one, by object."""
    result: dict[str, str] = {}

    def walk(collection: bpy.types.Collection, phrase: str) -> None:
        phrase = collection.genga.phrase.strip() or phrase
        if phrase:
            result.update((item.name, phrase) for item in collection.objects)
        for child in collection.children:
            walk(child, phrase)

    walk(scene.collection, "")
    for collection in bpy.data.collections:
        if collection.genga.phrase.strip() and not any(item.name in result for item in collection.objects):
            walk(collection, "")
    return result


def _color_of(phrase: str, taken: set[tuple[int, int, int]]) -> tuple[int, int, int]:
    """Gives a strong colour that a phrase keeps from frame to frame, and that no other has."""
    code = zlib.crc32(phrase.encode())
    while True:
        hue = (code * 0.61803398875) % 1
        value = (1.0, 0.8, 0.6)[code % 3]
        rgb = tuple(round(channel * 255) for channel in colorsys.hsv_to_rgb(hue, 0.85, value))
        if rgb not in taken:
            taken.add(rgb)
            return rgb
        code += 1
