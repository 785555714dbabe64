"""The operator that draws another seed; each task registers its own."""

from __future__ import annotations

import random

from .sampling_properties import SEED_MAX


def random_seed() -> int:
    """Gives a fresh seed."""
    return random.SystemRandom().randint(0, SEED_MAX)


class NewSeed:
    """Of an operator: draws another seed."""

    bl_options = {"REGISTER", "UNDO"}
    settings: str
    """Name of the scene's settings, which have `seed` and `lock_seed`."""
    locks = True
    """Whether the seed is kept from then on."""

    def execute(self, context):
        """Draws it."""
        props = getattr(context.scene, self.settings)
        props.seed = random_seed()
        props.lock_seed = props.lock_seed or self.locks
        return {"FINISHED"}


def draw_seed(layout, props, operator: str) -> None:
    """Draws seed, lock and the button for another one."""
    row = layout.row(align=True)
    row.prop(props, "seed")
    row.prop(props, "lock_seed", text="", icon="LOCKED" if props.lock_seed else "UNLOCKED")
    row.operator(operator, text="", icon="FILE_REFRESH")
