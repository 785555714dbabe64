"""Pictures of the scene: settings, Generate, queue, history."""

from ..parts import parts_factory

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

register, unregister = parts_factory(__package__, MODULES)
