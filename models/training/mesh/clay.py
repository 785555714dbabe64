"""Draws models as the judge sees them: grey clay in even light before a light ground, from four sides, off
screen through EGL.

Colour is left out on purpose: a judge of shapes must not know a pine by its green.
"""

from __future__ import annotations

import moderngl
import numpy as np
from numpy.typing import NDArray

SIDE = 192
"""Pixels of a picture's side."""
VIEWS = ((25, 15), (115, 30), (205, 15), (295, 30))
"""Azimuth from the front and elevation of each view, degrees."""
SAMPLES = 2
"""Each pixel is the mean of so many by so many."""
EYE = 2.8
"""Distance from the eye to the middle, longest sides of the model."""
FILLED = 0.9
"""Part of the picture's side that the model fills."""
GROUND = 0.93

_VERTEX = """
#version 330
in vec3 in_position; in vec3 in_normal; out vec3 normal;
void main() { normal = in_normal; gl_Position = vec4(in_position, 1.0); }
"""
_FRAGMENT = """
#version 330
in vec3 normal; out vec4 colour;
void main() {
  vec3 n = normalize(normal);
  // Single sheets are common in the real models: both sides of a surface are seen.
  if (n.z < 0.0) n = -n;
  float key = max(dot(n, normalize(vec3(-0.5, 0.7, 0.6))), 0.0);
  float fill = max(dot(n, normalize(vec3(0.8, 0.1, 0.5))), 0.0);
  colour = vec4(vec3(pow(0.2 + 0.52 * key + 0.16 * fill, 1.0 / 1.6)), 1.0);
}
"""


class ClayPainter:
    """Owns an off-screen context."""

    def __init__(self) -> None:
        side = SIDE * SAMPLES
        context = self._context = moderngl.create_context(standalone=True, backend="egl")
        self._program = context.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._target = context.framebuffer(
            [context.texture((side, side), 4)], context.depth_renderbuffer((side, side))
        )
        context.enable(moderngl.DEPTH_TEST)

    def pictures(self, positions: NDArray[np.floating], normals: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Gives [VIEWS, SIDE, SIDE], row 0 at the top.

        positions, normals: [t, 3, 3]: triangle, corner, axis; +Y up, front +Z; any unit.
        """
        corners = positions.reshape(-1, 3).astype(np.float64)
        low, high = corners.min(0), corners.max(0)
        corners = (corners - (low + high) / 2) / max((high - low).max(), 1e-9)
        flat = normals.reshape(-1, 3).astype(np.float64)
        return np.stack([self._view(corners, flat, *view) for view in VIEWS])

    def _view(
        self, corners: NDArray[np.float64], normals: NDArray[np.float64], azimuth: float, elevation: float
    ) -> NDArray[np.uint8]:
        turn = camera(azimuth, elevation)
        seen, towards = corners @ turn.T, normals @ turn.T
        depth = EYE - seen[:, 2]
        place = seen[:, :2] / depth[:, None]
        low, high = place.min(0), place.max(0)
        place = (place - (low + high) / 2) / ((high - low).max() / 2) * FILLED
        near = (depth - depth.min()) / max(np.ptp(depth), 1e-9) * 1.8 - 0.9
        data = np.concatenate([place, near[:, None], towards], 1).astype(np.float32)
        buffer = self._context.buffer(data.tobytes())
        array = self._context.vertex_array(self._program, [(buffer, "3f 3f", "in_position", "in_normal")])
        self._target.use()
        self._target.clear(GROUND, GROUND, GROUND, 1)
        array.render()
        drawn = np.frombuffer(self._target.read(components=1), np.uint8)
        array.release()
        buffer.release()
        whole = drawn.reshape(SIDE, SAMPLES, SIDE, SAMPLES).mean((1, 3))
        return whole[::-1].astype(np.uint8)


def camera(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """Gives the rotation of a view, rows right, up, towards the camera; degrees, azimuth from +Z to +X."""
    a, e = np.radians(azimuth), np.radians(elevation)
    around = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    return np.array([[1, 0, 0], [0, np.cos(e), -np.sin(e)], [0, np.sin(e), np.cos(e)]]) @ around
