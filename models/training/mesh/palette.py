"""Colour words: the twelve of the shape programs, which colour is which, and models painted anew."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

PALETTE = {
    "red": "b8312f",
    "orange": "d9772b",
    "yellow": "e3b835",
    "green": "4d8a3c",
    "teal": "2b8a84",
    "blue": "2f62ad",
    "purple": "70468f",
    "pink": "d987a0",
    "brown": "6f4a2f",
    "white": "e9e6df",
    "grey": "85888c",
    "black": "26272b",
}
"""sRGB of each word, the values of core/src/mesh/kit/materials.ts."""
NAMES = tuple(PALETTE)
COLOURS = np.array([[int(code[k : k + 2], 16) for k in (0, 2, 4)] for code in PALETTE.values()]) / 255
COLOUR_WORD = re.compile(
    r"\b(?:light |dark |navy |sky |bright )?(?:red|orange|yellow|green|teal|blue|purple|pink|brown|white"
    r"|gr[ae]y|black|beige|cream|turquoise|cyan|colored|golden|gold|silver)\b ?"
)
STUFF_WORD = re.compile(r"\b(?:wooden|stone|brick|snowy|grassy|metal|iron|steel|bone|ice|ore|glass)\b")
"""Things of a stuff keep its colour."""
SAME_PAINT = 0.2
"""Distance in sRGB within which faces have the same paint."""


def shares_of(colours: NDArray[np.floating]) -> NDArray[np.float32]:
    """Gives which part of colours [n, 3] is nearest to each word, [len(NAMES)]."""
    far = np.square(_lab(colours)[:, None] - _lab(COLOURS)[None]).sum(-1)
    return np.bincount(far.argmin(1), minlength=len(NAMES)).astype(np.float32) / max(len(colours), 1)


def repainted(
    colours: NDArray[np.floating], area: NDArray[np.floating], name: str
) -> NDArray[np.floating] | None:
    """Gives corner colours [t, 3, 3] with the paint of the largest area replaced by that of a word, its
    light and dark kept; none if that paint covers less than a third or is that colour already.
    """
    mean = colours.mean(1)
    keys, index = np.unique((mean * 12).round().astype(int), axis=0, return_inverse=True)
    largest = keys[np.bincount(index.reshape(-1), area).argmax()] / 12
    painted = np.linalg.norm(mean - largest, axis=1) < SAME_PAINT
    old = np.average(mean[painted], axis=0, weights=area[painted])
    wanted = COLOURS[NAMES.index(name)]
    if area[painted].sum() < area.sum() / 3 or np.linalg.norm(old - wanted) < SAME_PAINT:
        return None
    light = (colours[painted].mean(-1) + 0.05) / (old.mean() + 0.05)
    result = colours.copy()
    result[painted] = (wanted * light[..., None].clip(0.6, 1.5)).clip(0, 1)
    return result


def repainted_captions(name: str, colour: str) -> list[str]:
    """Gives captions of a model painted anew, from its name; none where the name says what it is made of."""
    bare = COLOUR_WORD.sub("", name).strip()
    if not bare or STUFF_WORD.search(bare):
        return []
    article = "an" if colour[0] in "aeiou" else "a"
    of_bare = "an" if bare[0] in "aeiou" else "a"
    return [f"{article} {colour} {bare}", f"{of_bare} {bare} in {colour}", f"a low-poly {colour} {bare}"]


def _lab(colours: NDArray[np.floating]) -> NDArray[np.floating]:
    """sRGB to CIE L*a*b* (D65)."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    white = np.array([0.9505, 1.0, 1.089])
    ratio = linear @ matrix.T / white
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)
