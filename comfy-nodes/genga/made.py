"""Files that the core made for this ComfyUI, so that a later node of the graph can name them."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import torch

_KEPT = 200


@dataclass(frozen=True, kw_only=True)
class MadeFile:
    """One signed picture or motion of the core."""

    sha256: str
    name: str | None
    models: list[dict[str, Any]]
    """Its bundles as a declared model would name them, should the core not have the file any more."""
    pixels: str | None = None
    """See `pixel_hash`; None for a motion."""
    sidecar: str | None = None
    """SHA-256 of its credential, if that stands beside it."""


_lock = threading.Lock()
_made: OrderedDict[str, list[MadeFile]] = OrderedDict()


def keep_made(key: str, files: list[MadeFile]) -> None:
    """Keeps what a node made, by `graph.result_key`."""
    with _lock:
        _made[key] = files
        _made.move_to_end(key)
        while len(_made) > _KEPT:
            _made.popitem(last=False)


def made_by(key: str) -> list[MadeFile] | None:
    """Gives what a node made, if it was made since ComfyUI started."""
    with _lock:
        return _made.get(key)


def pixel_hash(picture: torch.Tensor) -> str:
    """Gives what tells whether a picture [height, width, 3] is the same to 8 bits."""
    values = (
        (picture.detach().to("cpu", torch.float32).clamp(0, 1) * 255).round().to(torch.uint8).contiguous()
    )
    return f"{tuple(values.shape)} {hashlib.sha256(values.numpy().tobytes()).hexdigest()}"


def declared_bundle(model: dict[str, Any]) -> dict[str, Any]:
    """Gives a bundle of a generation record as the protocol's DeclaredModel."""
    return {
        "name": model["name"],
        "role": "bundle",
        "sha256": model["manifest_sha256"],
        "version": model["version"],
        "licence": model["licence"],
        "training_data": model["training_data"],
    }
