"""The .blend that a command saves."""

from __future__ import annotations

from pathlib import Path

import bpy
from genga_client import GengaError

from .arguments import UsageError


def blend_output(given: str | None) -> Path:
    """Gives the file of `--output`, by default the one that was opened. Raises UsageError."""
    if given is None:
        if not bpy.data.filepath:
            raise UsageError("The file was never saved; say where with --output.")
        return Path(bpy.data.filepath)
    output = Path(bpy.path.abspath(given)).absolute()
    if output.suffix.lower() != ".blend":
        raise UsageError(f'"{output.name}" is no .blend.')
    return output


def save_blend(output: Path) -> None:
    """Saves the open file there. Raises GengaError STORAGE_FULL."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        bpy.ops.wm.save_as_mainfile(filepath=str(output), copy=output != Path(bpy.data.filepath))
    except (OSError, RuntimeError) as error:
        raise GengaError(
            "STORAGE_FULL", f"{output} cannot be written: {error}.", remedy="Choose another folder."
        ) from error
