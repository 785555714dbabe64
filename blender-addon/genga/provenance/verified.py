"""What the core said of the pictures in this file, by the hash of their bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

import bpy
from genga_client import Client, GengaError
from genga_client.protocol import Verification

from .. import session
from ..results.image_datablock import packed_bytes

_found: dict[str, Verification] = {}
_hashes: dict[tuple[object, ...], str] = {}
KEPT = 200


def verified(image: bpy.types.Image) -> Verification | None:
    """Gives what was found for the image's file as it is now; None when it was not looked at yet."""
    if image.is_dirty:
        return None
    digest = file_digest(image)
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


def file_digest(image: bpy.types.Image) -> str | None:
    """Gives the SHA-256 of the image's file, packed or on disk, None without one.

    Panels ask at every redraw, so it is kept until the file changes.
    """
    packed = image.packed_file
    if packed is not None:
        # Repacking allocates the file anew: its address and size change with it.
        key = (f"{packed.as_pointer():x}", packed.size)
    else:
        path = bpy.path.abspath(image.filepath, library=image.library) if image.filepath else ""
        try:
            found = os.stat(path)
        except OSError:
            return None
        key = (path, found.st_size, found.st_mtime_ns)
    if key not in _hashes:
        data = packed_bytes(image)
        if data is None:
            return None
        if len(_hashes) >= KEPT:
            _hashes.clear()
        _hashes[key] = hashlib.sha256(data).hexdigest()
    return _hashes[key]
