"""The 22 joints that motion is made on: names, parents, rest pose. Free of `bpy`.

The numbers are those of core/src/motion/skeleton.ts: a T-pose in metres, +Y up, facing +Z, left = +X.
"""

from __future__ import annotations

import numpy as np

JOINTS = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle",
    "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
"""Names in the order of the protocol's `Joint`."""
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
"""Index of each joint's parent; -1 = none."""
OFFSETS = np.array(
    [
        (0, 0, 0), (0.09009, -0.07928, 0), (-0.09009, -0.07928, 0), (0, 0.11, 0), (0, -0.4, 0), (0, -0.4, 0),
        (0, 0.13, 0), (0, -0.41, 0), (0, -0.41, 0), (0, 0.12, 0), (0, -0.06976, 0.12138),
        (0, -0.06976, 0.12138), (0, 0.16979, 0.00849), (0.09009, 0.07928, 0), (-0.09009, 0.07928, 0),
        (0, 0.11915, 0.0143), (0.11985, 0.00599, 0), (-0.11985, 0.00599, 0), (0.27, 0, 0), (-0.27, 0, 0),
        (0.25, 0, 0), (-0.25, 0, 0),
    ]
)  # fmt: skip
"""Place of each joint from its parent in the rest pose, metres, [22, 3]."""
LEGS = ("pelvis", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")
"""Joints without which nothing can walk."""


def chain_of(joint: str) -> tuple[str, ...]:
    """Gives a joint and its parents up to the pelvis."""
    index, found = JOINTS.index(joint), []
    while index >= 0:
        found.append(JOINTS[index])
        index = PARENTS[index]
    return tuple(found)
