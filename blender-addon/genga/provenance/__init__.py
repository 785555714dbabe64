"""What made a picture, whether that can be proved, and how it stays provable when it is changed."""


def register() -> None:
    """Registers operators and panels."""
    from . import operators, panels

    operators.register()
    panels.register()


def unregister() -> None:
    """Takes them back and forgets what was verified."""
    from . import operators, panels, verified

    panels.unregister()
    operators.unregister()
    verified.forget()
