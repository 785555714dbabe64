"""What can be done to feature rows directly, without going back to turns: cheap enough for every batch."""

from __future__ import annotations

import numpy as np

from .features import GROUPS
from .rotations import Array
from .skeleton import PAIRS

SIGNS = np.array([1, -1, -1, -1, 1, 1], np.float32)
"""Of six numbers seen in a mirror at x = 0: diag(-1, 1, 1) · matrix · diag(-1, 1, 1)."""
SWAPPED_JOINTS = np.arange(22)
for _left, _right in PAIRS:
    SWAPPED_JOINTS[[_left, _right]] = _right, _left
SWAPPED_FEET = [1, 0, 3, 2]


def moved(rows: Array, turn: float, place: Array) -> Array:
    """Turns rows about the origin by an angle about +Y (radians, + = left), then moves them by (x, z)."""
    sine, cosine = np.float32(np.sin(turn)), np.float32(np.cos(turn))
    x, z = rows[:, 0], rows[:, 1]
    s, c = rows[:, 3], rows[:, 4]
    new = rows.copy()
    new[:, 0], new[:, 1] = x * cosine + z * sine + place[0], -x * sine + z * cosine + place[1]
    new[:, 3], new[:, 4] = s * cosine + c * sine, c * cosine - s * sine
    return new


def forward(rows: Array) -> Array:
    """Moves and turns rows so that the first frame is at x = z = 0 and faces +Z."""
    there = rows.copy()
    there[:, :2] -= rows[0, :2]
    return moved(there, -float(np.arctan2(rows[0, 3], rows[0, 4])), np.zeros(2, np.float32))


def mirrored(rows: Array) -> Array:
    """Gives the rows seen in a mirror at x = 0."""
    new = rows.copy()
    new[:, 0], new[:, 3] = -rows[:, 0], -rows[:, 3]
    pose = rows[:, GROUPS["pose"]].reshape(len(rows), 22, 6)[:, SWAPPED_JOINTS] * SIGNS
    new[:, GROUPS["pose"]] = pose.reshape(len(rows), -1)
    new[:, GROUPS["contacts"]] = rows[:, GROUPS["contacts"]][:, SWAPPED_FEET]
    return new


def followed(first: Array, second: Array, overlap: int = 10) -> tuple[Array, int]:
    """Gives `second` after `first`, mixed over `overlap` frames, and the frame in the middle of the seam.

    Six numbers are mixed as they are: between neighbouring poses they stay near to a rotation.
    """
    overlap = max(1, min(overlap, len(first) // 2, len(second) // 2))
    meet = len(first) - overlap
    turn = float(np.arctan2(first[meet, 3], first[meet, 4]))
    after = moved(forward(second), turn, first[meet, :2])
    share = np.linspace(0, 1, overlap + 2, dtype=np.float32)[1:-1, None]
    share = share * share * (3 - 2 * share)
    mixed = first[meet:] * (1 - share) + after[:overlap] * share
    heading = mixed[:, GROUPS["heading"]]
    mixed[:, GROUPS["heading"]] = heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-3)
    mixed[:, GROUPS["contacts"]] = mixed[:, GROUPS["contacts"]] > 0.5
    return np.concatenate([first[:meet], mixed, after[overlap:]]), meet + overlap // 2
