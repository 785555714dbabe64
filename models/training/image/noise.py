"""Noise fields that both the rendered looks and the network take from one sample of Gaussian noise.

A picture's texture (pigment, paper grain, clouds, tufts of grass) is a fixed function of the same noise that
is later the
network's `sample`. So a single step of regression can learn texture: what would be an unknown to average over
is an input.
"""

from __future__ import annotations

import numpy as np

LEVELS = (2, 4, 8, 16, 32)
"""Side in pixels of the squares that are averaged for each octave."""


def gaussian_sample(seed: int, height: int, width: int) -> np.ndarray:
    """Gives the noise of a picture, float32 [3, height, width], standard normal."""
    return np.random.default_rng([seed, 77]).standard_normal((3, height, width), np.float32)


def octave(channel: np.ndarray, size: int) -> np.ndarray:
    """Gives value noise of unit variance at the knots: means of size² squares x size, bilinear between their
    centres.

    channel is [height, width] with sides divisible by size; so is the result. Equals torch's
    `interpolate(avg_pool2d(x, size) *
    size, scale_factor=size, mode="bilinear", align_corners=False)`.
    """
    height, width = channel.shape
    means = channel.reshape(height // size, size, width // size, size).mean((1, 3)) * size
    return _upsample_axis(_upsample_axis(means, size, 0), size, 1)


def _upsample_axis(values: np.ndarray, size: int, axis: int) -> np.ndarray:
    count = values.shape[axis]
    position = np.clip((np.arange(count * size) + 0.5) / size - 0.5, 0, count - 1)
    low = np.minimum(position.astype(np.int64), count - 1)
    high = np.minimum(low + 1, count - 1)
    shape = [1, 1]
    shape[axis] = -1
    mix = (position - low).astype(np.float32).reshape(shape)
    return np.take(values, low, axis) * (1 - mix) + np.take(values, high, axis) * mix


def fields(sample: np.ndarray) -> dict[str, np.ndarray]:
    """Gives the named noise fields [height, width] of a sample [3, height, width]; about unit variance each.

    wash: broad and soft (pigment, clouds) · patch: middle (tufts, blotches) · grain: fine (paper).
    """
    broad, middle, fine = sample
    wash = 0.62 * octave(broad, 32) + 0.5 * octave(broad, 16) + 0.35 * octave(middle, 8)
    patch = 0.8 * octave(middle, 8) + 0.45 * octave(middle, 4)
    grain = 0.7 * octave(fine, 2) + 0.3 * fine
    return {"wash": wash * 1.6, "patch": patch * 1.4, "grain": grain}
