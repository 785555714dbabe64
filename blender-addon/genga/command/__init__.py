"""The command line: `blender -b FILE.blend --command genga image`, `frames` …; from Blender 4.2 on."""

from __future__ import annotations

import atexit
from collections.abc import Sequence

import bpy

_handle = None


def _run(argv: Sequence[str]) -> int:
    from .run_command import run_command

    return run_command(argv)


def register() -> None:
    """Tells Blender of the command."""
    global _handle
    if hasattr(bpy.utils, "register_cli_command"):
        _handle = bpy.utils.register_cli_command("genga", _run)
        # Blender 4.2 to 4.5 as a Python module crash at their end over a command that is still registered.
        atexit.register(unregister)


def unregister() -> None:
    """Takes the command back."""
    global _handle
    atexit.unregister(unregister)
    if _handle is not None:
        bpy.utils.unregister_cli_command(_handle)
        _handle = None
