"""Few keys within an error: smooth curves whose every frame is checked. Free of `bpy`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Error = Callable[[np.ndarray, int], np.ndarray]
"""(values [n, k], first frame) → error of each of these frames, in shares of what is allowed."""


def slopes_of(values: np.ndarray) -> np.ndarray:
    """Gives the change a frame at each frame, [frames, k]."""
    return np.gradient(values, axis=0) if len(values) > 1 else np.zeros_like(values)


def few_keys(values: np.ndarray, error: Error) -> list[int]:
    """Gives the frames to key, first and last among them, so that cubic curves stay within the error.

    Between two keys the curve is the cubic with the values and slopes of both (Hermite); where it is off by
    more than is allowed, the worst frame gets a key, until none is.
    """
    slopes = slopes_of(values)
    keys = {0, len(values) - 1}
    open_spans = [(0, len(values) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        off = error(hermite(values, slopes, first, last), first)
        worst = int(np.argmax(off[1:-1])) + 1
        if off[worst] > 1:
            keys.add(first + worst)
            open_spans += [(first, first + worst), (first + worst, last)]
    return sorted(keys)


def hermite(values: np.ndarray, slopes: np.ndarray, first: int, last: int) -> np.ndarray:
    """Gives the cubic between two keys at each frame from the first to the last, [n, k]."""
    span = last - first
    t = (np.arange(span + 1) / span)[:, None]
    return (
        (2 * t**3 - 3 * t**2 + 1) * values[first]
        + (t**3 - 2 * t**2 + t) * span * slopes[first]
        + (3 * t**2 - 2 * t**3) * values[last]
        + (t**3 - t**2) * span * slopes[last]
    )
