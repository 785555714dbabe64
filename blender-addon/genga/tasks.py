"""Which tasks the connected core offers; panels of a task show themselves by it.

The package of a task (`generate` for "image") registers its panels with a `poll` that gives `offers(task)`.
The package of another task of the protocol is one more line in `MODULES` of the add-on; nothing is shown of
it until a core lists the task in `welcome.capabilities.tasks`.
"""

from __future__ import annotations

from genga_client.protocol import Task

from . import session


def offers(task: Task) -> bool:
    """Whether the core makes this; without a core that said anything yet, pictures are assumed."""
    welcome = session.get().welcome
    return task == "image" if welcome is None else task in welcome.capabilities.tasks
