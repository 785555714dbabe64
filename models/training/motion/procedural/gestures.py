"""Recipes of arms and head over a body that stands or walks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..motion import Motion
from ..skeleton import FPS
from .body import Body, solve, standing
from .ease import drift, hold, seconds
from .gait import Gait, follow
from .locomotion import PAD, cut
from .paths import curve, speed_profile
from .words import pick, say, times

SIDES = ("left", "right")


def breathe(body: Body, rng: np.random.Generator, amount: float = 1.0) -> None:
    """Adds breath and a slow shift of weight, so that nobody stands like a statue."""
    time = seconds(len(body))
    body.spine_pitch += (
        0.012 * amount * np.sin(2 * np.pi * time / 3.4 + rng.uniform(0, 6.28)).astype(np.float32)
    )
    body.pelvis[:, 0] += drift(rng, time, 0.014 * amount, 5)
    body.pelvis[:, 2] += drift(rng, time, 0.007 * amount, 4)
    body.pelvis_roll += drift(rng, time, 0.012 * amount, 5)
    body.head_yaw += drift(rng, time, 0.09 * amount, 4)
    for arm in body.arms:
        arm.swing += drift(rng, time, 0.03 * amount, 4)


def reach_to(body: Body, side: int, place: np.ndarray, weight: np.ndarray) -> None:
    """Brings a wrist to a place [frames, 3] or [3] in the chest's frame, +x towards the hand's own side."""
    mirrored = np.asarray(place, np.float32) * np.array([1 if side == 0 else -1, 1, 1], np.float32)
    arm = body.arms[side]
    arm.target[:] = mirrored
    arm.target_weight[:] = np.maximum(arm.target_weight, weight)


def wave(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Waves one hand or both."""
    start, stay = 0.3, float(time[-1]) - 1.5
    both = rng.random() < 0.2
    side = int(rng.integers(2))
    rate = float(rng.uniform(1.2, 2.4))
    up = hold(time, start, 0.5, stay, 0.6)
    high = float(rng.uniform(0.25, 0.55))
    for one in (0, 1) if both else (side,):
        place = np.stack(
            [
                0.33 + 0.11 * np.sin(2 * np.pi * rate * time),
                np.full(len(time), high),
                np.full(len(time), 0.16),
            ],
            -1,
        )
        reach_to(body, one, place, up)
    if both:
        return ["waves with both hands", "waves both arms", "waves both hands in greeting"]
    hand = SIDES[side]
    return [
        f"waves with the {hand} hand",
        f"waves the {hand} hand",
        f"raises the {hand} hand and waves",
        "waves hello",
    ]


