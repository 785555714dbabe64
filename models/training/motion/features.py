"""What the network sees of a motion: one row of numbers a frame, and the way back.

The root is absolute, in metres from the first frame's place, so that paths and key poses are plain values
of it (as in CondMDI, Cohan et al. 2024, section 4.1) and nothing drifts by integration. Joint turns decode
through forward kinematics, so bones keep their length whatever the network says.
"""

from __future__ import annotations

import numpy as np

from .motion import Motion, contacts_of, joints_of
from .rotations import Array, about, conjugate, continuous, from_six_numbers, multiply, six_numbers, yaw_of

GROUPS = {
    "path": slice(0, 2),
    "height": slice(2, 3),
    "heading": slice(3, 5),
    "pose": slice(5, 137),
    "contacts": slice(137, 141),
}
"""Columns of a row: x and z of the pelvis · its height · sine and cosine of the heading · six numbers for
each joint's turn, the pelvis' without the heading · contacts of skeleton.FEET, 0 or 1.
"""
CONDITIONS = ("path", "height", "heading", "pose")
"""Groups that can be given for a frame."""
WIDTH = 141
WINDOW = 160
"""Frames that the network makes at once: 8 seconds."""


def to_features(motion: Motion) -> Array:
    """Gives [frames, WIDTH]. The motion should be faced forward (motion.faced_forward)."""
    heading = np.unwrap(yaw_of(motion.rotations[:, 0]))
    turns = motion.rotations.copy()
    turns[:, 0] = multiply(conjugate(about("y", heading)), turns[:, 0])
    rows = [
        motion.root[:, [0, 2]],
        motion.root[:, 1:2],
        np.stack([np.sin(heading), np.cos(heading)], -1),
        six_numbers(turns).reshape(len(motion), -1),
        contacts_of(joints_of(motion)),
    ]
    return np.concatenate(rows, 1).astype(np.float32)


def from_features(features: Array) -> Motion:
    """Gives the motion of rows [frames, WIDTH]."""
    path, heading = features[:, GROUPS["path"]], features[:, GROUPS["heading"]]
    root = np.stack([path[:, 0], features[:, 2], path[:, 1]], -1)
    turns = from_six_numbers(features[:, GROUPS["pose"]].reshape(len(features), 22, 6))
    turns[:, 0] = multiply(about("y", np.arctan2(heading[:, 0], heading[:, 1])), turns[:, 0])
    return Motion(root.astype(np.float32), continuous(turns))
