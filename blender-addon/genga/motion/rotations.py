"""Rotations of many frames at once. Quaternions are x, y, z, w. Free of `bpy`."""

from __future__ import annotations

import numpy as np


def matrices_of(quaternions: np.ndarray) -> np.ndarray:
    """Gives unit quaternions, [..., 4], as matrices, [..., 3, 3]."""
    x, y, z, w = np.moveaxis(np.asarray(quaternions, np.float64), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def quaternions_of(matrices: np.ndarray) -> np.ndarray:
    """Gives rotation matrices, [..., 3, 3], as unit quaternions, [..., 4]; lengths of the axes do not matter.

    By the largest of the four squares, which is never small (Shepperd 1978).
    """
    m = np.asarray(matrices, np.float64)
    m = m / np.linalg.norm(m, axis=-2, keepdims=True)
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    squares = np.stack([2 * m[..., i, i] - trace for i in range(3)] + [trace], -1)
    found = np.empty((*trace.shape, 4))
    best = np.argmax(squares, -1)
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        one = np.empty_like(found)
        one[..., i] = 1 - trace + 2 * m[..., i, i]
        one[..., j] = m[..., j, i] + m[..., i, j]
        one[..., k] = m[..., k, i] + m[..., i, k]
        one[..., 3] = m[..., k, j] - m[..., j, k]
        found[best == i] = one[best == i]
    one = np.stack(
        [
            m[..., 2, 1] - m[..., 1, 2],
            m[..., 0, 2] - m[..., 2, 0],
            m[..., 1, 0] - m[..., 0, 1],
            1 + trace,
        ],
        -1,
    )
    found[best == 3] = one[best == 3]
    return found / np.linalg.norm(found, axis=-1, keepdims=True)


def continuous(quaternions: np.ndarray) -> np.ndarray:
    """Gives quaternions of following frames, [frames, 4], with signs that never jump."""
    found = np.array(quaternions, np.float64)
    if len(found) < 2:
        return found
    turned = np.sum(found[1:] * found[:-1], -1) < 0
    found[1:][np.cumsum(turned) % 2 == 1] *= -1
    return found


def angles_between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Gives the angles between rotations, radians; quaternions need not be of length 1."""
    a = one / np.linalg.norm(one, axis=-1, keepdims=True)
    b = other / np.linalg.norm(other, axis=-1, keepdims=True)
    b = np.where(np.sum(a * b, -1, keepdims=True) < 0, -b, b)
    return 2 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))


def between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Gives the smallest rotation that turns one direction into another, [3, 3]."""
    a = start / np.linalg.norm(start)
    b = end / np.linalg.norm(end)
    axis = np.cross(a, b)
    cosine = float(a @ b)
    if cosine < -1 + 1e-9:
        side = np.cross(a, (1.0, 0, 0) if abs(a[0]) < 0.9 else (0, 1.0, 0))
        side /= np.linalg.norm(side)
        return 2 * np.outer(side, side) - np.eye(3)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + cross + cross @ cross / (1 + cosine)
