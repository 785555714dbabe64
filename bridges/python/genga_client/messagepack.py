"""Frames: one value of plain MessagePack each, as strict as the core's own decoder."""

from __future__ import annotations

import io
import math
from typing import Any, cast

import umsgpack

from .errors import GengaError

MAX_DEPTH = 32
"""Deepest nesting of maps and arrays in a frame."""

_SAFE_INTEGER = 2**53 - 1


def pack(value: object) -> bytes:
    """Gives a value as MessagePack.

    Raises GengaError INVALID_REQUEST, naming the field, for what the core cannot take: NaN, integers beyond
    2^53, keys that are not strings, types that MessagePack does not have.
    """
    _require_plain(value, "", 0, "INVALID_REQUEST")
    return umsgpack.packb(value)  # pyright: ignore[reportUnknownMemberType] - no annotations


def unpack(frame: bytes) -> object:
    """Gives the one value in a frame; raises GengaError MALFORMED_MESSAGE if it is not plain MessagePack."""
    source = io.BytesIO(frame)
    try:
        value: object = umsgpack.unpack(source)  # pyright: ignore[reportUnknownMemberType]
    except (umsgpack.UnpackException, UnicodeDecodeError, RecursionError, ValueError, OverflowError) as error:
        reason = "nesting is too deep" if isinstance(error, RecursionError) else str(error)
        raise _malformed(f"The frame of {len(frame)} bytes is not MessagePack: {reason}.") from error
    if source.tell() != len(frame):
        raise _malformed(f"{len(frame) - source.tell()} of {len(frame)} bytes follow the value in the frame.")
    _require_plain(value, "", 0, "MALFORMED_MESSAGE")
    return value


def _malformed(message: str) -> GengaError:
    return GengaError("MALFORMED_MESSAGE", message)


def _require_plain(value: Any, path: str, depth: int, code: Any) -> None:
    if value is None or isinstance(value, (bool, str, bytes)):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise GengaError(code, f"{path or 'The value'} must be a finite number, is {value}.")
        return
    if isinstance(value, int):
        if abs(value) > _SAFE_INTEGER:
            raise GengaError(code, f"{path or 'The value'} must be within ±(2^53 - 1), is {value}.")
        return
    if depth > MAX_DEPTH:
        raise GengaError(code, f"Nesting is deeper than {MAX_DEPTH}.")
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(cast("list[object]", value)):
            _require_plain(item, f"{path}[{index}]", depth + 1, code)
        return
    if isinstance(value, dict):
        for key, item in cast("dict[object, object]", value).items():
            if not isinstance(key, str):
                raise GengaError(code, f"Keys in {path or 'the message'} must be strings; one is {key!r}.")
            if key == "__proto__":
                raise GengaError(code, f"A key in {path or 'the message'} is __proto__.")
            _require_plain(item, f"{path}.{key}" if path else key, depth + 1, code)
        return
    raise GengaError(code, f"{path or 'The value'} must be plain data, is {type(value).__name__}.")
