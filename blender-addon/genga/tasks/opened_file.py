"""Which .blend is open, so that a result does not land in a file that it was not made for."""

from __future__ import annotations

import bpy

_number = 0
"""Counts opened files."""
_paths: dict[int, str] = {}
"""Where each file that was closed lies; those that were never saved are not here."""


def number() -> int:
    """Gives what names the open file until another one is opened."""
    return _number


def is_open(file: int) -> bool:
    """Whether a file that `number` named is open: still, or again after others."""
    return file == _number or _paths.get(file, "") == bpy.data.filepath != ""


def is_lost(file: int) -> bool:
    """Whether a file that `number` named was closed and never saved, so that it cannot be opened again."""
    return file != _number and file not in _paths


@bpy.app.handlers.persistent
def _file_closes(*_: object) -> None:
    global _number
    if bpy.data.filepath:
        _paths[_number] = bpy.data.filepath
    _number += 1


def register() -> None:
    """Listens for opened files."""
    bpy.app.handlers.load_pre.append(_file_closes)


def unregister() -> None:
    """Listens no more."""
    if _file_closes in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_file_closes)
