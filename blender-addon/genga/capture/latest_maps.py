"""The latest maps of each scene, for thumbnails and the list of regions."""

from __future__ import annotations

import itertools

import bpy

from .captured_maps import CapturedMaps
from .properties import list_regions

_latest: dict[str, tuple[int, CapturedMaps]] = {}
_numbers = itertools.count(1)


def remember(scene: bpy.types.Scene, captured: CapturedMaps) -> None:
    """Keeps what was captured and lists its regions in the scene's panel."""
    _latest[scene.name] = (next(_numbers), captured)
    if "segmentation" in captured.maps:
        list_regions(scene, captured.regions)


def latest(scene: bpy.types.Scene) -> CapturedMaps | None:
    """Gives the latest maps of a scene, None before the first capture."""
    found = _latest.get(scene.name)
    return found[1] if found else None


def latest_number(scene: bpy.types.Scene) -> int:
    """Gives a number that grows with each capture, 0 before the first."""
    found = _latest.get(scene.name)
    return found[0] if found else 0


def forget_latest() -> None:
    """Forgets all of them, for instance because another file is opened."""
    _latest.clear()
