"""Writes the caption of a picture and varies the phrases of its regions."""

from __future__ import annotations

import numpy as np

from .words import LOOK_PHRASES, TIME_PHRASES


def light_words(light_view: list[float], height: bool = True) -> str:
    """Names the side the key light comes from, and its height if that is low or high.

    light_view is a unit vector in view space: +x right, +y up, +z towards the camera.
    """
    x, y, z = light_view
    side = "left" if x < -0.3 else "right" if x > 0.3 else ""
    depth = "front" if z > 0.35 else "back" if z < -0.35 else ""
    if y > 0.86 or not (side or depth):
        return "above"
    where = f"the {depth} {side}" if depth and side else f"the {depth or side}"
    if height and (y < 0.3 or y > 0.7):
        return f"{'low' if y < 0.3 else 'high'} on {where}"
    return where


def caption(record: dict, look: str, rng: np.random.Generator, light: bool, listed: bool = True) -> str:
    """Gives the caption of a picture in a look.

    light: whether the direction of the key light must be said (it may be said anyway). listed: whether the
    objects are named.
    """
    words = []
    if not (look == "anime" and rng.random() < 0.12):
        words.append(str(rng.choice(LOOK_PHRASES[look])))
    if listed:
        objects = [r["phrase"] for r in record["regions"] if r["kind"] == "object" and r["share"] > 0.004]
        if rng.random() < 0.3:
            rng.shuffle(objects)
        rest = [
            r["phrase"]
            for r in record["regions"]
            if r["kind"] in ("ground", "sky", "backdrop") and rng.random() < 0.6
        ]
        scene = " and ".join(objects) if rng.random() < 0.5 else ", ".join(objects)
        if words and rng.random() < 0.6:
            words[-1] += f" of {scene}"
        else:
            words.append(scene)
        words += [f"on {name}" if rng.random() < 0.3 else name for name in rest]
    if not (record["time"] == "day" and rng.random() < 0.4):
        words.append(str(rng.choice(TIME_PHRASES[record["time"]])))
    if light or rng.random() < 0.25:
        start = str(rng.choice(("light from", "lit from", "sun from", "lighting from")))
        words.append(f"{start} {light_words(record['light_view'], rng.random() < 0.7)}")
    if rng.random() < 0.15:
        rng.shuffle(words)
    return ", ".join(words)


def vary_phrase(phrase: str, rng: np.random.Generator) -> str:
    """Gives a phrase as people may write it: without article, with British spelling, with the name lost."""
    words = phrase.split()
    if words[0] in ("a", "an", "the") and rng.random() < 0.45:
        words = words[1:]
    if rng.random() < 0.3:
        words = ["grey" if word == "gray" else word for word in words]
    if rng.random() < 0.05:
        words[-1] = "thing"
    return " ".join(words)
