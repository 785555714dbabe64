"""What the core said of the pictures in this file, by the hash of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import bpy
from genga_client import Client, GengaError
from genga_client.protocol import Verification

from .. import session
from ..results.image_datablock import packed_bytes

_found: dict[str, Verification] = {}
_hashes: dict[tuple[str, int], str] = {}
KEPT = 200


def verified(image: bpy.types.Image) -> Verification | None:
    """Gives what was found for the image's file as it is now; None when it was not looked at yet."""
    if image.is_dirty:
        return None
    digest = _digest(image)
    return _found.get(digest) if digest else None


def verify_image(
    image: bpy.types.Image,
    on_done: Callable[[Verification], object] | None = None,
    on_error: Callable[[GengaError], object] | None = None,
) -> None:
    """Asks the core for the state of the image's file as it is packed or on disk, without unsaved paint.

    Raises GengaError ASSET_NOT_FOUND for an image without a file.
    """
    data = packed_bytes(image)
    if data is None:
        raise GengaError(
            "ASSET_NOT_FOUND",
            f'"{image.name}" has no file that could carry a credential.',
            remedy="Use Save Signed… to give it one.",
        )

    def ask(client: Client) -> Verification:
        return client.verify(client.put_asset(data).sha256)

    def keep(found: Verification) -> None:
        while len(_found) >= KEPT:
            _found.pop(next(iter(_found)))
        _found[found.sha256] = found
        if on_done is not None:
            on_done(found)

    session.get().call(ask, keep, on_error)


def forget() -> None:
    """Forgets everything that was found."""
    _found.clear()
    _hashes.clear()


def _digest(image: bpy.types.Image) -> str | None:
    """Gives the hash of the image's file; panels ask at every redraw, so that of a packed file is kept."""
    packed = image.packed_file
    if packed is None:
        data = packed_bytes(image) if image.filepath else None
        return hashlib.sha256(data).hexdigest() if data is not None else None
    # Repacking allocates the file anew: its address and size change with it.
    key = (f"{packed.as_pointer():x}", packed.size)
    if key not in _hashes:
        if len(_hashes) >= KEPT:
            _hashes.clear()
        _hashes[key] = hashlib.sha256(packed.data).hexdigest()
    return _hashes[key]
