"""Image sequences from frame ranges."""

import importlib

MODULES = ("properties", "sequence", "animation_operators", "panel")


def register() -> None:
    """Registers every part."""
    for name in MODULES:
        importlib.import_module(f".{name}", __package__).register()


def unregister() -> None:
    """Takes every part back, last first."""
    for name in reversed(MODULES):
        importlib.import_module(f".{name}", __package__).unregister()
