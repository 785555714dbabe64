"""Names of colours, as the phrases of regions use them."""

from __future__ import annotations

import numpy as np

COLORS: dict[str, tuple[int, int, int]] = {
    "red": (205, 45, 42),
    "crimson": (165, 24, 52),
    "orange": (238, 130, 40),
    "yellow": (246, 208, 58),
    "gold": (214, 168, 52),
    "lime": (160, 210, 60),
    "green": (66, 150, 70),
    "olive": (122, 124, 54),
    "mint": (160, 222, 190),
    "teal": (34, 132, 134),
    "turquoise": (72, 200, 196),
    "cyan": (92, 208, 232),
    "blue": (50, 98, 204),
    "navy": (34, 46, 104),
    "indigo": (72, 62, 150),
    "purple": (128, 66, 168),
    "lavender": (188, 172, 226),
    "magenta": (206, 52, 150),
    "pink": (242, 156, 188),
    "coral": (244, 122, 100),
    "maroon": (112, 32, 40),
    "brown": (126, 82, 50),
    "tan": (206, 172, 126),
    "beige": (226, 208, 174),
    "cream": (250, 240, 212),
    "white": (244, 244, 242),
    "gray": (138, 140, 144),
    "silver": (192, 196, 202),
    "black": (42, 42, 48),
}
"""Colour word → sRGB bytes. The starter model was trained on these words with these colours."""

_CANNOT_SHIFT = {"white", "cream", "black", "silver", "navy", "maroon", "beige", "gold"}
_LIGHT_MIX = 0.45
_DARK_SCALE = 0.58
_WEIGHTS = np.array([0.55, 0.77, 0.33])
"""Square roots of rough luminance weights, for distances in sRGB."""


def _all() -> dict[str, np.ndarray]:
    table = {name: np.array(rgb) / 255 for name, rgb in COLORS.items()}
    for name, rgb in list(table.items()):
        if name not in _CANNOT_SHIFT:
            table[f"light {name}"] = rgb + (1 - rgb) * _LIGHT_MIX
            table[f"dark {name}"] = rgb * _DARK_SCALE
    return table


_TABLE = _all()
_NAMES = list(_TABLE)
_VALUES = np.array(list(_TABLE.values())) * _WEIGHTS


def color_names(rgb: np.ndarray) -> list[str]:
    """Gives the nearest name of each sRGB colour, [N, 3] bytes: `red`, `light blue`, `dark green` …"""
    wanted = rgb.astype(np.float64) / 255 * _WEIGHTS
    nearest = ((wanted[:, None] - _VALUES) ** 2).sum(-1).argmin(-1)
    return [_NAMES[index] for index in nearest]


def has_color_word(text: str) -> bool:
    """Whether a text names a colour."""
    words = {word.strip(".,;").lower() for word in text.split()}
    return bool(words & (COLORS.keys() | {"grey"}))
