"""Line art: outlines, creases, steps in depth and borders of materials, of one width, antialiased."""

from __future__ import annotations

import math

import gpu
import numpy as np

from .g_buffer import GBuffer, drawing_state, read_target
from .screen_pass import draw_screen
from .shaders import edge_shader


def draw_lines(
    buffer: GBuffer,
    *,
    width_px: float = 1.2,
    crease_radians: float = math.radians(35),
    depth_step: float = 0.03,
    materials: bool = True,
) -> np.ndarray:
    """Gives white lines on black, [H, W] uint8, top row first.

    depth_step: step in depth that makes a line inside an object, as a share of the distance (of the visible
    range in orthographic views). materials: whether borders between materials make lines.
    """
    width, height = buffer.view.width * buffer.stride, buffer.view.height * buffer.stride
    target = gpu.types.GPUTexture((width, height), format="RGBA8")
    frame = gpu.types.GPUFrameBuffer(color_slots=[target])
    depths = buffer.depth[buffer.hit]
    span = float(np.ptp(depths)) if len(depths) else 1.0
    with frame.bind(), drawing_state():
        shader = edge_shader()
        shader.bind()
        shader.uniform_sampler("normals", buffer.normals)
        shader.uniform_sampler("whos", buffer.whos)
        shader.uniform_float("perspective", float(buffer.view.is_perspective))
        shader.uniform_float("material_lines", float(materials))
        shader.uniform_float("crease_cosine", math.cos(crease_radians))
        shader.uniform_float("depth_step", depth_step)
        shader.uniform_float("depth_step_metres", depth_step * max(span, 1e-6))
        draw_screen(shader)
        edges = read_target(frame, width, height, 0, np.uint8)
    return _ink(edges[..., 0] > 127, edges[..., 1] > 127, buffer.stride, width_px)[::-1]


def _ink(right: np.ndarray, above: np.ndarray, stride: int, width_px: float) -> np.ndarray:
    """Draws a line through the midpoints of the edges: white within half the width, fading over one pixel.

    right, above: whether a line passes between a sample and its neighbour, [H, W] at the samples.
    """
    reach = (width_px + 1) / 2
    span = math.ceil(reach * stride) + 1
    rows, columns = right.shape
    # Samples of one place within their pixels stand side by side, so that every shift is a plain slice.
    near: dict[int, np.ndarray] = {}
    for edges, dx, dy in ((right, 0.5, 0.0), (above, 0.0, 0.5)):
        padded = np.pad(edges, span)
        phases = {
            (y, x): np.ascontiguousarray(padded[y::stride, x::stride])
            for y in range(stride)
            for x in range(stride)
        }
        for y in range(2 * span + 1):
            for x in range(2 * span + 1):
                cover = reach - math.hypot(x - span + dx, y - span + dy) / stride
                weight = round(min(1.0, cover) * 255)
                if weight <= 0:
                    continue
                row, column = y // stride, x // stride
                shifted = phases[y % stride, x % stride][
                    row : row + rows // stride, column : column + columns // stride
                ]
                if weight in near:
                    near[weight] |= shifted
                else:
                    near[weight] = shifted.copy()
    ink = np.zeros((rows // stride, columns // stride), np.uint8)
    for weight, lines in near.items():
        np.maximum(ink, lines.view(np.uint8) * np.uint8(weight), out=ink)
    return ink
