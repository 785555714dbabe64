"""The mask of repainting: white is repainted, black is kept. Arrays only."""

from __future__ import annotations

import numpy as np
from genga_client import GengaError


def mask_of(rgb: np.ndarray, width: int, height: int, feather: int) -> np.ndarray:
    """Gives the mask [height, width, 1] uint8 of a painted picture [H, W, 3]: scaled, then softened.

    Softening goes both ways from the painted border, `feather` pixels each; far inside stays white, far
    outside black.

    Raises GengaError INVALID_REQUEST when nothing is white.
    """
    grey = rgb.astype(np.float32).mean(axis=2) / 255
    grey = _resize(grey, width, height)
    if grey.max() < 0.5:
        raise GengaError(
            "INVALID_REQUEST",
            "The mask is black, so nothing would be repainted.",
            remedy="Paint white in the mask where the picture is to change.",
        )
    soft = _soften(grey, feather) if feather > 0 else grey
    return (soft * 255 + 0.5).astype(np.uint8)[..., None]


def _resize(grey: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scales by the nearest pixel: a mask has no in-between values before it is softened."""
    rows = ((np.arange(height) + 0.5) * grey.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * grey.shape[1] / width).astype(int)
    return grey[rows[:, None], columns[None, :]]


def _soften(grey: np.ndarray, feather: int) -> np.ndarray:
    """A box filter of `feather` pixels, twice: a tent that reaches `feather` pixels far."""
    radius = max(1, feather // 2)
    for _ in range(2):
        for axis in (0, 1):
            grey = _box(grey, radius, axis)
    return grey.clip(0, 1)


def _box(grey: np.ndarray, radius: int, axis: int) -> np.ndarray:
    moved = np.moveaxis(grey, axis, 0)
    padded = np.pad(moved, ((radius + 1, radius), (0, 0)), mode="edge").cumsum(axis=0, dtype=np.float64)
    mean = (padded[2 * radius + 1 :] - padded[: -2 * radius - 1]) / (2 * radius + 1)
    return np.moveaxis(mean, 0, axis).astype(np.float32)
