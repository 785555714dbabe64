"""What differs between versions of ComfyUI (0.3.75 to 0.45), asked of the version itself."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import folder_paths
from comfy_api.latest import io

from .comfy_files import named_file

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


def glb_output(display_name: str, tooltip: str) -> Any:
    """Gives an output for a GLB: FILE_3D_GLB, or in old versions the text that Preview 3D takes there."""
    kind = getattr(io, "File3DGLB", io.String)
    return kind.Output(display_name=display_name, tooltip=tooltip)


def glb_input(name: str, tooltip: str) -> Any:
    """Gives an optional input for a GLB of any node: FILE_3D_GLB, or in old versions the path as text."""
    if hasattr(io, "File3DGLB"):
        return io.File3DGLB.Input(name, optional=True, tooltip=tooltip)
    return io.String.Input(name, optional=True, force_input=True, tooltip=tooltip)


def glb_bytes(value: Any) -> bytes:
    """Gives the file that comes in by `glb_input`.

    Raises GengaNodeError if a path names no file of ComfyUI's folders.
    """
    if isinstance(value, str):
        named = value if value.endswith("]") else f"{value} [output]"
        return named_file(named, "a node that saves GLB").read_bytes()
    data: bytes = value.get_bytes()
    return data


def comfyui_mesh(vertices: Any, faces: Any) -> Any:
    """Gives ComfyUI's MESH of vertices [1, vertices, 3] and triangles [1, triangles, 3]."""
    from comfy_api.latest import Types

    return Types.MESH(vertices, faces)


def glb_value(data: bytes) -> Any:
    """Gives what goes out of `glb_output`: the file itself, or its path below the output folder."""
    if hasattr(io, "File3DGLB"):
        from comfy_api.latest import Types

        return Types.File3D(BytesIO(data), "glb")
    name = f"genga/preview-{hashlib.sha256(data).hexdigest()[:16]}.glb"
    path = Path(folder_paths.get_output_directory()) / name
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(data)
        os.replace(part, path)
    return name
