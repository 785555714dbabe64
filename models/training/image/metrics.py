"""Measures of one picture against the real render of the same scene. Pictures are float32 [3, h, w] in
0 to 1.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from .render import CHANNELS
from .words import COLOURS, colour_rgb

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)[:, None, None]
BASIC = (
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
    "gray",
    "black",
)
"""Colour families that a segment's mean colour is sorted into."""


def luminance(picture: np.ndarray) -> np.ndarray:
    """Gives luma [h, w]."""
    return (picture * LUMINANCE).sum(0)


def segments(
    planes: np.ndarray, record: dict, kinds: tuple[str, ...], share: float
) -> list[tuple[dict, np.ndarray]]:
    """Lists regions of some kinds above a share of the picture with their masks, without ink."""
    ids = (planes[8] * 255).round().astype(int)
    clean = planes[CHANNELS["lineart"]][0] < 0.1
    found = []
    for i, region in enumerate(record["regions"]):
        mask = (ids == i + 1) & clean
        if region["kind"] in kinds and mask.mean() > share:
            found.append((region, mask))
    return found


def shading_correlation(
    picture: np.ndarray, render: np.ndarray, planes: np.ndarray, record: dict
) -> list[float]:
    """Gives Pearson's r of luma inside each lit-and-shaded object or surface, picture against render."""
    values = []
    for _, mask in segments(planes, record, ("object", "ground", "wall"), 0.01):
        a, b = luminance(picture)[mask], luminance(render)[mask]
        if b.std() > 0.02:
            values.append(float(np.corrcoef(a, b)[0, 1]) if a.std() > 1e-4 else 0.0)
    return values


def cast_shadow_counts(
    picture: np.ndarray, render: np.ndarray, planes: np.ndarray, record: dict
) -> tuple[int, int]:
    """Gives pixels in the intersection and the union of cast shadows, summed over segments.

    Only pixels that face the light count. The threshold is half-way between the render's own lit and shadowed
    luma of the
    segment, for the picture as for the render.
    """
    light = planes[CHANNELS["light"]]
    both = union = 0
    for _, mask in segments(planes, record, ("object", "ground", "wall"), 0.01):
        facing = mask & (light[0] > 0.25) & (light[0] < 0.8)
        shadow, lit = facing & (light[1] < 0.1), facing & (light[1] > 0.9)
        if shadow.sum() < 30 or lit.sum() < 30:
            continue
        threshold = (luminance(render)[shadow].mean() + luminance(render)[lit].mean()) / 2
        found = (shadow | lit) & (luminance(picture) < threshold)
        both += int((found & shadow).sum())
        union += int((found | shadow).sum())
    return both, union


def edges(picture: np.ndarray) -> np.ndarray:
    """Gives strong edges [h, w] bool: Sobel magnitude of luma above .12 per pixel."""
    luma = luminance(picture)
    x, y = ndimage.sobel(luma, 1) / 4, ndimage.sobel(luma, 0) / 4
    strength = np.hypot(x, y)
    return strength > 0.12


def edge_f1(picture: np.ndarray, render: np.ndarray) -> float:
    """Gives F1 of edges against the render's own, with a tolerance of one pixel."""
    a, b = edges(picture), edges(render)
    if not a.any() or not b.any():
        return float(a.any() == b.any())
    near_a, near_b = (ndimage.binary_dilation(e, np.ones((3, 3))) for e in (a, b))
    precision, recall = (a & near_b).sum() / a.sum(), (b & near_a).sum() / b.sum()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def family(rgb: np.ndarray) -> str:
    """Names the family of an sRGB colour [3]."""
    return min(BASIC, key=lambda name: float(((colour_rgb(name) - rgb) ** 2).sum()))


def colour_hits(picture: np.ndarray, planes: np.ndarray, record: dict) -> list[bool]:
    """Tells for each object segment with a named colour whether the picture's lit mean lies in the
    name's family.
    """
    light = planes[CHANNELS["light"]]
    hits = []
    for region, mask in segments(planes, record, ("object",), 0.01):
        base = region["colour"].split()[-1] if region["colour"] else ""
        lit = mask & (light[0] > 0.25) & (light[1] > 0.9)
        if base in COLOURS and lit.sum() > 40:
            mean = np.median(picture[:, lit], axis=1)
            hits.append(family(mean) == family(colour_rgb(region["colour"])))
    return hits
