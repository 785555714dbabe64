"""From messages to plain values and back; `messagepack` turns plain values into frames."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, cast

from .build import Misfit, build
from .errors import GengaError
from .protocol import ClientMessage, CoreMessage


def decode_core_message(value: object) -> CoreMessage:
    """Gives the message of the core that a plain value holds.

    Fields and words that a later core added are tolerated. Raises GengaError MALFORMED_MESSAGE for anything
    else that does not fit.
    """
    try:
        return cast(CoreMessage, build(CoreMessage, value, lenient=True))
    except Misfit as misfit:
        what = f"The core sent what is no message of this protocol: {misfit}."
        raise GengaError("MALFORMED_MESSAGE", what) from misfit


def decode_client_message(value: object) -> ClientMessage:
    """Gives the message of a client that a plain value holds, as strictly as the core does.

    Raises GengaError MALFORMED_MESSAGE if it is no message at all, INVALID_REQUEST if a field does not fit.
    """
    try:
        return cast(ClientMessage, build(ClientMessage, value, lenient=False))
    except Misfit as misfit:
        known = isinstance(value, dict) and misfit.path not in ("", "type")
        raise GengaError("INVALID_REQUEST" if known else "MALFORMED_MESSAGE", f"{misfit}.") from misfit


def encode(message: object) -> dict[str, Any]:
    """Gives a message, or parameters such as ImageParams, as a plain value; fields that are None stay out."""
    value = _plain(message)
    if not isinstance(value, dict):
        what = f"Expected a dataclass of genga_client.protocol or a mapping, met {type(message).__name__}."
        raise GengaError("INVALID_REQUEST", what)
    return cast("dict[str, Any]", value)


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: _plain(item) for name, item in fields if item is not None}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in cast("list[object]", value)]
    return value
