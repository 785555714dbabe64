"""Motion from sentences on the artist's own armature."""

import importlib

MODULES = ("properties", "motion_run", "stick_figure", "setting_operators", "motion_operators", "panels")


def register() -> None:
    """Registers every part."""
    for name in MODULES:
        importlib.import_module(f".{name}", __package__).register()


def unregister() -> None:
    """Takes every part back, last first."""
    for name in reversed(MODULES):
        importlib.import_module(f".{name}", __package__).unregister()
