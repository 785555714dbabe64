"""What a recipe says of the body at every frame, and the motion that inverse kinematics makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from ..motion import Motion
from ..rotations import about, conjugate, continuous, from_matrix, multiply, rotate, slerp
from ..skeleton import ANKLE_HEIGHT, BALL_FORWARD, FOREARM, JOINT, OFFSETS, SHIN, SOLE, THIGH, UPPER_ARM

Array = NDArray[np.float32]
REACH = 0.996
"""Share of a limb's length that it may be stretched to; a straight knee pops."""


@dataclass
class Arm:
    """One arm, every field [frames]; angles in radians, 0 = hanging straight down beside the body."""

    swing: Array
    """Forward of the upper arm, about the shoulders' axis."""
    abduction: Array
    """Away from the body."""
    elbow: Array
    """Bend of the elbow."""
    inward: Array
    """Turn of the upper arm about itself: brings the bent forearm in front of the body."""
    target: Array
    """Wrist in the chest's frame, [frames, 3]: from spine3, +x left, +y up, +z forward."""
    target_weight: Array
    """0 = the angles above, 1 = the wrist is at `target`."""


@dataclass
class Body:
    """Every field starts as standing still at the origin, [frames, …]; recipes write into them."""

    pelvis: Array
    """[frames, 3]; x and z on the ground, y above the ball of a standing foot, metres."""
    heading: Array
    """About +Y, radians, 0 = +Z, towards +X (left) positive."""
    pelvis_pitch: Array
    """Forward lean of the pelvis."""
    pelvis_roll: Array
    """Left side up."""
    pelvis_yaw: Array
    """Of the hips against the heading."""
    spine_pitch: Array
    """Forward bend of the back over the pelvis, in all."""
    spine_roll: Array
    spine_yaw: Array
    head_pitch: Array
    """Down."""
    head_yaw: Array
    feet: Array
    """Ankles [frames, 2, 3] in the world, left then right."""
    feet_yaw: Array
    """[frames, 2], world."""
    feet_pitch: Array
    """[frames, 2], toes down positive."""
    knee_out: Array
    """[frames, 2], how far knees point outwards, radians."""
    planted: NDArray[np.bool_]
    """[frames, 2], whether the foot bears weight: exact contacts."""
    arms: tuple[Arm, Arm]
    """Left, right."""

    def __len__(self) -> int:
        return len(self.pelvis)


STANDING = 0.9
"""Height of the pelvis when standing, metres: knees a little bent."""
STANCE = 0.095
"""Ankles' distance from the middle, metres."""


def standing(frames: int) -> Body:
    """Gives a body that stands still at the origin, facing +Z."""

    def zeros(*shape: int) -> Array:
        return np.zeros((frames, *shape), np.float32)

    def arm() -> Arm:
        angles = {"swing": 0.02, "abduction": 0.16, "elbow": 0.25, "inward": 0.35}
        fields = {name: zeros() + np.float32(value) for name, value in angles.items()}
        return Arm(**fields, target=zeros(3), target_weight=zeros())

    pelvis = zeros(3)
    pelvis[:, 1] = STANDING
    feet = zeros(2, 3)
    feet[:, 0] = (STANCE, ANKLE_HEIGHT, 0)
    feet[:, 1] = (-STANCE, ANKLE_HEIGHT, 0)
    feet_yaw = zeros(2) + np.array([0.12, -0.12], np.float32)
    return Body(
        pelvis,
        *(zeros() for _ in range(9)),
        feet,
        feet_yaw,
        zeros(2),
        zeros(2),
        np.ones((frames, 2), bool),
        (arm(), arm()),
    )


def solve(body: Body, captions: tuple[str, ...], action: str, source: str) -> Motion:
    """Gives the motion: legs by two-bone inverse kinematics onto the feet, arms by angles or onto targets."""
    frames = len(body)
    pelvis = body.pelvis.copy()
    pelvis[:, 1] -= _drop(body)
    turn = multiply(about("y", body.heading + body.pelvis_yaw), about("z", body.pelvis_roll))
    turn = multiply(turn, about("x", body.pelvis_pitch))
    rotations = np.zeros((frames, 22, 4), np.float32)
    rotations[..., 0] = 1
    rotations[:, 0] = turn

    world = turn
    for name, share in (("spine1", 0.3), ("spine2", 0.35), ("spine3", 0.35)):
        bend = multiply(about("y", body.spine_yaw * share), about("z", body.spine_roll * share))
        bend = multiply(bend, about("x", body.spine_pitch * share))
        rotations[:, JOINT[name]] = bend
        world = multiply(world, bend)
    chest = world
    look = multiply(about("y", body.head_yaw * 0.5), about("x", body.head_pitch * 0.5))
    rotations[:, JOINT["neck"]] = rotations[:, JOINT["head"]] = look

    for side in range(2):
        _leg(body, pelvis, turn, side, rotations)
        _arm(body.arms[side], chest, side, rotations)
    # Recipes count from the ball's joint; the ground is a sole's thickness below.
    return Motion(
        pelvis + np.array([0, SOLE, 0], np.float32), continuous(rotations), captions, action, source, source
    )


def _hips(body: Body, pelvis: Array) -> Array:
    turn = multiply(about("y", body.heading + body.pelvis_yaw), about("z", body.pelvis_roll))
    turn = multiply(turn, about("x", body.pelvis_pitch))
    offsets = [np.broadcast_to(OFFSETS[JOINT[f"{side}_hip"]], pelvis.shape) for side in ("left", "right")]
    return np.stack([pelvis + rotate(turn, offset) for offset in offsets], 1)


