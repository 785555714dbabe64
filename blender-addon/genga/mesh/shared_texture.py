"""Whether the material slots of an object have room beside each other in one texture."""

from __future__ import annotations

import numpy as np

from ..results.texture_raster import raster_triangles

SIDE = 256
"""Texels of a side of the grid that slots are compared on."""
OVERLAP = 0.02
"""Slots that cover more of each other than this share of what they cover get a texture each."""


def one_texture_holds(uvs: np.ndarray, slot_of: np.ndarray) -> bool:
    """Whether slots lie side by side on a UV map, as after an unwrap of the whole object.

    They do not where each fills the square by itself, as sets of textures do, nor beyond it, as tiles do.

    `uvs`: of the corners of triangles, [T, 3, 2]. `slot_of`: [T].
    """
    if not np.isfinite(uvs).all() or uvs.min() < -1e-4 or uvs.max() > 1 + 1e-4:
        return False
    claims = np.zeros(SIDE * SIDE, np.int32)
    for slot in np.unique(slot_of):
        claims[_covered(uvs[slot_of == slot])] += 1
    return int((claims > 1).sum()) <= OVERLAP * max(1, int((claims > 0).sum()))


def _covered(uvs: np.ndarray) -> np.ndarray:
    slices = raster_triangles(uvs, SIDE, SIDE)
    while True:
        try:
            next(slices)
        except StopIteration as done:
            return done.value.texels
