"""The words that captions and phrases are made of, and the colours they stand for."""

from __future__ import annotations

import numpy as np

COLOURS: dict[str, tuple[int, int, int]] = {
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
"""Colour word → sRGB in 0 to 255, as it is painted on an object's main part before light falls on it."""

LIGHT_MIX = 0.45
"""How far `light <colour>` goes towards white."""
DARK_SCALE = 0.58
"""What `dark <colour>` multiplies the sRGB value by."""
CANNOT_SHIFT = {"white", "cream", "black", "silver", "navy", "maroon", "beige", "gold"}
"""Colours that are not met with `light` or `dark`."""

TIMES = ("day", "morning", "sunset", "night", "overcast")
TIME_PHRASES = {
    "day": ("by day", "at noon", "in daylight", "on a sunny day"),
    "morning": ("in the morning", "at dawn", "in morning light"),
    "sunset": ("at sunset", "in the evening", "at golden hour"),
    "night": ("at night", "by moonlight", "in the night"),
    "overcast": ("on an overcast day", "under a cloudy sky", "in gray weather"),
}
LOOKS = ("anime", "clay", "watercolour", "soft")
LOOK_PHRASES = {
    "anime": ("anime illustration", "cel-shaded anime", "anime style drawing", "cel shading", "anime"),
    "clay": ("clay render", "clay model", "claymation style", "plasticine"),
    "watercolour": ("watercolour painting", "watercolor", "watercolor illustration", "watercolour"),
    "soft": ("soft 3d render", "soft lighting", "softly lit 3d render", "soft shading"),
}
LOOK_WORDS = {
    "anime": "anime cel cartoon manga toon",
    "clay": "clay claymation plasticine",
    "watercolour": "watercolour watercolor aquarelle gouache",
    "soft": "soft softly",
}
TIME_WORDS = {
    "day": "day noon daylight sunny midday",
    "morning": "morning dawn sunrise",
    "sunset": "sunset evening golden dusk twilight",
    "night": "night moonlight midnight nighttime",
    "overcast": "overcast cloudy weather foggy rainy",
}
"""Words that name a look or a time of day by themselves."""
PART_WORDS = (
    "roof roofs detail details part parts trim trims stripe stripes door doors window windows wheel wheels "
    "handle lid top"
)
"""Nouns after a colour that make it the second colour, where `with` stands before."""
USUAL = {
    (122, 176, 84): "grass meadow lawn",
    (66, 138, 72): "tree trees bush bushes plant pine cactus leaf leaves hedge",
    (230, 206, 150): "sand beach desert",
    (238, 243, 250): "snow cloud snowman",
    (134, 98, 70): "earth dirt mud ground",
    (150, 150, 152): "stone stones rock rocks boulder",
    (160, 110, 70): "wood wooden log plank planks",
    (96, 98, 106): "road street asphalt",
    (70, 138, 186): "water sea river lake",
    (150, 156, 164): "metal iron steel",
    (170, 92, 72): "brick bricks",
    (232, 222, 196): "bone bones skeleton skull",
    (236, 128, 40): "pumpkin",
    (200, 228, 240): "ice glass",
}
"""Colour that a word means where no colour word stands: sRGB in 0 to 255 → words."""
SKY_WORDS = ("sky", "skies", "clouds")
"""Words of a phrase that make its region sky, painted by the time of day."""
ROOF_WORDS = ("roof", "roofs")
"""Words that put the second colour on faces that look up."""
CLOUD_WORDS = ("clouds", "cloudy", "cloud")
BACKDROP_WORDS = ("backdrop", "background")
NATURAL_WORDS = ("grass", "meadow", "lawn", "sand", "snow", "earth", "ground", "stone", "road", "water")
"""Words that give a region clouds, an unlit even colour, or stains and tufts."""
LIGHT_WORDS = {
    "left": (-1.0, 0.0, 0.0),
    "right": (1.0, 0.0, 0.0),
    "front": (0.0, 0.0, 1.0),
    "back": (0.0, 0.0, -1.0),
    "behind": (0.0, 0.0, -1.0),
    "above": (0.0, 1.2, 0.0),
    "low": (0.0, -0.55, 0.0),
    "high": (0.0, 0.7, 0.0),
}
"""Words after `from` that name the side and the height the light comes from, in view space: +x right, +y up,
+z towards the camera.
"""
FINISHES = ("", "matte", "shiny")
"""Finishes named in a phrase; `shiny` adds a highlight."""

GROUNDS: dict[str, tuple[int, int, int]] = {
    "grass": (122, 176, 84),
    "meadow": (140, 188, 92),
    "sand": (230, 206, 150),
    "snow": (238, 243, 250),
    "earth": (134, 98, 70),
    "stone floor": (150, 150, 152),
    "wooden floor": (168, 118, 74),
    "road": (96, 98, 106),
    "floor": (196, 190, 182),
    "water": (70, 138, 186),
}
"""Grounds with their own colour when the phrase names none."""
NATURAL = ("grass", "meadow", "sand", "snow", "earth", "stone floor", "road", "water")
"""Grounds that are not one even colour: tufts, stains, ripples."""


def colour_rgb(name: str) -> np.ndarray:
    """Gives the sRGB colour, float32 [3] in 0 to 1, of a colour name such as `light blue` or `dark red`."""
    words = name.split()
    rgb = np.array(COLOURS[words[-1]], np.float32) / 255
    if words[0] == "light" and len(words) > 1:
        return rgb + (1 - rgb) * LIGHT_MIX
    if words[0] == "dark" and len(words) > 1:
        return rgb * DARK_SCALE
    return rgb


def random_colour_name(rng: np.random.Generator) -> str:
    """Draws a colour name; a quarter of those that can be are `light` or `dark`."""
    name = str(rng.choice(list(COLOURS)))
    if name not in CANNOT_SHIFT and rng.random() < 0.28:
        return f"{'light' if rng.random() < 0.5 else 'dark'} {name}"
    return name


def nearest_colour_name(rgb: np.ndarray) -> str:
    """Names the sRGB colour [3] in 0 to 1: the nearest of all names by weighted distance."""
    return min(ALL_COLOURS, key=lambda name: float((((ALL_COLOURS[name] - rgb) * WEIGHTS) ** 2).sum()))


WEIGHTS = np.array([0.55, 0.77, 0.33], np.float32)
"""Square roots of rough luminance weights for colour distance in sRGB."""
ALL_COLOURS = {name: colour_rgb(name) for name in COLOURS} | {
    f"{shift} {name}": colour_rgb(f"{shift} {name}")
    for name in COLOURS
    if name not in CANNOT_SHIFT
    for shift in ("light", "dark")
}
"""Every colour name the model is taught → sRGB in 0 to 1."""