def _drop(body: Body) -> Array:
    """Gives how far the pelvis has to come down, smoothly, so that both feet can be reached."""
    reach = (THIGH + SHIN) * REACH
    between = body.feet - _hips(body, body.pelvis)
    flat = np.linalg.norm(between[..., [0, 2]], axis=-1)
    allowed = np.sqrt(np.maximum(reach**2 - flat**2, 0.01))
    needed = np.maximum(-between[..., 1] - allowed, 0).max(1)
    if not needed.any():
        return needed
    return gaussian_filter1d(maximum_filter1d(needed, 5), 1.2).astype(np.float32)


def two_bones(
    start: Array, target: Array, pole: Array, upper: float, lower: float
) -> tuple[Array, Array, Array]:
    """Gives the unit directions of both bones [frames, 3] and the unit direction in which their joint points.

    pole: direction in which the middle joint should point. A target out of reach is approached.
    """
    line = target - start
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    axis = line / np.maximum(distance, 1e-6)
    distance = np.clip(distance, abs(upper - lower) + 0.02, (upper + lower) * REACH)
    outward = pole - (pole * axis).sum(-1, keepdims=True) * axis
    outward = outward / np.maximum(np.linalg.norm(outward, axis=-1, keepdims=True), 1e-6)
    cosine = (upper**2 + distance**2 - lower**2) / (2 * upper * distance)
    cosine = np.clip(cosine, -1, 1)
    first = axis * cosine + outward * np.sqrt(1 - cosine**2)
    second = axis * distance - first * upper
    second = second / np.linalg.norm(second, axis=-1, keepdims=True)
    return first, second, outward


def _frame(primary: Array, secondary: Array, column: int, other: int) -> Array:
    """Gives turns whose `column` axis is `primary` and whose `other` axis is nearest to `secondary`."""
    secondary = secondary - (secondary * primary).sum(-1, keepdims=True) * primary
    secondary = secondary / np.maximum(np.linalg.norm(secondary, axis=-1, keepdims=True), 1e-6)
    columns = [primary] * 3
    columns[column], columns[other] = primary, secondary
    last = 3 - column - other
    columns[last] = np.cross(columns[(last + 1) % 3], columns[(last + 2) % 3])
    return from_matrix(np.stack(columns, -1))


def _leg(body: Body, pelvis: Array, turn: Array, side: int, rotations: Array) -> None:
    name = ("left", "right")[side]
    hip = _hips(body, pelvis)[:, side]
    foot = multiply(about("y", body.feet_yaw[:, side]), about("x", body.feet_pitch[:, side]))
    out = body.knee_out[:, side] * (1 if side == 0 else -1)
    hips = body.heading + body.pelvis_yaw
    gap = np.angle(np.exp(1j * (body.feet_yaw[:, side] - hips)))  # the short way round
    middle = hips + 0.6 * gap + out
    # The knee is a hinge about the side: forward of a hanging leg, upward of one that is raised to the front.
    side_axis = np.stack([np.cos(middle), np.zeros(len(body)), -np.sin(middle)], -1)
    pole = np.cross(body.feet[:, side] - hip, side_axis).astype(np.float32)
    thigh, shin, forward = two_bones(hip, body.feet[:, side], pole, THIGH, SHIN)
    upper, lower = _frame(-thigh, forward, 1, 2), _frame(-shin, forward, 1, 2)
    rotations[:, JOINT[f"{name}_hip"]] = multiply(conjugate(turn), upper)
    rotations[:, JOINT[f"{name}_knee"]] = multiply(conjugate(upper), lower)
    rotations[:, JOINT[f"{name}_ankle"]] = multiply(conjugate(lower), foot)


def _arm(arm: Arm, chest: Array, side: int, rotations: Array) -> None:
    name, sign = ("left", "right")[side], (1.0, -1.0)[side]
    # From the T-pose: the arm comes down about z, swings about x, turns about its own length.
    down = about("z", sign * (arm.abduction - np.pi / 2))
    upper = multiply(multiply(about("x", -arm.swing), down), about("x", arm.inward))
    bend = about("y", -sign * arm.elbow)
    weight = arm.target_weight
    if weight.any():
        shoulder = OFFSETS[JOINT[f"{name}_collar"]] + OFFSETS[JOINT[f"{name}_shoulder"]]
        start = np.broadcast_to(shoulder, arm.target.shape)
        # A hinge about the side: elbows back of hanging hands, below hands in front, in front of raised ones.
        # An arm straight to the side has no such direction: there the elbow sinks down and back.
        line = arm.target - start
        axis = line / np.maximum(np.linalg.norm(line, axis=-1, keepdims=True), 1e-6)
        sink = np.array([0.2 * sign, -0.8, -0.5], np.float32)
        pole = np.cross(np.array([1, 0, 0], np.float32), axis) + sink * axis[:, :1] ** 2
        first, second, elbow = two_bones(start, arm.target, pole, UPPER_ARM, FOREARM)
        # The elbow lies behind the straight arm of the T-pose: its direction is -z of both bones.
        reached = _frame(sign * first, -elbow, 0, 2)
        forearm = _frame(sign * second, -elbow, 0, 2)
        upper = slerp(upper, reached, weight)
        bend = slerp(bend, multiply(conjugate(reached), forearm), weight)
    rotations[:, JOINT[f"{name}_shoulder"]] = upper
    rotations[:, JOINT[f"{name}_elbow"]] = bend


def foot_on_ball(ball: Array, yaw: Array, pitch: Array) -> Array:
    """Gives the ankle [frames, 3] of a foot whose ball stays at `ball` while the heel rises by `pitch`."""
    offset = np.broadcast_to(np.array([0, ANKLE_HEIGHT, -BALL_FORWARD], np.float32), ball.shape)
    return ball + rotate(multiply(about("y", yaw), about("x", pitch)), offset)
