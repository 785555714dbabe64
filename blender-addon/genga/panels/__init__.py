"""The Genga tab: its root panel with the state of the core, and the core's buttons."""

from __future__ import annotations

from . import core_operators, status


def register() -> None:
    """Registers operators and panels."""
    core_operators.register()
    status.register()


def unregister() -> None:
    """Takes panels and operators back."""
    status.unregister()
    core_operators.unregister()
