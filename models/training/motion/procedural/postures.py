"""Recipes of the whole body in one place: squat, sit, stand, jump, kick, pick up, kneel."""

from __future__ import annotations

import numpy as np

from ..motion import Motion
from ..rotations import about, rotate
from ..skeleton import ANKLE_HEIGHT, BALL_FORWARD, FPS
from .body import STANDING, Body, solve, standing
from .ease import hold, ramp, seconds
from .gestures import SIDES, breathe, reach_to
from .words import pick, say, times

GRAVITY = 9.81


def squatting(rng: np.random.Generator, length: float) -> Motion:
    """Squats once or several times, deep or half."""
    body, time = _stand(rng, length, width=1.5)
    deep = rng.random() < 0.6
    depth = float(rng.uniform(0.38, 0.46) if deep else rng.uniform(0.2, 0.26))
    count = int(np.clip(rng.integers(1, 5), 1, max(1, int((length - 0.6) / 1.3))))
    period = (length - 0.6) / count
    down = sum(
        (hold(time, 0.3 + k * period, 0.42 * period, 0.08 * period, 0.42 * period) for k in range(count)),
        np.zeros(len(time), np.float32),
    )
    _squat(body, down * depth)
    for side in (0, 1):
        reach_to(body, side, np.array([0.14, -0.02, 0.5]), down)
    how = "deep" if deep else "half"
    sentences = [
        f"squats {times(count)}",
        f"does {'a' if count == 1 else count} {how} squat{'s' * (count > 1)}",
        f"bends the knees {times(count)}",
    ]
    return solve(body, say(rng, sentences), "push_up_exercise", f"squat:{how}:{count}")


def crouching(rng: np.random.Generator, length: float) -> Motion:
    """Crouches down, stays, and may get up."""
    body, time = _stand(rng, length, width=1.3)
    rises = length > 3 and rng.random() < 0.6
    down = hold(time, 0.4, 0.8, length - 2.6, 0.9) if rises else ramp(time, 0.4, 0.8)
    _squat(body, down * float(rng.uniform(0.36, 0.48)))
    body.spine_pitch += 0.25 * down
    sentences = (
        ["crouches down", "ducks down", "crouches low"]
        if not rises
        else ["crouches down and gets up", "crouches, then stands up"]
    )
    return solve(body, say(rng, sentences), "crouch_crawl_sneak", f"crouch:{rises}")


def sitting(rng: np.random.Generator, length: float) -> Motion:
    """Sits down on a chair, stands up from it, or both, or just sits."""
    body, time = _stand(rng, length, width=1.4)
    kind = str(rng.choice(("down", "up", "both", "sit") if length > 4 else ("down", "up", "sit")))
    move = float(rng.uniform(1.0, 1.5))
    begin = float(rng.uniform(0.3, 0.6))
    seated = {
        "down": ramp(time, begin, move),
        "up": 1 - ramp(time, begin, move),
        "both": hold(time, begin, move, length - 2 * move - 2 * begin, move),
        "sit": np.ones(len(time), np.float32),
    }[kind]
    height, back = float(rng.uniform(0.46, 0.52)), float(rng.uniform(0.36, 0.42))
    moving = 4 * seated * (1 - seated)  # trunk leans while the weight passes over the feet
    body.pelvis[:, 1] += (height - STANDING) * seated
    body.pelvis[:, 2] -= back * seated**0.8
    body.pelvis_pitch += 0.3 * moving - 0.1 * seated
    body.spine_pitch += 0.45 * moving + 0.1 * seated
    for side in (0, 1):
        reach_to(body, side, np.array([0.12, -0.3, 0.3]), seated * 0.9)
    said = {
        "down": ["sits down", "sits down on a chair", "takes a seat"],
        "up": ["stands up", "stands up from a chair", "gets up from a seat"],
        "both": ["sits down, then stands up", "sits down on a chair and gets up again"],
        "sit": ["sits", "sits on a chair", "is sitting still"],
    }[kind]
    return solve(body, say(rng, said), "sit_stand", f"sit:{kind}")


