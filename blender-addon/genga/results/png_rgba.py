"""Writes RGBA PNG files in slices."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

ROWS = 128


def encode_rgba(pixels: NDArray[np.uint8]) -> Generator[None, None, bytes]:
    """Gives a PNG of [H, W, 4], uint8, straight alpha, sRGB, top row first; a yield for every 128 rows."""
    height, width = pixels.shape[:2]
    packer = zlib.compressobj(4)
    body = []
    rows = pixels.reshape(height, width * 4)
    above = np.zeros(width * 4, np.uint8)
    for start in range(0, height, ROWS):
        part = np.ascontiguousarray(rows[start : start + ROWS])
        filtered = np.empty((len(part), width * 4 + 1), np.uint8)
        filtered[:, 0] = 2  # each row as its difference to the row above
        filtered[0, 1:] = part[0] - above
        filtered[1:, 1:] = part[1:] - part[:-1]
        above = part[-1]
        body.append(packer.compress(filtered.tobytes()))
        yield
    body.append(packer.flush())
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"sRGB", b"\x00")
        + _chunk(b"IDAT", b"".join(body))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
