"""Takes the control maps of a view from the scene, a slice at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from genga_client import GengaError

from .captured_maps import CapturedMaps, depth_map, normal_map
from .g_buffer import GBuffer, draw_g_buffer
from .gpu_context import ensure_gpu
from .light_map import draw_light
from .line_art import draw_lines
from .mesh_batches import MeshBatches
from .openpose import draw_poses
from .regions import find_regions
from .scene_items import read_scene
from .view import View

KINDS = ("depth", "normal", "lineart", "canny", "segmentation", "openpose", "light")
"""Kinds that can be taken from a scene; the protocol's names."""

batches = MeshBatches()
"""Meshes on the graphics card, kept between captures; cleared when the add-on is disabled."""


@dataclass(frozen=True)
class CaptureOptions:
    """How control maps are drawn; the panel's settings."""

    line_width_px: float = 1.2
    """Width of lines in line art."""
    crease_radians: float = math.radians(35)
    """Angle between neighbouring normals that makes a line."""
    depth_step: float = 0.03
    """Step in depth within an object that makes a line, as a share of the distance."""
    material_lines: bool = True
    """Whether borders between materials make lines."""
    regions_by_material: bool = False
    """Whether each material is a region of its own."""
    min_region_pixels: int = 64
    """Smaller regions get no phrase."""
    light: str | None = None
    """Name of the light for the light map; None takes the strongest on what is visible."""
    armatures: tuple[str, ...] | None = None
    """Names of the armatures for OpenPose; None takes all that are visible and can be mapped."""


def capture_maps(
    depsgraph: bpy.types.Depsgraph,
    view: View,
    kinds: Sequence[str],
    *,
    scene: bpy.types.Scene,
    options: CaptureOptions | None = None,
    space: bpy.types.SpaceView3D | None = None,
) -> Generator[None, None, CapturedMaps]:
    """Draws control maps of the given kinds; run it with `steps.run` or `steps.drain`.

    What renders show is drawn when the view is a camera's, else what the viewport `space` shows. Raises
    GengaError INVALID_REQUEST for an unknown kind, a scene without a visible surface, or an armature that
    cannot be mapped; PROVIDER_UNAVAILABLE without graphics.
    """
    options = options or CaptureOptions()
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise GengaError(
            "INVALID_REQUEST", f'Unknown control map "{unknown[0]}"; expected one of: {", ".join(KINDS)}.'
        )
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[name] = now - clock
        clock = now

    ensure_gpu()
    lap("graphics")
    items = yield from read_scene(
        depsgraph.view_layer, depsgraph, batches, for_render=view.camera_name is not None, space=space
    )
    lap("scene")
    if not any(item.seen and not item.holdout for item in items.placed):
        raise GengaError(
            "INVALID_REQUEST",
            f'Nothing with a surface is visible in the scene "{scene.name}"; control maps are drawn from '
            "surfaces.",
            remedy="Add a mesh, or make one visible for renders (camera icon in the outliner).",
        )
    buffer = yield from draw_g_buffer(items, view, 2 if "lineart" in kinds else 1)
    captured = CapturedMaps(view, {}, buffer.depth, notes=items.notes, seconds=seconds)
    if not buffer.hit.any():
        captured.notes.append("Nothing of the scene is in the view")
    lap("surfaces")
    yield
    if "depth" in kinds:
        captured.maps["depth"] = depth_map(buffer.depth)
        lap("depth")
    if "normal" in kinds:
        captured.maps["normal"] = normal_map(buffer.normal, buffer.hit)
        lap("normal")
        yield
    if "lineart" in kinds:
        captured.maps["lineart"] = draw_lines(
            buffer,
            width_px=options.line_width_px,
            crease_radians=options.crease_radians,
            depth_step=options.depth_step,
            materials=options.material_lines,
        )
        lap("lineart")
        yield
    if "segmentation" in kinds:
        captured.maps["segmentation"], captured.regions, notes = find_regions(
            items,
            buffer,
            scene,
            by_material=options.regions_by_material,
            min_pixels=options.min_region_pixels,
        )
        captured.notes += notes
        lap("segmentation")
        yield
    if "light" in kinds or "canny" in kinds:
        light_map, light, notes = yield from draw_light(items, buffer, options.light)
        if "light" in kinds:
            captured.maps["light"] = light_map
            captured.key_light = light.name
            captured.notes += notes
        if "canny" in kinds:
            captured.maps["canny"] = _shaded(buffer, light_map)
        lap("light")
        yield
    if "openpose" in kinds:
        captured.maps["openpose"], notes = draw_poses(
            depsgraph, scene, view, buffer.depth, buffer.who, items, options.armatures
        )
        captured.notes += notes
        lap("openpose")
    captured.maps = {kind: captured.maps[kind] for kind in kinds}
    return captured


def _shaded(buffer: GBuffer, light_map: np.ndarray) -> np.ndarray:
    """Gives the view in its base colours under the key light, [H, W, 3] uint8, for an edge detector to look
    at.
    """
    n_l, lit = light_map[..., 0] / np.float32(255), light_map[..., 1] / np.float32(255)
    facing = buffer.normal[..., 2].clip(0, 1)
    shade = 0.35 + 0.15 * facing + 0.5 * n_l * lit
    pixels = np.rint(buffer.color * shade[..., None]).astype(np.uint8)
    pixels[~buffer.hit] = 255
    return pixels
