"""The light map: n·l of the key light and its cast shadow, by shadow maps that fit what is visible."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import gpu
import numpy as np
from mathutils import Matrix

from .g_buffer import GBuffer, corners_of, draw, drawing_state, read_target, upload
from .scene_items import SceneItems
from .scene_lights import SceneLight, headlight, key_light
from .screen_pass import draw_screen
from .shaders import light_shader, shadow_shader

SHADOW_SIZE = 2048
"""Side of a shadow map, texels."""
MAX_CASCADES = 4
"""Shadow maps of a sun at most: near things get their own, finer one."""
_BACKGROUND = (255, 255, 255)
_FACES = (
    np.eye(3),
    np.diag([-1.0, 1.0, -1.0]),
    np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
    np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]]),
    np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
)
"""Turns of the light's axes to the six faces of a cube; each looks along its own -z."""


@dataclass(frozen=True)
class ShadowView:
    """One shadow map: which way it looks and what it covers."""

    light_view: np.ndarray
    """View space of the picture to light space, [4, 4]; the light shines along -z."""
    frame: tuple[float, float, float, float]
    """Least x, least y, greatest x, greatest y: metres for suns, x / distance for others."""
    range_m: tuple[float, float]
    """Depths in the picture's view that it serves, metres."""


def draw_light(
    items: SceneItems, buffer: GBuffer, chosen: str | None = None
) -> Generator[None, None, tuple[np.ndarray, SceneLight, list[str]]]:
    """Gives the light map [H, W, 3] uint8, top row first, the light, and notes for the person.

    R = n·l, G = 1 lit / 0 in shadow, B = 1; background white. chosen: name of a light; None takes the key
    light.
    """
    positions = _positions(buffer)
    light, notes = _choose(items, buffer, positions, chosen)
    yield

    view = buffer.view
    target = gpu.types.GPUTexture((view.width, view.height), format="RGBA8")
    frame = gpu.types.GPUFrameBuffer(color_slots=[target])
    with frame.bind():
        frame.clear(color=(1.0, 1.0, 1.0, 1.0))
    to_light = np.linalg.inv(light.matrix_world) @ np.linalg.inv(view.view_matrix)
    shadows = _fit(light, to_light, buffer, positions)
    depth = gpu.types.GPUTexture((SHADOW_SIZE, SHADOW_SIZE), format="DEPTH_COMPONENT32F")
    distances = gpu.types.GPUTexture((SHADOW_SIZE, SHADOW_SIZE), format="R32F")
    shadow_frame = gpu.types.GPUFrameBuffer(depth_slot=depth, color_slots=[distances])
    casters = np.array([index for index, item in enumerate(items.placed) if item.shadow], int)
    corners = corners_of(items, casters)
    terminator = 0.15 * float(
        np.median(
            [items.meshes[item.mesh].edge_m * _scale(item.matrix_world) for item in items.placed] or [0]
        )
    )
    if not light.casts_shadow or light.kind in ("SPOT", "AREA"):
        # All of it without shadows: what lies outside a spot's cone is in no shadow map.
        with frame.bind(), drawing_state():
            _shade(buffer, light, ShadowView(to_light, (0.0, 0.0, 1.0, 1.0), (0.0, 3e38)), distances, None)
        yield
    for shadow in shadows if light.casts_shadow else []:
        projection, inside = _projection(light, shadow, view.view_matrix, corners)
        draws = upload(items, view, casters[inside])
        with shadow_frame.bind(), drawing_state():
            shadow_frame.clear(color=(3e38, 0.0, 0.0, 0.0), depth=1.0)
            shader = shadow_shader()
            shader.bind()
            shader.uniform_float("view_to_light_clip", Matrix((projection @ shadow.light_view).tolist()))
            shader.uniform_float("along", (-shadow.light_view[2]).tolist())
            shader.uniform_sampler("instances", draws.instances)
            for run in draws.runs:
                draw(shader, run)
        yield
        with frame.bind(), drawing_state():
            _shade(buffer, light, shadow, distances, terminator)
        yield
    with frame.bind():
        lit = read_target(frame, view.width, view.height, 0, np.uint8)[::-1]
    result = np.ascontiguousarray(lit[..., :3])
    result[~buffer.hit] = _BACKGROUND
    return result, light, notes