def jumping(rng: np.random.Generator, length: float) -> Motion:
    """Jumps up or forward, by the laws of a throw while in the air."""
    count = int(np.clip(rng.integers(1, 4), 1, max(1, int((length - 0.6) / 1.3))))
    where = str(rng.choice(("up", "forward", "forward far")))
    body, time = _stand(rng, length)
    height = float(rng.uniform(0.14, 0.34))
    distance = {
        "up": 0.0,
        "forward": float(rng.uniform(0.3, 0.6)),
        "forward far": float(rng.uniform(0.8, 1.3)),
    }[where]
    air = 2 * np.sqrt(2 * height / GRAVITY)
    period = (length - 0.5) / count
    lift, forward, bend, tuck = (np.zeros(len(time), np.float32) for _ in range(4))
    arms, aloft = np.zeros(len(time), np.float32), np.zeros(len(time), bool)
    for k in range(count):
        start = 0.3 + k * period
        off = start + 0.5
        u = (time - off) / air
        inside = (u > 0) & (u < 1)
        aloft |= inside
        lift[inside] += (4 * height * u * (1 - u))[inside].astype(np.float32)
        forward += (distance * np.clip(u, 0, 1)).astype(np.float32)
        bend += (
            hold(time, start, 0.34, 0.02, 0.16) * 0.26 + hold(time, off + air - 0.02, 0.14, 0.02, 0.4) * 0.22
        )
        tuck[inside] += (np.sin(np.pi * u) ** 2)[inside].astype(np.float32)
        arms += -0.9 * hold(time, start, 0.3, 0.02, 0.15) + 2.2 * hold(time, off - 0.12, 0.22, 0.1, 0.35)
    _squat(body, bend)
    body.pelvis[:, 1] += lift
    body.pelvis[:, 2] += forward
    toes_down = 0.7 * tuck
    for side in range(2):
        body.feet[:, side, 2] += forward
        body.feet[:, side, 1] += lift + 0.1 * tuck * (distance > 0 or height > 0.25)
        body.feet_pitch[:, side] += toes_down
        body.planted[aloft, side] = False
        body.arms[side].swing += arms
    to = {"up": "up", "forward": "forward", "forward far": "far forward"}[where]
    sentences = [
        f"jumps {to} {times(count)}",
        f"jumps {to}" if count == 1 else f"jumps {to} again and again",
        f"does {'a' if count == 1 else count} jump{'s' * (count > 1)} {to}",
    ]
    return solve(body, say(rng, sentences), "jump", f"jump:{where}:{count}:{height:.2f}")


def jumping_jacks(rng: np.random.Generator, length: float) -> Motion:
    """Jumping jacks at a steady beat."""
    body, time = _stand(rng, length)
    rate = float(rng.uniform(0.85, 1.25))
    phase = np.clip(time - 0.3, 0, None) * rate
    open_ = (0.5 - 0.5 * np.cos(2 * np.pi * phase)).astype(np.float32)
    hop = np.abs(np.sin(2 * np.pi * phase)).astype(np.float32) * 0.07
    body.pelvis[:, 1] += hop - 0.03 - 0.05 * open_
    for side, sign in ((0, 1), (1, -1)):
        body.feet[:, side, 0] += sign * 0.26 * open_
        body.feet[:, side, 1] += hop
        body.feet_pitch[:, side] += 4 * hop
        body.planted[:, side] = hop < 0.015
        body.arms[side].abduction += 2.6 * open_
        body.arms[side].elbow *= 1 - 0.6 * open_
    return solve(
        body,
        say(rng, ["does jumping jacks", "performs jumping jacks", "does star jumps"]),
        "push_up_exercise",
        f"jacks:{rate:.2f}",
    )


def kicking(rng: np.random.Generator, length: float) -> Motion:
    """Kicks forward with one leg."""
    body, time = _stand(rng, length)
    side = int(rng.integers(2))
    sign = 1 if side == 0 else -1
    high = rng.random() < 0.5
    height = float(rng.uniform(0.85, 1.1) if high else rng.uniform(0.35, 0.6))
    begin = float(rng.uniform(0.5, 0.9))
    shift, chamber, out = (
        hold(time, begin - 0.4, 0.4, 0.75, 0.5),
        hold(time, begin, 0.25, 0.4, 0.35),
        hold(time, begin + 0.2, 0.16, 0.06, 0.22),
    )
    body.pelvis[:, 0] -= sign * 0.09 * shift
    way = np.array([0.0, 0.36, 0.14], np.float32) * (chamber - out)[:, None].clip(0)
    way = way + np.array([0.0, height - ANKLE_HEIGHT, 0.66], np.float32) * out[:, None]
    body.feet[:, side] += way
    body.feet[:, side, 0] -= sign * 0.06 * shift
    body.feet_pitch[:, side] += 0.5 * chamber - 0.3 * out
    body.planted[chamber > 0.03, side] = False
    body.pelvis_pitch -= 0.22 * out * (1 + high)
    body.spine_pitch += 0.2 * out
    for one, arm in enumerate(body.arms):
        arm.swing += (0.5 if one != side else -0.4) * out
        arm.elbow += 0.8 * shift
        arm.abduction += 0.25 * shift
    leg, how = SIDES[side], "high " if high else ""
    sentences = [
        f"kicks {how}with the {leg} leg",
        f"kicks {how}with the {leg} foot",
        f"throws a {how}{leg} kick",
    ]
    return solve(body, say(rng, sentences), "kick", f"kick:{leg}:{how.strip() or 'low'}")


