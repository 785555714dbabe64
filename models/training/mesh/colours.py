"""Names colours with the words of the core's vocabulary; the same rules stand in
core/src/mesh/library/name-colour.ts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NAMES = (
    "red",
    "orange",
    "yellow",
    "green",
    "teal",
    "blue",
    "purple",
    "pink",
    "brown",
    "white",
    "grey",
    "black",
)
RED, ORANGE, YELLOW, GREEN, TEAL, BLUE, PURPLE, PINK, BROWN, WHITE, GREY, BLACK = range(12)
SECTORS = ((14, PINK), (41, RED), (67, ORANGE), (113, YELLOW), (174, GREEN), (222, TEAL), (286, BLUE))
"""Upper ends of hue, degrees in OKLab; PURPLE up to 326, then PINK."""
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear_of(srgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """Gives the linear light of sRGB in 0 to 1 (IEC 61966-2-1)."""
    values = np.asarray(srgb, np.float64)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def name_colours(linear: NDArray[np.floating]) -> NDArray[np.int64]:
    """Gives the place in NAMES of each linear colour [n, 3]."""
    lab = np.cbrt(np.clip(linear, 0, None) @ _LMS.T) @ _LAB.T
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    named = np.full(len(lab), PINK)
    named[hue < 326] = PURPLE
    for end, name in reversed(SECTORS):
        named[hue < end] = name
    named[(named == PINK) & (lightness < 0.5) & (hue > 180)] = PURPLE
    is_dark = (named == PINK) & (lightness < 0.5)
    named[is_dark] = np.where(chroma[is_dark] < 0.09, BROWN, RED)
    named[(named == RED) & (lightness > 0.7) & (chroma < 0.15)] = PINK
    named[(named == RED) & (lightness < 0.5) & (chroma < 0.09)] = BROWN
    named[(named == ORANGE) & ((lightness < 0.61) | (chroma < 0.115))] = BROWN
    named[(named == YELLOW) & (hue < 96) & ((lightness < 0.62) | ((chroma < 0.1) & (lightness < 0.82)))] = (
        BROWN
    )
    plain = (chroma < 0.03) | ((chroma < 0.062) & (lightness > 0.84)) | ((chroma < 0.05) & (lightness < 0.3))
    named[plain] = GREY
    named[plain & (lightness > 0.82)] = WHITE
    named[plain & (lightness < 0.36)] = BLACK
    return named


def shares_of(linear: NDArray[np.floating], weights: NDArray[np.floating]) -> dict[str, float]:
    """Gives the share of each name among weighted linear colours [n, 3], the greatest first."""
    found = np.bincount(name_colours(linear), weights, len(NAMES))
    found = found / max(found.sum(), 1e-12)
    return {NAMES[name]: float(found[name]) for name in np.argsort(-found, kind="stable") if found[name] > 0}
