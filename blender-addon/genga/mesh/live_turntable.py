"""The turntable of a running job as an icon that fills its square."""

from __future__ import annotations

from genga_client.protocol import JobEvent, PreviewEvent

from ..tasks import live_preview
from .preview_picture import four_views


def show_turntable(event: JobEvent) -> None:
    """Shows the views of an event with a preview; others pass. For the main thread."""
    if isinstance(event, PreviewEvent) and (views := four_views(event.bytes, event.mime)) is not None:
        live_preview.show(event.job_id, views)