def picking_up(rng: np.random.Generator, length: float) -> Motion:
    """Bends down and picks something up from the floor, or puts it down."""
    body, time = _stand(rng, length, width=1.3)
    both, side = rng.random() < 0.5, int(rng.integers(2))
    down = hold(time, 0.4, 0.9, 0.2, 1.0)
    after = ramp(time, 1.5, 1.0)
    puts = rng.random() < 0.4
    holding = 1 - after if puts else after
    _squat(body, 0.36 * down)
    body.pelvis_pitch += 0.35 * down
    body.spine_pitch += 0.65 * down
    place = np.zeros((len(time), 3), np.float32) + np.array([0.16, -0.14, 0.32], np.float32)
    place += down[:, None] * (np.array([0.14, -0.36, 0.42], np.float32) - place)
    for one in (0, 1) if both else (side,):
        reach_to(body, one, place, np.maximum(down, holding))
    hand = "both hands" if both else f"the {SIDES[side]} hand"
    said = (
        [f"puts something down with {hand}", "puts an object on the floor"]
        if puts
        else [
            f"picks something up with {hand}",
            f"bends down and picks up an object with {hand}",
            "picks something up from the floor",
        ]
    )
    return solve(body, say(rng, said), "pick_carry_use", f"pick:{'down' if puts else 'up'}")


def kneeling(rng: np.random.Generator, length: float) -> Motion:
    """Goes down on one knee and may get up."""
    body, time = _stand(rng, length)
    side = int(rng.integers(2))  # the knee on the ground
    sign = 1 if side == 0 else -1
    rises = length > 4 and rng.random() < 0.5
    step = hold(time, 0.3, 0.5, length - 1.8, 0.5) if rises else ramp(time, 0.3, 0.5)
    down = hold(time, 0.6, 0.9, length - 3.0, 0.9) if rises else ramp(time, 0.6, 0.9)
    back = 0.55 * step
    height = 0.05 * np.sin(np.pi * np.clip(step, 0, 1))
    ball = np.stack([np.full(len(time), sign * 0.1), height, BALL_FORWARD - back], -1).astype(np.float32)
    pitch = (0.35 * step + 0.9 * down).astype(np.float32)
    yaw = np.zeros(len(time), np.float32)
    offset = np.broadcast_to(np.array([0, ANKLE_HEIGHT, -BALL_FORWARD], np.float32), ball.shape)
    body.feet[:, side] = ball + rotate(about("x", pitch), offset)
    body.feet_pitch[:, side], body.feet_yaw[:, side] = pitch, yaw
    body.pelvis[:, 1] -= 0.42 * down + 0.03 * step
    body.pelvis[:, 2] -= 0.16 * step
    body.spine_pitch += 0.1 * down
    knee = SIDES[side]
    ends = ", then stands up" if rises else ""
    sentences = [f"kneels on the {knee} knee{ends}", f"goes down on one knee{ends}", f"kneels down{ends}"]
    return solve(body, say(rng, sentences), "crouch_crawl_sneak", f"kneel:{knee}:{rises}")


def _stand(rng: np.random.Generator, length: float, width: float = 1.0) -> tuple[Body, np.ndarray]:
    body = standing(round(length * FPS))
    breathe(body, rng, 0.6)
    body.feet[..., 0] *= width * float(rng.uniform(0.9, 1.2))
    return body, seconds(len(body))


def _squat(body: Body, depth: np.ndarray) -> None:
    """Lowers the pelvis by a depth in metres, hips back, trunk forward over the feet."""
    body.pelvis[:, 1] -= depth
    body.pelvis[:, 2] -= 0.34 * depth
    body.pelvis_pitch += 1.15 * depth
    body.spine_pitch += 0.5 * depth
    body.head_pitch -= 0.5 * depth
    body.knee_out += 0.5 * depth[:, None]


def stretching(rng: np.random.Generator, length: float) -> Motion:
    """Stretches to a side or upwards."""
    body, time = _stand(rng, length, width=1.3)
    up = hold(time, 0.3, 0.9, max(0.4, length - 2.6), 0.9)
    where = pick(rng, "up", "left", "right")
    for side in (0, 1):
        reach_to(body, side, np.array([0.1, 0.66, 0.02]), up)
    if where != "up":
        body.spine_roll += (-1 if where == "left" else 1) * 0.5 * up
        body.pelvis[:, 0] += (-1 if where == "left" else 1) * 0.05 * up
    else:
        body.spine_pitch -= 0.15 * up
    to = "up with both arms" if where == "up" else f"to the {where} with both arms up"
    return solve(
        body,
        say(rng, [f"stretches {to}", f"reaches and stretches {to}"]),
        "push_up_exercise",
        f"stretch:{where}",
    )
