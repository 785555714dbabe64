"""The Genga tab: its root panel with the state of the core."""

from __future__ import annotations

from . import status


def register() -> None:
    """Registers the panels."""
    status.register()


def unregister() -> None:
    """Takes the panels back."""
    status.unregister()
