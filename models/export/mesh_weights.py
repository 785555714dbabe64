"""Reads published image-to-3D weights: safetensors only, never pickles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor

from models.export.bundle import sha256_of
from models.export.errors import ExportError


def read_weights(path: Path) -> dict[str, Tensor]:
    """Gives the state dict of a .safetensors file, or of all of a folder, in float32.

    Raises ExportError for anything else.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    state: dict[str, Tensor] = {}
    for file in weight_files(path):
        try:
            loaded = load_file(file)
        except (SafetensorError, OSError) as error:
            raise ExportError(f"{file.name} cannot be read as safetensors: {error}.") from None
        state |= {name: value.float() for name, value in loaded.items() if value.is_floating_point()}
    return state


def weight_files(path: Path) -> list[Path]:
    """Gives the .safetensors files that a path stands for; a model may be split over several."""
    if path.is_dir():
        # Half-precision twins of the same weights lie beside them.
        found = sorted(file for file in path.glob("*.safetensors") if ".fp16." not in file.name)
        if found:
            return found
        raise ExportError(
            f"{path.name} holds no .safetensors; other checkpoints run code when they are read."
        )
    if path.suffix != ".safetensors":
        raise ExportError(
            f"{path.name} is no safetensors file; other checkpoints run code when they are read. Expected the"
            " model's state dict as .safetensors: safetensors.torch.save_file."
        )
    if not path.is_file():
        raise ExportError(f"{path.name} is not there; expected a .safetensors file.")
    return [path]


def describe_origin(source: str, paths: list[Path]) -> list[dict[str, str]]:
    """Gives entries of `derived_from`: each weight file with its hash."""
    return [
        {
            "name": f"{path.name}/{file.name}" if path.is_dir() else file.name,
            "source": source,
            "sha256": sha256_of(file),
        }
        for path in paths
        for file in weight_files(path)
    ]


def read_config(file: Path) -> dict[str, Any]:
    """Reads a JSON file of a pipeline folder. Raises ExportError if it is not there or no JSON object."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExportError(f"{file.parent.name}/{file.name} is missing; expected a pipeline folder.") from None
    except json.JSONDecodeError as error:
        raise ExportError(f"{file.parent.name}/{file.name} is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise ExportError(f"{file.parent.name}/{file.name} holds no object.")
    return content
