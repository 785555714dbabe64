"""Reads a training-data declaration: a JSON list of data sets, or the word `undeclared`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Literal

from models.export.errors import ExportError

REQUIRED = ("name", "source", "licence", "used_for")
OPTIONAL = ("sha256", "notice")
SHA256 = re.compile(r"[0-9a-f]{64}")


def read_training_data(argument: str) -> list[dict[str, str]] | Literal["undeclared"]:
    """Gives the declaration that stands in a file, or `undeclared`.

    Each entry has `name`, `source`, `licence` and `used_for`, and may have `sha256` and `notice`; all are
    text. An empty list declares that nothing was used. Raises ExportError for anything else.
    """
    if argument == "undeclared":
        return "undeclared"
    file = Path(argument)
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExportError(
            f"{file.name} is not there; expected a file with the declaration, or: undeclared."
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ExportError(f"{file.name} is not JSON: {error}.") from None
    if not isinstance(entries, list):
        raise ExportError(f"{file.name} holds a {type(entries).__name__}; expected a list of data sets.")
    for number, entry in enumerate(entries, start=1):
        _check_entry(entry, f"{file.name}, data set {number}")
    return entries


def _check_entry(entry: object, where: str) -> None:
    if not isinstance(entry, dict):
        raise ExportError(f"{where} is {entry!r}; expected an object with {', '.join(REQUIRED)}.")
    for name in REQUIRED:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise ExportError(f"{where} has {name} {entry.get(name)!r}; expected some text.")
    for name, value in entry.items():
        if name not in REQUIRED + OPTIONAL:
            raise ExportError(
                f"{where} has a field {name!r}; expected one of: {', '.join(REQUIRED + OPTIONAL)}."
            )
        if not isinstance(value, str):
            raise ExportError(f"{where} has {name} {value!r}; expected text.")
    if "sha256" in entry and not SHA256.fullmatch(entry["sha256"]):
        raise ExportError(
            f"{where} has sha256 {entry['sha256']!r}; expected 64 lower-case hexadecimal digits."
        )
