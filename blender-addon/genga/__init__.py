"""Genga for Blender: guided pictures from the scene, made by a core on this machine, every file signed."""

import importlib

# In this order, one line each; each has `register` and `unregister` and leaves nothing behind.
MODULES = (
    "translations",
    "preferences",
    "session",
    "panels",
    "tasks",
    "capture",
    "generate",
    "results",
    "provenance",
    "maps",
    "animation",
    "motion",
    "mesh",
    "command",
)


def register() -> None:
    """Registers every part; if one fails, those before it are taken back."""
    done = []
    try:
        for name in MODULES:
            module = importlib.import_module(f".{name}", __package__)
            module.register()
            done.append(module)
    except Exception:
        for module in reversed(done):
            module.unregister()
        raise


def unregister() -> None:
    """Takes every part back, last first; one that fails does not keep the others."""
    failed = None
    for name in reversed(MODULES):
        try:
            importlib.import_module(f".{name}", __package__).unregister()
        except Exception as error:
            failed = failed or error
    if failed is not None:
        raise failed
