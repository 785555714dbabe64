"""Quaternions (w, x, y, z) and the six numbers of two matrix columns, as arrays of any leading shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float32]


def from_scipy(rotation: Rotation, shape: tuple[int, ...]) -> Array:
    """Gives quaternions [*shape, 4] of scipy's rotations (there x, y, z, w)."""
    xyzw = rotation.as_quat().reshape(*shape, 4)
    return np.concatenate([xyzw[..., 3:], xyzw[..., :3]], -1).astype(np.float32)


def from_matrix(matrix: NDArray[np.floating]) -> Array:
    """Gives quaternions [..., 4] of rotation matrices [..., 3, 3]."""
    return from_scipy(Rotation.from_matrix(matrix.reshape(-1, 3, 3)), matrix.shape[:-2])


def to_matrix(q: NDArray[np.floating]) -> Array:
    """Gives rotation matrices [..., 3, 3]."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, -1) for row in rows], -2).astype(np.float32)


def multiply(a: Array, b: Array) -> Array:
    """Gives a ∘ b: first b turns, then a."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        -1,
    )


def conjugate(q: Array) -> Array:
    """Gives the inverse of unit quaternions."""
    return q * np.array([1, -1, -1, -1], q.dtype)


def rotate(q: Array, vector: Array) -> Array:
    """Turns vectors [..., 3]."""
    twice = 2 * np.cross(q[..., 1:], vector)
    return vector + q[..., :1] * twice + np.cross(q[..., 1:], twice)


def about(axis: str, radians: NDArray[np.floating] | float) -> Array:
    """Gives turns about "x", "y" or "z" by angles [...], as [..., 4]."""
    half = np.asarray(radians, np.float32) / 2
    q = np.zeros((*half.shape, 4), np.float32)
    q[..., 0], q[..., 1 + "xyz".index(axis)] = np.cos(half), np.sin(half)
    return q


def slerp(a: Array, b: Array, share: NDArray[np.floating] | float) -> Array:
    """Gives the turn at share (0 = a, 1 = b) of the short way from a to b."""
    share = np.asarray(share, np.float32)[..., None]
    dot = (a * b).sum(-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0, 1))
    sine = np.maximum(np.sin(angle), 1e-6)
    near = np.sin(angle) < 1e-4
    mixed = np.where(
        near,
        a * (1 - share) + b * share,
        (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / sine,
    )
    return (mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)).astype(np.float32)


def continuous(q: Array) -> Array:
    """Flips signs so that neighbours in time, axis 0, never lie more than half a turn apart in 4D."""
    sign = np.sign((q[1:] * q[:-1]).sum(-1))
    sign[sign == 0] = 1
    flips = np.concatenate([np.ones((1, *sign.shape[1:])), np.cumprod(sign, 0)])
    return (q * flips[..., None]).astype(np.float32)


def six_numbers(q: Array) -> Array:
    """Gives the first two columns of the matrices, [..., 6] (Zhou et al. 2019, section 4.2)."""
    matrix = to_matrix(q)
    return np.concatenate([matrix[..., 0], matrix[..., 1]], -1)


def from_six_numbers(six: NDArray[np.floating]) -> Array:
    """Gives quaternions of two columns [..., 6] that need not be unit or square to each other."""
    first = six[..., :3] / np.linalg.norm(six[..., :3], axis=-1, keepdims=True)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdims=True) * first
    second = second / np.linalg.norm(second, axis=-1, keepdims=True)
    return from_matrix(np.stack([first, second, np.cross(first, second)], -1))


def yaw_of(q: Array) -> NDArray[np.float32]:
    """Gives the heading about +Y of turns, radians: where +Z is turned to, 0 = +Z, +π/2 = +X."""
    forward = rotate(q, np.broadcast_to(np.array([0, 0, 1], np.float32), (*q.shape[:-1], 3)))
    return np.arctan2(forward[..., 0], forward[..., 2])
