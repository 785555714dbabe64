"""Gives baked pictures a credential as soon as they are made."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import bpy
from genga_client import GengaError

from .. import session
from ..session import steps
from .sign_image import SignedBytes, replace_bytes, sign, signing_of_image

log = logging.getLogger(__name__)
TIMEOUT_S = 60.0


def sign_baked(images: Iterable[bpy.types.Image]) -> None:
    """Has the core sign baked pictures, each with what it was baked from as components.

    Without a connection they stay unsigned, which their panel says; Save Signed… does it later. In background
    mode waits for the core.
    """
    current = session.get()
    if not current.connected:
        return
    waiting = set()
    for image in images:
        name = image.name
        waiting.add(name)

        def keep(signed: SignedBytes, name: str = name) -> None:
            waiting.discard(name)
            held = bpy.data.images.get(name)
            if held is not None:
                replace_bytes(held, signed)

        def failed(error: GengaError, name: str = name) -> None:
            waiting.discard(name)
            log.warning("%s was not signed: %s", name, error)

        sign(steps.drain(signing_of_image(image)), keep, failed)
    if bpy.app.background:
        current.run_until(lambda: not waiting, TIMEOUT_S)
