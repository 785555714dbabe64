"""Finds jumps in recordings: a rest pose in front, a lost marker, half a turn from one frame to the next."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from .motion import Motion, faced_forward, joints_of

JUMP = 0.25
"""A joint that goes so much farther in one frame than twice its way in the frames around has jumped, metres;
the rule of core/src/motion/unbroken.ts."""


def jumps(motion: Motion) -> list[int]:
    """Gives the frames at which a joint has jumped since the frame before, as seen from the pelvis."""
    joints = joints_of(motion)
    way = np.linalg.norm(np.diff(joints - joints[:, :1], axis=0), axis=-1)
    around = np.pad(way, ((1, 1), (0, 0)))
    jumped = way - 2 * np.maximum(around[:-2], around[2:]) > JUMP
    return (np.flatnonzero(jumped.any(1)) + 1).tolist()


def unbroken(motion: Motion) -> Motion:
    """Gives the longest part in which no joint jumps, from the origin and facing +Z; the motion itself if
    none does.
    """
    breaks = [0, *jumps(motion), len(motion)]
    if len(breaks) == 2:
        return motion
    first, last = max(pairwise(breaks), key=lambda part: part[1] - part[0])
    part = replace(motion, root=motion.root[first:last], rotations=motion.rotations[first:last])
    return faced_forward(part)
