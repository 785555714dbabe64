"""Recipes of going somewhere: speed, way, direction and manner, said exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..motion import Motion, faced_forward
from ..skeleton import FPS
from .body import Body, solve
from .gait import Gait, Track, follow
from .paths import TURN_STEP_SCALE, curve, speed_profile, turn_on_the_spot
from .words import degrees, pick, say

PAD = round(1.6 * FPS)
"""Frames that are planned before and after a steady way and cut off: steps know what comes."""

MANNERS: dict[str, tuple[Gait, str, tuple[str, ...]]] = {
    "plain": (Gait(), "walk", ("walks",)),
    "sneak": (
        Gait(crouch=0.17, slump=0.25, lean=0.18, step_height=0.08, arm_swing=0.4, elbow=0.9),
        "crouch_crawl_sneak",
        ("sneaks", "creeps", "walks crouched", "sneaks quietly"),
    ),
    "march": (
        Gait(knee_lift=0.24, lean=0.0, arm_swing=1.5, sway=0.5),
        "walk",
        ("marches", "walks with high knees", "marches like a soldier"),
    ),
    "tiptoe": (
        Gait(tiptoe=0.65, step_scale=0.8, arm_swing=0.5, step_height=0.06),
        "walk",
        ("tiptoes", "walks on tiptoe", "walks on the toes"),
    ),
    "tired": (
        Gait(slump=0.5, lean=0.08, arm_swing=0.5, bounce=0.5, step_height=0.025, step_scale=0.85),
        "walk",
        ("trudges", "walks tiredly", "shuffles sadly", "walks with the head hanging"),
    ),
    "happy": (
        Gait(bounce=2.0, arm_swing=1.5, lean=-0.03, sway=1.5, step_height=0.07),
        "walk",
        ("walks happily", "strides with a bounce", "walks cheerfully"),
    ),
    "proud": (
        Gait(lean=-0.05, slump=-0.12, arm_swing=1.2, width=1.3, sway=1.3),
        "walk",
        ("struts", "walks proudly", "walks with a swagger"),
    ),
}
"""Manner → gait, action class, verbs."""

SPEEDS = {
    "walk": (("slowly", 0.5, 0.8), ("", 1.0, 1.45), ("quickly", 1.6, 2.0)),
    "run": (("slowly", 2.0, 2.5), ("", 2.6, 3.4), ("fast", 3.6, 4.6)),
}
"""Adverb, slowest, fastest in m/s."""
ADVERBS = {
    "slowly": ("slowly", "at a slow pace"),
    "quickly": ("quickly", "briskly", "fast"),
    "fast": ("fast", "quickly"),
}


def going(rng: np.random.Generator, seconds: float) -> Motion:
    """Draws a way of going forward, backward, sideways, in a curve, a circle or a weave."""
    running = rng.random() < 0.3
    manner = "plain" if running or rng.random() < 0.5 else str(rng.choice(list(MANNERS)[1:]))
    gait, action, verbs = MANNERS[manner]
    direction = (
        "forward"
        if running or manner != "plain" or rng.random() < 0.6
        else pick(rng, "backward", "left", "right")
    )
    adverb, low, high = SPEEDS["run" if running else "walk"][rng.integers(3)]
    if direction != "forward":
        adverb, low, high = ("slowly", 0.3, 0.45) if adverb == "slowly" else ("", 0.55, 0.9)
    elif manner in ("sneak", "tiptoe", "tired"):
        adverb, low, high = "", 0.5, 0.85
    elif manner != "plain":
        adverb, low, high = "", 0.95, 1.4
    if running:
        action, verbs = (
            "run",
            ("jogs",) if adverb == "slowly" else ("runs", "sprints") if adverb == "fast" else ("runs",),
        )
        gait = Gait(running=True, elbow=1.4, lean=0.06)
    if direction in ("left", "right"):
        gait = replace(gait, step_scale=0.75, width=1.5, arm_swing=0.15)
    if direction == "backward":
        gait = replace(gait, lean=0.0, arm_swing=0.5)
    gait = replace(
        gait,
        arm_swing=gait.arm_swing * float(rng.uniform(0.75, 1.2)),
        bounce=gait.bounce * float(rng.uniform(0.8, 1.2)),
    )

    speed = float(rng.uniform(low, high))
    start, stop = bool(rng.random() < 0.35), bool(rng.random() < 0.35)
    frames = round(seconds * FPS)
    before, after = (0 if start else PAD), (0 if stop else PAD)
    profile = speed_profile(before + frames + after, speed, start, stop)
    shape = (
        "straight"
        if direction != "forward"
        else str(rng.choice(("straight", "curve", "circle", "weave"), p=(0.45, 0.3, 0.15, 0.1)))
    )
    turn_rate, turned, where = _turning(rng, shape, profile, before, frames)
    offset = {"forward": 0.0, "backward": np.pi, "left": -np.pi / 2, "right": np.pi / 2}[direction]
    track = curve(profile, turn_rate, offset)
    body = follow(track, gait, left_first=bool(rng.random() < 0.5))
    said = {"forward": (" forward", ""), "backward": (" backward", " backwards")}.get(
        direction, (f" to the {direction}", f" sideways to the {direction}")
    )
    if direction in ("left", "right"):
        verbs = ("steps", "sidesteps")
    sentences = [
        f"{verb}{way} {how} {turn}{ends}"
        for verb in verbs
        for way in (said if shape == "straight" else ("", " forward"))
        for how in (ADVERBS.get(adverb, ("",)))
        for turn in where
        for ends in _ends(start, stop)
    ]
    motion = solve(
        body, say(rng, sentences), action, f"going:{manner}:{direction}:{shape}:{speed:.2f}:{turned:.0f}"
    )
    return cut(motion, before, before + frames)


def _turning(rng: np.random.Generator, shape: str, profile: np.ndarray, before: int, frames: int):
    """Gives radians a metre per frame, the turn in degrees within the part that is kept, and words."""
    way = float(profile[before : before + frames].sum() / FPS)
    rate = np.zeros(len(profile), np.float32)
    if shape == "straight" or way < 1.0:
        return rate, 0.0, ("", "in a straight line")
    side = pick(rng, "left", "right")
    sign = 1.0 if side == "left" else -1.0
    if shape == "weave":
        metres = np.cumsum(profile) / FPS
        rate[:] = 0.75 * np.sin(2 * np.pi * metres / 3.2 + rng.uniform(0, 6.28))
        return rate, 0.0, ("in a zigzag", "weaving left and right", "in a wavy line")
    if shape == "circle":
        radius = max(way / (2 * np.pi), 0.75)
        rate[:] = sign / radius
        clock = "counterclockwise" if side == "left" else "clockwise"
        full = abs(way / radius) > 5.8
        words = (
            (f"in a circle {clock}", f"in a circle to the {side}")
            if full
            else (f"in a wide arc to the {side}",)
        )
        return rate, np.degrees(sign * way / radius), words
    angle = float(rng.choice((45, 90, 135, 180)))
    place = rng.uniform(0.3, 0.7) * way
    metres = (np.cumsum(profile) - profile[:before].sum()) / FPS
    spread = max(0.35, 0.2 * way)
    bump = np.exp(-0.5 * ((metres - place) / (spread / 2)) ** 2)
    kept = bump[before : before + frames] * profile[before : before + frames] / FPS
    rate[:] = sign * np.radians(angle) * bump / max(float(kept.sum()), 1e-6)
    words = {
        45: (f"and turns slightly {side}", f"and bears {side}"),
        90: (f"and turns {side}", f"and makes a {side} turn", f"then turns 90 degrees to the {side}"),
        135: (f"and turns sharply {side}",),
        180: (f"and turns around to the {side}", f"and makes a u-turn to the {side}"),
    }[int(angle)]
    return rate, sign * angle, words


def _ends(start: bool, stop: bool) -> tuple[str, ...]:
    if stop:
        return (", then stops", " and stops", " and comes to a halt")
    return ("", " from standing", "") if start else ("",)


def turning(rng: np.random.Generator, seconds: float) -> Motion:
    """Draws a turn on the spot."""
    side = pick(rng, "left", "right")
    angle = np.radians(float(rng.choice((45, 90, 180, 360), p=(0.15, 0.4, 0.3, 0.15))))
    frames = round(seconds * FPS)
    length = min(0.5 + 1.05 * angle * float(rng.uniform(0.7, 1.2)), seconds - 0.9)
    track: Track = turn_on_the_spot(frames, angle if side == "left" else -angle, 0.3, length)
    body: Body = follow(track, Gait(step_height=0.09, step_scale=TURN_STEP_SCALE), left_first=side == "left")
    size = degrees(angle)
    sentences = [
        f"turns {side} {size} on the spot",
        f"turns {size} to the {side}",
        f"turns in place to the {side} {size}",
        f"stands and turns {side} {size}",
    ]
    return solve(body, say(rng, sentences), "turn", f"turning:{side}:{np.degrees(angle):.0f}")


def cut(motion: Motion, first: int, last: int) -> Motion:
    """Keeps frames first … last - 1, facing forward from the origin."""
    return faced_forward(
        replace(motion, root=motion.root[first:last], rotations=motion.rotations[first:last])
    )
