"""Draws motions of all recipes; the same seed gives the same motions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..motion import Motion
from .gestures import gesturing, idling
from .locomotion import going, turning
from .postures import (
    crouching,
    jumping,
    jumping_jacks,
    kicking,
    kneeling,
    picking_up,
    sitting,
    squatting,
    stretching,
)

Recipe = Callable[[np.random.Generator, float], Motion]
RECIPES: dict[str, tuple[Recipe, float, tuple[float, float]]] = {
    "going": (going, 8.0, (3.0, 9.6)),
    "turning": (turning, 2.0, (3.0, 6.0)),
    "gesture": (gesturing, 6.0, (2.6, 7.0)),
    "idle": (idling, 0.8, (2.5, 8.0)),
    "squat": (squatting, 0.8, (2.5, 8.0)),
    "crouch": (crouching, 0.7, (2.5, 6.0)),
    "sit": (sitting, 1.8, (2.6, 7.0)),
    "jump": (jumping, 1.6, (2.2, 6.0)),
    "jacks": (jumping_jacks, 0.5, (3.0, 8.0)),
    "kick": (kicking, 1.0, (2.4, 4.0)),
    "pick": (picking_up, 1.2, (3.0, 5.0)),
    "kneel": (kneeling, 0.8, (3.0, 6.0)),
    "stretch": (stretching, 0.6, (3.2, 6.0)),
}
"""Recipe, how often it is drawn, shortest and longest in seconds."""


def generate(seed: int, number: int, recipe: str | None = None) -> Motion:
    """Gives motion `number` of the endless list that the seed names; recipe forces one."""
    rng = np.random.default_rng([seed, number, 31])
    weights = np.array([weight for _, weight, _ in RECIPES.values()])
    name = recipe or str(rng.choice(list(RECIPES), p=weights / weights.sum()))
    make, _, (shortest, longest) = RECIPES[name]
    motion = make(rng, round(float(rng.uniform(shortest, longest)), 2))
    return replace(
        motion, source=f"procedural:{seed}:{number}:{motion.source}", group=f"procedural:{seed}:{number}"
    )
