"""Curves over time that recipes are made of."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ..skeleton import FPS

Array = NDArray[np.float32]


def seconds(frames: int) -> Array:
    """Gives the time of each frame."""
    return np.arange(frames, dtype=np.float32) / FPS


def smooth(share: NDArray[np.floating]) -> Array:
    """Gives the minimum-jerk course from 0 to 1 (Flash and Hogan 1985) of shares; outside it stays."""
    s = np.clip(share, 0, 1)
    return np.clip(s**3 * (10 - 15 * s + 6 * s * s), 0, 1).astype(np.float32)  # rounding may pass 1


def ramp(time: Array, start: float, length: float) -> Array:
    """Gives 0 before start, 1 after start + length, the minimum-jerk course between, seconds."""
    return smooth((time - start) / max(length, 1e-3))


def hold(time: Array, start: float, rise: float, stay: float, fall: float) -> Array:
    """Gives a plateau: 0, up within `rise`, 1 for `stay`, down within `fall`."""
    return ramp(time, start, rise) - ramp(time, start + rise + stay, fall)


def through(time: Array, keys: list[tuple[float, float]]) -> Array:
    """Gives the course through (second, value) keys, at rest in each."""
    value = np.full(len(time), keys[0][1], np.float32)
    for (before, a), (after, b) in itertools.pairwise(keys):
        value += (b - a) * ramp(time, before, after - before)
    return value


def drift(rng: np.random.Generator, time: Array, size: float, period: float = 3.0) -> Array:
    """Gives slow sway without a direction: three sines of random phase, about `size` at most."""
    total = np.zeros(len(time), np.float32)
    for part in (1.0, 1.7, 2.9):
        total += np.sin(2 * np.pi * part * time / period + rng.uniform(0, 2 * np.pi)) / part / 2
    return total * np.float32(size)