def point(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Points forward, aside, up or down."""
    side = int(rng.integers(2))
    where = str(rng.choice(("forward", "aside", "up", "down")))
    place = {
        "forward": (0.12, 0.12, 0.6),
        "aside": (0.68, 0.12, 0.12),
        "up": (0.2, 0.62, 0.2),
        "down": (0.2, -0.3, 0.42),
    }[where]
    up = hold(time, 0.3, 0.55, max(0.5, float(time[-1]) - 1.9), 0.7)
    reach_to(body, side, np.array(place), up)
    body.head_yaw += up * (0.6 if where == "aside" else 0.05) * (1 if side == 0 else -1)
    body.head_pitch += up * {"up": -0.4, "down": 0.4}.get(where, 0.0)
    hand = SIDES[side]
    to = {"forward": "forward", "aside": f"to the {hand}", "up": "up", "down": "down"}[where]
    return [f"points {to}", f"points {to} with the {hand} hand", f"raises the {hand} arm and points {to}"]


def reach(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Reaches up, forward or low with one hand or both."""
    where = str(rng.choice(("up", "forward", "low")))
    both, side = rng.random() < 0.35, int(rng.integers(2))
    place = {"up": (0.15, 0.68, 0.15), "forward": (0.14, 0.05, 0.62), "low": (0.15, -0.42, 0.42)}[where]
    up = hold(time, 0.3, 0.7, max(0.3, float(time[-1]) - 2.2), 0.8)
    for one in (0, 1) if both else (side,):
        reach_to(body, one, np.array(place), up)
    lean = {"up": -0.08, "forward": 0.25, "low": 0.5}[where]
    body.spine_pitch += up * lean
    body.head_pitch += up * {"up": -0.5, "forward": 0.0, "low": 0.3}[where]
    hand = "both hands" if both else f"the {SIDES[side]} hand"
    to = {"up": "up high", "forward": "forward", "low": "down low"}[where]
    return [f"reaches {to} with {hand}", f"stretches {hand} {to}", f"reaches {to}"]


def clap(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Claps."""
    rate = float(rng.uniform(1.5, 3.2))
    apart = 0.05 + 0.13 * (0.5 + 0.5 * np.cos(2 * np.pi * rate * time))
    up = hold(time, 0.2, 0.5, float(time[-1]) - 1.4, 0.6)
    height = float(rng.uniform(-0.12, 0.15))
    place = np.stack([apart, np.full(len(time), height), np.full(len(time), 0.38)], -1)
    for side in (0, 1):
        reach_to(body, side, place, up)
    return ["claps", "claps the hands", "applauds", "claps both hands together"]


def bow(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Bows."""
    deep = float(rng.choice((0.5, 1.0)))
    down = hold(time, 0.4, 0.8, max(0.3, float(time[-1]) - 2.6), 0.9)
    body.pelvis_pitch += 0.45 * deep * down
    body.spine_pitch += 0.6 * deep * down
    body.head_pitch += 0.3 * down
    body.pelvis[:, 2] -= 0.1 * deep * down
    for arm in body.arms:
        arm.swing += 0.8 * deep * down
    how = "deeply" if deep == 1 else "slightly"
    return [f"bows {how}", "bows forward", f"takes a bow {how}" if deep == 1 else "makes a small bow"]


def nod(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Nods or shakes the head."""
    on = hold(time, 0.3, 0.3, float(time[-1]) - 1.2, 0.4)
    if rng.random() < 0.5:
        body.head_pitch += 0.3 * on * np.sin(2 * np.pi * 1.6 * time)
        return ["nods", "nods the head", "nods yes"]
    body.head_yaw += 0.5 * on * np.sin(2 * np.pi * 1.4 * time)
    return ["shakes the head", "shakes the head no", "says no with the head"]


def shrug(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Shrugs with open hands."""
    up = hold(time, 0.4, 0.35, 0.5 + float(rng.uniform(0, 0.5)), 0.5)
    for side in (0, 1):
        reach_to(body, side, np.array([0.34, -0.12, 0.26]), up)
    body.head_pitch += 0.12 * up
    body.spine_pitch -= 0.05 * up
    return ["shrugs", "shrugs the shoulders", "raises both hands in a shrug"]


def cheer(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Cheers with raised fists."""
    rate = float(rng.uniform(1.0, 2.0))
    up = hold(time, 0.2, 0.4, float(time[-1]) - 1.3, 0.6)
    pump = 0.5 + 0.14 * np.sin(2 * np.pi * rate * time)
    place = np.stack([np.full(len(time), 0.28), pump, np.full(len(time), 0.08)], -1)
    for side in (0, 1):
        reach_to(body, side, place, up)
    body.head_pitch -= 0.25 * up
    return ["cheers with both arms up", "raises both arms and cheers", "celebrates with raised fists"]


def salute(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Salutes with the right hand."""
    reach_to(body, 1, np.array([0.1, 0.36, 0.17]), hold(time, 0.3, 0.4, max(0.4, float(time[-1]) - 1.8), 0.5))
    return ["salutes", "salutes with the right hand", "gives a military salute"]


def look_around(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Looks left, then right."""
    turn = np.sin(2 * np.pi * (time - 0.3) / max(float(time[-1]) - 0.6, 2.0)) * hold(
        time, 0.3, 0.4, float(time[-1]) - 1.4, 0.5
    )
    first = int(rng.integers(2))
    sign = 1 if first == 0 else -1
    body.head_yaw += 0.9 * sign * turn
    body.spine_yaw += 0.25 * sign * turn
    return [
        "looks around",
        f"looks {SIDES[first]}, then {SIDES[1 - first]}",
        f"looks to the {SIDES[first]} and to the {SIDES[1 - first]}",
    ]


def hips(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Puts the hands on the hips."""
    on = hold(time, 0.3, 0.6, max(0.5, float(time[-1]) - 2.0), 0.7)
    for side in (0, 1):
        reach_to(body, side, np.array([0.2, -0.33, 0.05]), on)
        body.arms[side].abduction += 0.3 * on
    return ["puts the hands on the hips", "stands with hands on hips"]


def punch(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Punches with alternating hands or one."""
    count = int(rng.integers(1, 5))
    first = int(rng.integers(2))
    alternate = count > 1 and rng.random() < 0.6
    guard = hold(time, 0.15, 0.35, float(time[-1]) - 1.1, 0.5)
    gap = max(0.45, (float(time[-1]) - 1.4) / count)
    places = [
        np.zeros((len(time), 3), np.float32) + np.array([0.12, 0.12, 0.25], np.float32) for _ in range(2)
    ]
    for k in range(count):
        side = (first + k) % 2 if alternate else first
        out = hold(time, 0.6 + k * gap, 0.14, 0.04, 0.24)
        places[side] += out[:, None] * (np.array([0.02, 0.14, 0.62], np.float32) - places[side])
        body.spine_yaw += (-1 if side == 0 else 1) * 0.35 * out
        body.pelvis_yaw += (-1 if side == 0 else 1) * 0.12 * out
    for side in (0, 1):
        reach_to(body, side, places[side], guard)
    body.pelvis[:, 1] -= 0.05 * guard
    body.spine_pitch += 0.08 * guard
    hand = "alternating hands" if alternate else f"the {SIDES[first]} hand"
    return [
        f"punches {times(count)} with {hand}",
        f"throws {'a punch' if count == 1 else 'punches'} with {hand}",
        "punches forward",
    ]


def throw(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Throws overhand with one hand."""
    side = int(rng.integers(2))
    sign = 1 if side == 0 else -1
    at = 0.5
    back, out = hold(time, at, 0.5, 0.15, 0.25), hold(time, at + 0.65, 0.28, 0.12, 0.6)
    place = np.zeros((len(time), 3), np.float32) + np.array([0.46, -0.15, 0.12], np.float32)
    place += back[:, None] * (np.array([0.4, 0.34, -0.08], np.float32) - place)
    place += out[:, None] * (np.array([0.08, 0.18, 0.6], np.float32) - place)
    reach_to(body, side, place, hold(time, at - 0.3, 0.4, 1.1, 0.6))
    body.spine_yaw += sign * (0.5 * back - 0.5 * out)
    body.pelvis_yaw += sign * (0.25 * back - 0.2 * out)
    body.spine_pitch += -0.12 * back + 0.25 * out
    body.pelvis[:, 2] += -0.05 * back + 0.07 * out
    hand = SIDES[side]
    return [
        f"throws something with the {hand} hand",
        f"throws a ball with the {hand} hand",
        f"throws overhand with the {hand} arm",
    ]


def carry(body: Body, time: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Carries something in front with both hands."""
    for side in (0, 1):
        reach_to(body, side, np.array([0.17, -0.16, 0.34]), np.ones(len(time), np.float32))
    body.spine_pitch -= 0.06
    return ["carries a box", "carries something with both hands", "holds a box in front of the body"]


Gesture = Callable[[Body, np.ndarray, np.random.Generator], list[str]]
GESTURES: dict[str, tuple[Gesture, str, bool]] = {
    "wave": (wave, "wave_greet_cheer", True),
    "point": (point, "point", True),
    "reach": (reach, "reach", False),
    "clap": (clap, "wave_greet_cheer", True),
    "bow": (bow, "wave_greet_cheer", False),
    "nod": (nod, "talk_gesture", True),
    "shrug": (shrug, "talk_gesture", False),
    "cheer": (cheer, "wave_greet_cheer", True),
    "salute": (salute, "wave_greet_cheer", False),
    "look": (look_around, "idle", True),
    "hips": (hips, "idle", False),
    "punch": (punch, "punch_fight", False),
    "throw": (throw, "throw", False),
    "carry": (carry, "pick_carry_use", True),
}
"""Gesture → recipe, action class, whether it can be done while walking."""


def gesturing(rng: np.random.Generator, seconds_: float) -> Motion:
    """Draws a gesture of somebody who stands, or who walks."""
    name = str(rng.choice(list(GESTURES)))
    recipe, action, mobile = GESTURES[name]
    frames = round(seconds_ * FPS)
    time = seconds(frames)
    if mobile and rng.random() < 0.25:
        speed = float(rng.uniform(0.9, 1.3))
        body = follow(
            curve(
                speed_profile(frames + 2 * PAD, speed, False, False), np.zeros(frames + 2 * PAD, np.float32)
            ),
            Gait(),
        )
        shifted = np.arange(frames + 2 * PAD, dtype=np.float32) / FPS - PAD / FPS
        said = recipe(body, np.clip(shifted, 0, time[-1]), rng)
        while_ = pick(rng, "while walking", "while walking forward", "and walks forward")
        motion = solve(
            body, say(rng, [f"{text} {while_}" for text in said]), action, f"gesture:{name}:walking"
        )
        return cut(motion, PAD, PAD + frames)
    body = standing(frames)
    breathe(body, rng)
    said = recipe(body, time, rng)
    return solve(body, say(rng, said), action, f"gesture:{name}")


def idling(rng: np.random.Generator, seconds_: float) -> Motion:
    """Stands and breathes."""
    body = standing(round(seconds_ * FPS))
    breathe(body, rng, float(rng.uniform(0.8, 1.8)))
    said = ["stands still", "stands idle", "stands and waits", "stands in place", "is idle"]
    return solve(body, say(rng, said), "idle", "idle")
