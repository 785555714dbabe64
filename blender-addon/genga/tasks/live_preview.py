"""The unfinished picture of a running job as an icon."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np

from ..compat import fill_preview

if TYPE_CHECKING:
    from ..session import JobTicket

_previews = None
_shown: dict[str, int] = {}
"""Sequence number of the preview that is loaded, by job."""
OWN = -1
"""In place of such a number: the task shows pixels of its own."""


def icon_of(ticket: JobTicket) -> int:
    """Gives the icon of the latest preview, 0 while there is none."""
    event = ticket.preview
    if event is None or _previews is None:
        return 0
    if _shown.get(event.job_id) not in (event.sequence, OWN):
        _load(event.job_id, event.bytes, event.mime)
        _shown[event.job_id] = event.sequence
    return _previews[event.job_id].icon_id if event.job_id in _previews else 0


def show(job_id: str, pixels: np.ndarray) -> None:
    """Shows pixels, [H, W, 4] in [0, 1], the lowest row first, for a job from now on.

    For tasks whose previews as they come are no good as an icon. Not while Blender draws.
    """
    if _previews is None:
        return
    if job_id in _previews:
        del _previews[job_id]
    fill_preview(_previews.new(job_id), pixels)
    _shown[job_id] = OWN


def forget(job_id: str | None) -> None:
    """Frees the preview of a job that has ended."""
    if job_id is not None and _shown.pop(job_id, None) is not None and job_id in (_previews or ()):
        del _previews[job_id]


def _load(job_id: str, data: bytes, mime: str) -> None:
    if job_id in _previews:
        del _previews[job_id]
    # Blender reads previews from files alone, and at once when the pixels are asked for.
    with tempfile.TemporaryDirectory(prefix="genga-") as folder:
        path = Path(folder) / f"preview.{mime.rpartition('/')[2]}"
        path.write_bytes(data)
        preview = _previews.load(job_id, str(path), "IMAGE", force_reload=True)
        len(preview.image_pixels)


def register() -> None:
    """Makes room for previews."""
    global _previews
    import bpy.utils.previews

    _previews = bpy.utils.previews.new()


def unregister() -> None:
    """Frees all previews."""
    global _previews
    _shown.clear()
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
        _previews = None
