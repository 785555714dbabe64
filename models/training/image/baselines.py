"""Pictures made without a network, which the model has to beat."""

from __future__ import annotations

import numpy as np

from .render import CHANNELS

SHADE = 0.66
"""Tone of the unlit side, the best single value for the anime pictures of the training set within .02."""


def flat_fill(planes: np.ndarray, record: dict) -> np.ndarray:
    """Paints each region in its phrase's colour, [3, h, w] in 0 to 1, from planes in 0 to 1."""
    table = np.array([[0.5, 0.5, 0.5], *[region["rgb"] for region in record["regions"]]], np.float32)
    return table[(planes[8] * 255).round().astype(int)].transpose(2, 0, 1)


def tone_ramp(planes: np.ndarray, record: dict) -> np.ndarray:
    """Phrase colour x two-tone ramp of the light map, with the line art over it as ink."""
    light = planes[CHANNELS["light"]]
    lit = np.minimum(np.clip((light[0] - 0.16) / 0.05 + 0.5, 0, 1), light[1])
    kinds = np.array(["ground"] + [region["kind"] for region in record["regions"]])
    open_air = np.isin(kinds, ("sky", "backdrop"))[(planes[8] * 255).round().astype(int)]
    tone = np.where(open_air, 1, SHADE + (1 - SHADE) * lit)
    picture = flat_fill(planes, record) * tone
    return picture * (1 - 0.9 * planes[CHANNELS["lineart"]])
