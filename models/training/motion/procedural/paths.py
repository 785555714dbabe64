"""Ways over the ground at a speed, as tracks that a gait can follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeleton import FPS
from .ease import ramp, seconds
from .gait import Track

Array = NDArray[np.float32]
TURN_STEP = 0.7
"""Radians that a step turns the body on the spot."""
TURN_STEP_SCALE = 0.35
"""`Gait.step_scale` that belongs to a turn on the spot: many small steps."""


def speed_profile(frames: int, speed: float, start: bool, stop: bool) -> Array:
    """Gives m/s per frame; start and stop: whether the way begins and ends standing, with half a second of
    rest.
    """
    time = seconds(frames)
    profile = np.full(frames, speed, np.float32)
    ease = 0.5 + 0.25 * speed
    if start:
        profile *= ramp(time, 0.4, ease)
    if stop:
        profile *= 1 - ramp(time, time[-1] - 0.9 - ease, ease)
    return profile


def curve(profile: Array, turn_rate: Array, heading_offset: float = 0.0) -> Track:
    """Gives the way of a point with a speed (m/s) and a turn rate (radians a metre, + = left).

    heading_offset: of the body against its way: 0 forward, π backward, ±π/2 sideways.
    """
    step = profile / FPS
    way = np.concatenate([[0.0], np.cumsum((turn_rate * step)[:-1])])
    way = way - heading_offset
    x = np.concatenate([[0.0], np.cumsum((np.sin(way) * step)[:-1])])
    z = np.concatenate([[0.0], np.cumsum((np.cos(way) * step)[:-1])])
    heading = way + heading_offset
    return Track(np.stack([x, z], -1).astype(np.float32), heading.astype(np.float32), profile)


def turn_on_the_spot(frames: int, angle: float, start: float, length: float) -> Track:
    """Gives a turn by an angle (+ = left) within a time, seconds, without going anywhere."""
    time = seconds(frames)
    share = ramp(time, start, length)
    rate = np.abs(np.gradient(share * angle, 1 / FPS))
    # The pace at which `step_length` gives a step for each TURN_STEP radians.
    pace = np.where(rate > 0.05, (0.62 * TURN_STEP_SCALE * rate / TURN_STEP) ** (1 / 0.58), 0).astype(
        np.float32
    )
    return Track(np.zeros((frames, 2), np.float32), (share * angle).astype(np.float32), pace)
