"""The menu of what a task's model knows; each task registers its own."""

from __future__ import annotations

from collections.abc import Sequence

from genga_client.protocol import BundleSummary, MeshCategory, MotionAction, Task

from .recommended import meant_bundle

SHOWN = 3
"""Prompts of each kind in the menu."""
COLUMNS = 3


class KnownPromptsMenu:
    """Of a menu: lists prompts that the model was made with, by kind."""

    task: Task
    settings: str
    """Name of the scene's settings, which have `bundle`."""
    operator: str
    """Name of the operator that takes `prompt`."""

    def draw(self, context):
        """Lists them."""
        bundle = meant_bundle(getattr(context.scene, self.settings).bundle, self.task)
        known = known_kinds(bundle)
        if not known:
            self.layout.label(text="Known once the core runs")
            return
        grid = self.layout.grid_flow(row_major=False, columns=COLUMNS if len(known) > 8 else 1)
        for kind in known:
            column = grid.column(align=True)
            column.label(text=kind.name.replace("_", " ").capitalize(), translate=False)
            for prompt in kind.prompts[:SHOWN]:
                column.operator(self.operator, text=prompt, translate=False).prompt = prompt


def known_kinds(bundle: BundleSummary | None) -> Sequence[MeshCategory | MotionAction]:
    """Gives the things or actions that a model knows, in its own order."""
    if bundle is None:
        return []
    if bundle.mesh is not None:
        return bundle.mesh.categories
    return bundle.motion.actions if bundle.motion is not None else []
