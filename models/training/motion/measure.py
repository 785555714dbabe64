"""Measures of motions for evaluate.py: each takes motions and gives plain numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .motion import Motion, joints_of
from .rotations import Array, about, conjugate, multiply, rotate, yaw_of
from .skeleton import FEET, FPS, STANDING_HEIGHTS

SKATE_HEIGHT, SKATE_SPEED = 0.05, 0.2
"""A foot lower than this above its standing height (m) that moves faster (m/s) slides."""


def skate_counts(motion: Motion) -> tuple[int, int]:
    """Gives how many times a foot joint slides, and how many times one is low, over all frames."""
    feet = joints_of(motion)[:, FEET]
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * FPS
    low = feet[1:, :, 1] - STANDING_HEIGHTS < SKATE_HEIGHT
    return int((low & (speed > SKATE_SPEED)).sum()), int(low.sum())


def skate(motions: list[Motion]) -> float:
    """Gives the skate ratio pooled over motions."""
    counts = np.array([skate_counts(motion) for motion in motions])
    return float(counts[:, 0].sum() / max(counts[:, 1].sum(), 1))


def jerk(motion: Motion) -> float:
    """Gives the mean jerk of all joints in the world, m/s³."""
    return float(np.linalg.norm(np.diff(joints_of(motion), n=3, axis=0), axis=-1).mean() * FPS**3)


def penetration(motion: Motion) -> float:
    """Gives how deep a sole gets below the ground at most, metres."""
    feet = joints_of(motion)[:, FEET, 1] - STANDING_HEIGHTS
    # Ankles may come lower than a flat foot has them (kneeling); balls are what stands on the ground.
    return float(max(0.0, -feet[:, 2:].min()))


def turned(motion: Motion) -> float:
    """Gives the heading's whole change, degrees, + = left."""
    heading = np.unwrap(yaw_of(motion.rotations[:, 0]))
    return float(np.degrees(heading[-1] - heading[0]))


def speed(motion: Motion) -> float:
    """Gives metres of way over the ground per second."""
    step = np.linalg.norm(np.diff(motion.root[:, [0, 2]], axis=0), axis=-1)
    return float(step.mean() * FPS)


GROUND = np.array([1, 0, 1], np.float32)
STAYS_M = 0.25
"""A cycle whose next frame would be nearer to its first than this comes back to its place."""


def changes(motion: Motion) -> Array:
    """Gives the change of the joints' velocity from frame to frame, mean over joints, m/s, [frames - 2]."""
    return np.linalg.norm(np.diff(joints_of(motion), n=2, axis=0), axis=-1).mean(-1) * FPS


def pose_changes(motion: Motion) -> Array:
    """Gives how far joints move from frame to frame as seen from the pelvis' way over the ground, mean over
    joints, metres, [frames - 1]: a runner's way is no change of pose. A jump of the way is in `changes`.
    """
    return np.linalg.norm(np.diff(_carried(motion), axis=0), axis=-1).mean(-1)


def _carried(motion: Motion) -> Array:
    """Gives joints with the pelvis over the origin, [frames, 22, 3]."""
    return joints_of(motion) - motion.root[:, None] * GROUND


def loop_seam(motion: Motion) -> tuple[float, float]:
    """Gives pose step (m, the way over the ground left out) and velocity change (m/s) at the seam of a cycle.

    The next round looks as this one does (a cycle makes whole turns); a cycle that goes on over the ground
    starts its next round one step on, at the mean of the speeds at its end and at its start.
    """
    joints, carried = joints_of(motion), _carried(motion)
    step = (motion.root[-1] - motion.root[-2] + motion.root[1] - motion.root[0]) / 2
    way = (motion.root[-1] + step - motion.root[0]) * GROUND
    if np.linalg.norm(way) < STAYS_M:
        way = way * 0
    around = np.concatenate([joints[-3:], joints[:3] + way])
    poses = np.linalg.norm(np.diff(np.concatenate([carried[-3:], carried[:3]]), axis=0), axis=-1).mean(-1)
    velocities = np.linalg.norm(np.diff(around, n=2, axis=0), axis=-1).mean(-1) * FPS
    return float(poses[1:4].max()), float(velocities[1:3].max())


def path_error(motion: Motion, points: NDArray[np.floating]) -> NDArray[np.floating]:
    """Gives the pelvis' distance over the ground from where it should be, metres, [frames]; points [n, 2] are
    passed at even speed.
    """
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=-1))])
    at = np.linspace(0, length[-1], len(motion))
    wanted = np.stack([np.interp(at, length, points[:, k]) for k in (0, 1)], -1)
    return np.linalg.norm(motion.root[:, [0, 2]] - wanted, axis=-1)


def angle_between(a: Array, b: Array) -> Array:
    """Gives the angle between turns, degrees."""
    w = np.abs(multiply(conjugate(a), b)[..., 0]).clip(0, 1)
    return np.degrees(2 * np.arccos(w)).astype(np.float32)


WINDOW_FRAMES, EVERY = 40, 4


def windows(motion: Motion, stride: int = 5) -> Array:
    """Gives joints from the pelvis, heading taken out, of 2-second windows, [windows, 10 · 66]."""
    heading = about("y", -yaw_of(motion.rotations[:, 0]))
    joints = joints_of(motion)
    own = rotate(np.repeat(heading[:, None], 22, 1), joints - joints[:, :1])
    starts = range(0, len(motion) - WINDOW_FRAMES + 1, stride)
    rows = [own[start : start + WINDOW_FRAMES : EVERY].reshape(-1) for start in starts]
    return np.array(rows, np.float32).reshape(len(rows), WINDOW_FRAMES // EVERY * 66)


def nearest(queries: Array, known: Array) -> Array:
    """Gives each query's distance to the nearest known window: root mean square over joints, metres."""
    squares = (queries**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * queries @ known.T
    joints = queries.shape[1] / 3
    return np.sqrt(np.maximum(squares.min(1), 0) / joints)
