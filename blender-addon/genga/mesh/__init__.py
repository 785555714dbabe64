"""Meshes from words or a picture, and textures painted onto the artist's own meshes."""

import importlib

MODULES = (
    "properties",
    "mesh_run",
    "texture_run",
    "setting_operators",
    "mesh_operators",
    "set_operators",
    "texture_operators",
    "panels",
    "texture_panel",
)


def register() -> None:
    """Registers every part."""
    for name in MODULES:
        importlib.import_module(f".{name}", __package__).register()


def unregister() -> None:
    """Takes every part back, last first."""
    for name in reversed(MODULES):
        importlib.import_module(f".{name}", __package__).unregister()
