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

_SHIFTED = {"red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "gray"}
"""Colours that people call light or dark; nobody says `dark coral` of a plank."""
_LIGHT_MIX = 0.45
_DARK_SCALE = 0.58
_HUE_WEIGHT = 2.0
"""Of a difference in hue and chroma against one in lightness: shading makes brown darker, not pink."""
_SHIFT_COST = 0.02
"""Distance that `light` and `dark` add: of two near names the plain one is what people say."""
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _all() -> dict[str, np.ndarray]:
    table = {name: np.array(rgb) / 255 for name, rgb in COLORS.items()}
    for name, rgb in list(table.items()):
        if name in _SHIFTED:
            table[f"light {name}"] = rgb + (1 - rgb) * _LIGHT_MIX
            table[f"dark {name}"] = rgb * _DARK_SCALE
    return table


def _oklab(rgb: np.ndarray) -> np.ndarray:
    """Gives Oklab (Ottosson 2020) of sRGB in 0 to 1, [N, 3], hue and chroma stretched by their weight."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T * np.array([1, _HUE_WEIGHT, _HUE_WEIGHT])


_TABLE = _all()
_NAMES = list(_TABLE)
_VALUES = _oklab(np.array(list(_TABLE.values())))
_COSTS = np.array([_SHIFT_COST if " " in name else 0.0 for name in _NAMES])


def color_names(rgb: np.ndarray) -> list[str]:
    """Gives the nearest name of each sRGB colour, [N, 3] bytes: `red`, `light blue`, `dark green` …

    Nearest in Oklab, where equal steps look equal; in sRGB most browns came out as dark pink or dark coral.
    """
    wanted = _oklab(rgb.astype(np.float64) / 255)
    distances = np.linalg.norm(wanted[:, None] - _VALUES, axis=-1) + _COSTS
    return [_NAMES[index] for index in distances.argmin(-1)]


def has_color_word(text: str) -> bool:
    """Whether a text names a colour."""
    words = {word.strip(".,;").lower() for word in text.split()}
    return bool(words & (COLORS.keys() | {"grey"}))
