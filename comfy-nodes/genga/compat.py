"""What differs between versions of ComfyUI (0.3.75 to 0.45), asked of the version itself."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

from comfy_api.latest import io

log = logging.getLogger("genga")

_SCHEMA_FIELDS = {field.name for field in dataclasses.fields(io.Schema)}


def schema(**fields: Any) -> io.Schema:
    """Makes a node's schema without the fields that this version does not know (`search_aliases`, if old).

    One unknown field would drop the whole pack.
    """
    return io.Schema(**{name: value for name, value in fields.items() if name in _SCHEMA_FIELDS})


def show_text(text: str, node_id: str | None) -> None:
    """Shows a line of text on a node while it runs, where this version can."""
    from server import PromptServer

    send = getattr(PromptServer.instance, "send_progress_text", None)
    if send is None or node_id is None:
        return
    try:
        send(text, node_id)
    except Exception as error:  # a line of text must not end a node
        log.debug("no progress text: %s", error)


def comfyui_version() -> str | None:
    """Gives the version of ComfyUI that runs, if it says."""
    try:
        from comfyui_version import __version__
    except ImportError:
        return None
    return __version__
