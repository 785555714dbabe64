"""The scene's lights, and which of them is the key light."""

from __future__ import annotations

import math
from dataclasses import dataclass

import bpy
import numpy as np


@dataclass(frozen=True)
class SceneLight:
    """A light: where it stands, where it shines, and how much."""

    name: str
    kind: str
    """SUN, POINT, SPOT or AREA."""
    matrix_world: np.ndarray
    """Own space to world without scale, [4, 4] float64; it shines along its -z."""
    strength: float
    """Sun: W/m² on a surface that faces it. Others: W/sr along its axis."""
    cone_cosine: float
    """Cosine of half the spot's angle; 0 for areas, -1 for points and suns."""
    radius_m: float
    """Things nearer to it than this throw no shadow (the bulb around a lamp)."""
    casts_shadow: bool

    def at(self, points_world: np.ndarray, normals_world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gives n·l clamped to 0 to 1, and irradiance in W/m² without shadows, [N] each."""
        axis = self.matrix_world[:3, 2]
        if self.kind == "SUN":
            cosine = (normals_world @ axis).clip(0, 1)
            return cosine, cosine * self.strength
        away = self.matrix_world[:3, 3] - points_world
        distance = np.maximum(np.linalg.norm(away, axis=-1), 1e-6)
        towards = away / distance[:, None]
        cosine = (normals_world * towards).sum(-1).clip(0, 1)
        on_axis = towards @ axis
        emitted = on_axis.clip(0, 1) if self.kind == "AREA" else np.ones_like(on_axis)
        emitted = np.where(on_axis > self.cone_cosine, emitted, 0) if self.kind != "POINT" else emitted
        return cosine, cosine * emitted * self.strength / distance**2


def light_of(item: bpy.types.Object, matrix_world: np.ndarray) -> SceneLight | None:
    """Gives a light object as data; None for one that gives no light."""
    light = item.data
    energy = light.energy * 2 ** getattr(light, "exposure", 0.0)
    if energy <= 0:
        return None
    turn = matrix_world.copy()
    turn[:3, :3] /= np.maximum(np.linalg.norm(turn[:3, :3], axis=0), 1e-12)
    # Power in watts: a point spreads it over the sphere, an area as a Lambertian sheet.
    strength = {"SUN": energy, "AREA": energy / math.pi}.get(light.type, energy / (4 * math.pi))
    cone = {"SPOT": math.cos(getattr(light, "spot_size", 0.0) / 2), "AREA": 0.0}.get(light.type, -1.0)
    radius = light.shadow_soft_size if light.type in ("POINT", "SPOT") else 0.0
    return SceneLight(item.original.name, light.type, turn, strength, cone, radius, bool(light.use_shadow))


def key_light(
    lights: list[SceneLight], points_world: np.ndarray, normals_world: np.ndarray
) -> SceneLight | None:
    """Gives the light that puts most irradiance on the visible points [N, 3]; None when no light reaches
    them.

    The colour of lights does not count: a strong blue light is a key light.
    """
    best, most = None, 0.0
    for light in sorted(lights, key=lambda item: item.name):
        total = float(light.at(points_world, normals_world)[1].mean()) if len(points_world) else 0.0
        if total > most:
            best, most = light, total
    return best


def headlight(view_matrix: np.ndarray) -> SceneLight:
    """Gives the light of a scene that has none: a sun from the upper left, behind the camera."""
    towards_view = np.array([-0.5, 0.62, 0.6])
    towards = np.linalg.inv(view_matrix)[:3, :3] @ (towards_view / np.linalg.norm(towards_view))
    return SceneLight("", "SUN", sun_matrix(towards), 1.0, -1.0, 0.0, True)


def sun_matrix(towards: np.ndarray) -> np.ndarray:
    """Gives the matrix of a sun whose light comes from the direction `towards`, [4, 4]."""
    z = towards / np.linalg.norm(towards)
    side = np.array([1.0, 0, 0]) if abs(z[0]) < 0.9 else np.array([0, 1.0, 0])
    x = np.cross(side, z)
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = x, np.cross(z, x), z
    return matrix
