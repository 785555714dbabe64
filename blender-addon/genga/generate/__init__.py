"""Pictures of the scene: settings, Generate, queue, history."""

import importlib

MODULES = (
    "properties",
    "generation",
    "generate_operators",
    "setting_operators",
    "history_operators",
    "queue_operators",
    "mask_operators",
    "mask_overlay",
    "menus",
    "panels",
    "control_panels",
    "list_panels",
)


def register() -> None:
    """Registers every part."""
    for name in MODULES:
        importlib.import_module(f".{name}", __package__).register()


def unregister() -> None:
    """Takes every part back, last first."""
    for name in reversed(MODULES):
        importlib.import_module(f".{name}", __package__).unregister()
