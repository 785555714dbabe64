"""The one skeleton of the project: 22 joints in the order of HumanML3D, a generic adult of 1.70 m.

Rest pose: T-pose facing +Z, +Y up, left = +X, metres; identity rotations give it. Angles are right-handed.
"""

from __future__ import annotations

import numpy as np

FPS = 20
"""Frames a second of all training data."""
NAMES = (
    "pelvis",
    "left_hip",
    "right_hip",
    "spine1",
    "left_knee",
    "right_knee",
    "spine2",
    "left_ankle",
    "right_ankle",
    "spine3",
    "left_foot",
    "right_foot",
    "neck",
    "left_collar",
    "right_collar",
    "head",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
)
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
OFFSETS = np.array(
    [
        (0.0, 0.0, 0.0),
        (0.09009, -0.07928, 0.0),
        (-0.09009, -0.07928, 0.0),
        (0.0, 0.11, 0.0),
        (0.0, -0.4, 0.0),
        (0.0, -0.4, 0.0),
        (0.0, 0.13, 0.0),
        (0.0, -0.41, 0.0),
        (0.0, -0.41, 0.0),
        (0.0, 0.12, 0.0),
        (0.0, -0.06976, 0.12138),
        (0.0, -0.06976, 0.12138),
        (0.0, 0.16979, 0.00849),
        (0.09009, 0.07928, 0.0),
        (-0.09009, 0.07928, 0.0),
        (0.0, 0.11915, 0.0143),
        (0.11985, 0.00599, 0.0),
        (-0.11985, 0.00599, 0.0),
        (0.27, 0.0, 0.0),
        (-0.27, 0.0, 0.0),
        (0.25, 0.0, 0.0),
        (-0.25, 0.0, 0.0),
    ],
    np.float32,
)
"""Of each joint from its parent, metres, in the rest pose."""
PAIRS = ((1, 2), (4, 5), (7, 8), (10, 11), (13, 14), (16, 17), (18, 19), (20, 21))
"""Left and right joints of the same name."""
JOINT = {name: index for index, name in enumerate(NAMES)}
FEET = (JOINT["left_ankle"], JOINT["right_ankle"], JOINT["left_foot"], JOINT["right_foot"])
"""Joints whose contacts with the ground are known: ankles, then balls of the feet."""
THIGH, SHIN, UPPER_ARM, FOREARM = 0.4, 0.41, 0.27, 0.25
"""Bone lengths, metres."""
ANKLE_HEIGHT, BALL_FORWARD = 0.06976, 0.12138
"""Of the ankle above the ball of a flat foot, and of the ball in front of the ankle, metres."""
SOLE = 0.03
"""Of the ball's joint above the ground, metres: the median over the recorded clips."""
STANDING_HEIGHTS = np.array([SOLE + ANKLE_HEIGHT] * 2 + [SOLE] * 2, np.float32)
"""Of FEET above the ground when a foot stands flat, metres."""