def _positions(buffer: GBuffer) -> np.ndarray:
    """View-space points of all pixels with a surface, [N, 3] float32."""
    view, depth = buffer.view, buffer.depth
    rows, columns = np.nonzero(buffer.hit)
    # Two corners of the picture at depth 1 say where every pixel looks.
    corners = view.positions(np.ones(depth.shape))
    x, y = corners[0, :, 0].astype(np.float32), corners[:, 0, 1].astype(np.float32)
    z = depth[rows, columns]
    scale = z if view.is_perspective else np.float32(1)
    return np.stack([x[columns] * scale, y[rows] * scale, -z], -1)


def _choose(
    items: SceneItems, buffer: GBuffer, positions: np.ndarray, chosen: str | None
) -> tuple[SceneLight, list[str]]:
    if chosen is not None:
        named = next((light for light in items.lights if light.name == chosen), None)
        if named is not None:
            return named, []
    notes = [f'The light "{chosen}" is hidden or gone; the strongest light was taken'] if chosen else []
    step = max(1, len(positions) // 4096)
    to_world = np.linalg.inv(buffer.view.view_matrix)
    points = positions[::step] @ to_world[:3, :3].T + to_world[:3, 3]
    normals = buffer.normal.reshape(-1, 3)[np.flatnonzero(buffer.hit)[::step]] @ to_world[:3, :3].T
    light = key_light(items.lights, points, normals)
    if light is not None:
        return light, notes
    why = "No lamp reaches what is visible" if items.lights else "The scene has no lamp"
    return headlight(buffer.view.view_matrix), [
        *notes,
        f"{why} (the world's light has no direction); light from the upper left was assumed",
    ]


def _fit(light: SceneLight, to_light: np.ndarray, buffer: GBuffer, positions: np.ndarray) -> list[ShadowView]:
    """Fits shadow maps to the visible points: by depth for a sun, by the faces of a cube for others."""
    if not len(positions):
        return []
    points = positions @ to_light[:3, :3].T.astype(np.float32) + to_light[:3, 3].astype(np.float32)
    depth = np.ascontiguousarray(-positions[:, 2])
    whole = (float(depth.min()) * 0.99 - 1e-3, float(depth.max()) * 1.01 + 1e-3)
    if light.kind == "SUN":
        return _cascades(to_light, points, depth, buffer, whole)
    views = []
    for turn in _FACES:
        faced = points @ turn.T
        distance = -faced[:, 2]
        inside = (np.abs(faced[:, :2]) <= distance[:, None] * 1.0001).all(-1) & (distance > 1e-6)
        cone = faced @ turn[:, 2] / np.maximum(np.linalg.norm(faced, axis=-1), 1e-9)
        if light.kind != "POINT":
            inside &= -cone > light.cone_cosine - 1e-3
        if inside.any():
            plane = faced[inside, :2] / distance[inside, None]
            matrix = np.eye(4)
            matrix[:3, :3] = turn
            views.append(ShadowView(matrix @ to_light, _square(plane[:, 0], plane[:, 1]), whole))
    return views


def _cascades(
    to_light: np.ndarray,
    points: np.ndarray,
    depth: np.ndarray,
    buffer: GBuffer,
    whole: tuple[float, float],
) -> list[ShadowView]:
    """Splits the depths until a texel is no larger than 1.5 pixels, at most four times."""
    view = buffer.view
    pixel = 2 / (view.projection_matrix[0, 0] * view.width)
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    for count in range(1, MAX_CASCADES + 1):
        near = max(whole[0], 1e-3)
        borders = near * (whole[1] / near) ** (np.arange(count + 1) / count)
        borders[0], borders[-1] = whole
        views, fine = [], True
        for k in range(count):
            inside = np.flatnonzero((depth >= borders[k]) & (depth <= borders[k + 1]))
            if not len(inside):
                continue
            frame = _square(x[inside], y[inside])
            footprint = pixel * (float(depth[inside].min()) if view.is_perspective else 1)
            fine &= (frame[2] - frame[0]) / SHADOW_SIZE <= 1.5 * footprint
            views.append(ShadowView(to_light, frame, (float(borders[k]), float(borders[k + 1]))))
        if fine or not view.is_perspective:
            break
    return views


def _square(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float, float]:
    """Gives a square around points, one percent larger; it is never empty."""
    low, high = np.array([x.min(), y.min()], float), np.array([x.max(), y.max()], float)
    half = max(float((high - low).max()) / 2 * 1.01, 1e-4)
    middle = (low + high) / 2
    return (*(middle - half).tolist(), *(middle + half).tolist())


def _projection(
    light: SceneLight, shadow: ShadowView, view_matrix: np.ndarray, corners_world: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gives the light's projection and which of the casters' boxes may throw into its frame, [N] bool."""
    matrix = shadow.light_view @ view_matrix
    corners = corners_world @ matrix[:3, :3].T + matrix[:3, 3]
    x0, y0, x1, y1 = shadow.frame
    away = -corners[..., 2]
    projection = np.zeros((4, 4))
    if light.kind == "SUN":
        low, high = corners[..., :2].min(1), corners[..., :2].max(1)
        inside = (high > (x0, y0)).all(-1) & (low < (x1, y1)).all(-1)
        near, far = (away[inside].min(), away[inside].max()) if inside.any() else (0.0, 1.0)
        near, far = near - 0.01 - abs(near) * 1e-4, far + 0.01 + abs(far) * 1e-4
        projection[0, 0], projection[0, 3] = 2 / (x1 - x0), -(x1 + x0) / (x1 - x0)
        projection[1, 1], projection[1, 3] = 2 / (y1 - y0), -(y1 + y0) / (y1 - y0)
        projection[2, 2], projection[2, 3] = -2 / (far - near), -(far + near) / (far - near)
        projection[3, 3] = 1
    else:
        inside = (away > 0).any(-1)
        far = float(away.max()) * 1.01 + 1e-3 if inside.any() else 1.0
        near = max(light.radius_m, far * 1e-4)
        projection[0, 0], projection[0, 2] = 2 / (x1 - x0), (x1 + x0) / (x1 - x0)
        projection[1, 1], projection[1, 2] = 2 / (y1 - y0), (y1 + y0) / (y1 - y0)
        projection[2, 2], projection[2, 3] = -(far + near) / (far - near), -2 * far * near / (far - near)
        projection[3, 2] = -1
    return projection, inside


def _shade(
    buffer: GBuffer,
    light: SceneLight,
    shadow: ShadowView,
    distances: gpu.types.GPUTexture,
    terminator: float | None,
) -> None:
    """Lights the pixels of one shadow map; all pixels, without shadows, when `terminator` is None."""
    view = buffer.view
    p = view.projection_matrix
    shift = (-p[0, 2], -p[1, 2]) if view.is_perspective else (p[0, 3], p[1, 3])
    # The light's axis towards it, in the space of this shadow map.
    to_light = np.linalg.inv(light.matrix_world) @ np.linalg.inv(view.view_matrix)
    axis = shadow.light_view[:3, :3] @ np.linalg.inv(to_light)[:3, 2]
    cosine = light.cone_cosine if light.kind in ("SPOT", "AREA") else -2.0
    shader = light_shader()
    shader.bind()
    shader.uniform_sampler("normals", buffer.normals)
    shader.uniform_sampler("whos", buffer.whos)
    shader.uniform_sampler("shadow", distances)
    # In the order of LightSettings; matrices by columns.
    values = np.concatenate(
        [
            shadow.light_view.T.ravel(),
            shadow.frame,
            (1 / p[0, 0], 1 / p[1, 1], *shift),
            (*axis, cosine),
            (light.kind != "SUN", terminator is not None, *shadow.range_m),
            (2 / view.width, 2 / view.height, 2 / (p[0, 0] * view.width), view.is_perspective),
            (SHADOW_SIZE, terminator or 0.0, buffer.stride, 0),
        ]
    ).astype(np.float32)
    block = gpu.types.GPUUniformBuf(gpu.types.Buffer("FLOAT", (len(values),), values))
    shader.uniform_block("settings", block)
    draw_screen(shader)


def _scale(matrix_world: np.ndarray) -> float:
    return float(abs(np.linalg.det(matrix_world[:3, :3])) ** (1 / 3))
