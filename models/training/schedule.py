"""The learning rate over a training: it warms up, stays, and falls to a fiftieth at the end."""

from __future__ import annotations

END = 0.02
"""Share of the rate that is left at the end."""


def schedule_seconds(before: float, minutes: float, total_minutes: float = 0) -> float:
    """Gives the length of a schedule, of which `before` seconds are done and `minutes` come now.

    A run that goes on beyond `total_minutes` extends it: at its end the rate is too low to learn anything.
    """
    return max(total_minutes * 60, before + minutes * 60)


def rate_share(step: int, seconds: float, total: float, *, warm_up: int, fall: float) -> float:
    """Gives the share of the rate, up to 1, of a step `seconds` into a schedule of `total`.

    warm_up: steps until the whole rate; fall: last share of the schedule, in which it falls.
    """
    left = 1 - min(seconds / total, 1)
    return min(1.0, (step + 1) / warm_up) * min(1.0, left / fall + END)
