"""A job's progress and previews, shown on the node that waits for it."""

from __future__ import annotations

import io as bytes_io

import comfy.utils
from genga_client.protocol import JobEvent, PreviewEvent, ProgressEvent, QueuedEvent
from PIL import Image

from .compat import show_text

PREVIEW_PX = 512
_STEPS = 1000


def progress_bar(node_id: str | None) -> comfy.utils.ProgressBar:
    """Gives the bar of a node for `JobView`."""
    return comfy.utils.ProgressBar(_STEPS, node_id=node_id)


class JobView:
    """Shows a job's events on the node; of several jobs each has its share of the bar."""

    def __init__(
        self, bar: comfy.utils.ProgressBar, node_id: str | None, *, part: int = 0, parts: int = 1
    ) -> None:
        self._bar = bar
        self._node_id = node_id
        self._part = part
        self._parts = parts
        self._progress = 0.0

    def take(self, event: JobEvent) -> None:
        """Shows one event."""
        if isinstance(event, QueuedEvent) and event.position > 0:
            show_text(f"{event.position} jobs ahead", self._node_id)
        elif isinstance(event, ProgressEvent):
            self._progress = event.progress
            self._show(None)
            left = "" if event.eta_ms is None else f", {max(1, event.eta_ms // 1000)} s left"
            of = "" if self._parts == 1 else f"{self._part + 1}/{self._parts} "
            show_text(f"{of}{event.stage}{left}", self._node_id)
        elif isinstance(event, PreviewEvent):
            with Image.open(bytes_io.BytesIO(event.bytes)) as image:
                self._show(("JPEG", image.convert("RGB"), PREVIEW_PX))

    def _show(self, preview: tuple[str, Image.Image, int] | None) -> None:
        done = (self._part + self._progress) / self._parts
        self._bar.update_absolute(round(done * _STEPS), _STEPS, preview)
