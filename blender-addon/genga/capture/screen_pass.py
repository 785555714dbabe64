"""Runs a shader once over every pixel of the bound target."""

from __future__ import annotations

import gpu
import numpy as np


def draw_screen(shader: gpu.types.GPUShader) -> None:
    """Draws one triangle that covers the whole target."""
    layout = gpu.types.GPUVertFormat()
    layout.attr_add(id="pos", comp_type="F32", len=2, fetch_mode="FLOAT")
    buffer = gpu.types.GPUVertBuf(format=layout, len=3)
    buffer.attr_fill("pos", np.array([[-1, -1], [3, -1], [-1, 3]], np.float32))
    gpu.state.depth_test_set("NONE")
    gpu.types.GPUBatch(type="TRIS", buf=buffer).draw(shader)
