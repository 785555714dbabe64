"""Meshes from words or a picture, and textures painted onto the artist's own meshes."""

from ..parts import parts_factory

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

register, unregister = parts_factory(__package__, MODULES)
