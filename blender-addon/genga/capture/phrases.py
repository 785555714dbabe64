"""Default phrases of regions: what an object is called, and the colours that are seen of it."""

from __future__ import annotations

import re

import numpy as np

from .color_words import color_names, has_color_word

_NOTHING = {
    "mesh", "object", "geo", "geometry", "model", "node", "group", "grp", "lod", "low", "high", "poly",
    "lowpoly", "highpoly", "proxy", "render", "final", "copy", "instance", "inst", "ob", "obj", "sm",
    "sk", "left", "far", "near", "right", "l", "r", "a", "b", "c", "d", "v", "new", "old",
    "main", "base", "single", "big", "small", "prop",
}  # fmt: skip
"""Words of names that say nothing about what is seen."""
_SHAPES = {
    "plane": "floor",
    "grid": "floor",
    "circle": "disc",
    "sphere": "ball",
    "icosphere": "ball",
    "uvsphere": "ball",
    "cube": "cube",
    "cylinder": "cylinder",
    "cone": "cone",
    "torus": "ring",
    "suzanne": "monkey head",
    "monkey": "monkey head",
    "curve": "band",
    "beziercurve": "band",
    "beziercircle": "ring",
    "nurbspath": "band",
    "text": "lettering",
    "mball": "blob",
}
"""Blender's names for new objects → what people would call the thing."""
_UNCOUNTED = {
    "grass", "water", "sand", "snow", "ground", "earth", "dirt", "mud", "gravel", "soil", "fire",
    "smoke", "hair", "ice", "lava", "foliage", "ivy", "moss", "glass", "clothing", "furniture",
    "terrain", "land", "lettering",
}  # fmt: skip
_SECOND_SHARE = 0.2
"""Share of what is seen of an object that its second colour needs to be named."""


def noun_of(name: str) -> str:
    """Gives what an object's name says it is: `building_Church_red.001` → `building church red`, `Cube.003`
    → `cube`.

    Numbers, file-name habits (SM_, _LOD0, _L) and words that say nothing go; nothing left gives `thing`.
    """
    text = re.sub(r"\.\d+$", "", name)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = [word.lower() for word in re.split(r"[^A-Za-z\u00c0-\uffff]+", text) if word]
    words = [word for word in words if word not in _NOTHING]
    words = [_SHAPES.get(word, word) if len(words) == 1 else word for word in words]
    return " ".join(words) or "thing"


def with_article(noun: str) -> str:
    """Gives `a tree`, `an orange barrel`, `stairs`, `grass`."""
    last = noun.split()[-1]
    if last in _UNCOUNTED or (last.endswith("s") and not last.endswith(("ss", "us"))):
        return noun
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def default_phrase(name: str, colors: np.ndarray, counts: np.ndarray) -> str:
    """Gives the phrase of an object that has none of its own.

    colors: distinct sRGB bytes that are seen of it, [N, 3]; counts: pixels of each, [N]. A name with a
    colour word keeps it: `red church` stays `a red church`.
    """
    noun = noun_of(name)
    if has_color_word(noun) or not len(colors):
        return with_article(noun)
    shares: dict[str, float] = {}
    for color, count in zip(color_names(colors), counts / counts.sum(), strict=True):
        shares[color] = shares.get(color, 0.0) + float(count)
    ranked = sorted(shares, key=lambda color: (-shares[color], color))
    phrase = with_article(f"{ranked[0]} {noun}")
    if len(ranked) > 1 and shares[ranked[1]] >= _SECOND_SHARE and _base(ranked[1]) != _base(ranked[0]):
        phrase += f" with {ranked[1]} details"
    return phrase


def _base(color: str) -> str:
    return color.split()[-1]
