"""What to do with a picture: keep it, show it, use it in the scene, project it, bake it."""

from . import operators, panels, properties


def register() -> None:
    """Registers properties, operators and panels."""
    properties.register()
    operators.register()
    panels.register()


def unregister() -> None:
    """Takes them back; projections in the file stay."""
    panels.unregister()
    operators.unregister()
    properties.unregister()
