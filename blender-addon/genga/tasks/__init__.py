"""What every task of the core shares: which are offered, choice of models, seeds, running, progress, Esc.

The package of a task (`generate` for "image", `motion`, `mesh`) builds on this one; it registers its panels
with a `poll` that gives `offers(task)`. Nothing is shown of a task until a core lists it in
`welcome.capabilities.tasks`.
"""

from __future__ import annotations

from genga_client.protocol import Task

from .. import session
from ..parts import parts_factory

MODULES = ("opened_file", "escape", "live_preview")


def offers(task: Task) -> bool:
    """Whether the core makes this; without a core that said anything yet, pictures are assumed."""
    welcome = session.get().welcome
    return task == "image" if welcome is None else task in welcome.capabilities.tasks


register, unregister = parts_factory(__package__, MODULES)
