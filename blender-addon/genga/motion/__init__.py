"""Motion from sentences on the artist's own armature."""

from ..parts import parts_factory

MODULES = ("properties", "motion_run", "stick_figure", "setting_operators", "motion_operators", "panels")

register, unregister = parts_factory(__package__, MODULES)
