"""Image sequences from frame ranges."""

from ..parts import parts_factory

MODULES = ("properties", "sequence", "animation_operators", "panel")

register, unregister = parts_factory(__package__, MODULES)
