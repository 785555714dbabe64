"""Triangles of a GLB (glTF 2.0 binary, uncompressed), placed by their nodes."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from .errors import GengaNodeError

_TYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_TRIANGLES = 4
_REMEDY = "Export the model as glTF 2.0 binary without compression."


def read_triangles(data: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Gives all triangles of a GLB's scene: positions [vertices, 3] float32, corners [triangles, 3] int64.

    Raises GengaNodeError if the file cannot be read or has no triangles.
    """
    try:
        document, binary = _chunks(data)
        found = list(_placed(document, binary))
    except (ValueError, KeyError, IndexError, struct.error, TypeError) as error:
        raise GengaNodeError(f"{name} cannot be read as a GLB: {error}.", _REMEDY) from None
    if not found:
        raise GengaNodeError(f"{name} has no triangles.", "Export the object with its mesh, as triangles.")
    first = np.cumsum([0, *(len(positions) for positions, _ in found)])
    corners = [faces + start for (_, faces), start in zip(found, first, strict=False)]
    return np.concatenate([positions for positions, _ in found]), np.concatenate(corners)


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, _ = struct.unpack_from("<4sII", data)
    if magic != b"glTF" or version != 2:
        raise ValueError(f"it begins with {magic!r} and version {version}, expected b'glTF' and 2")
    at, document, binary = 12, None, b""
    while at < len(data):
        length, kind = struct.unpack_from("<I4s", data, at)
        chunk = data[at + 8 : at + 8 + length]
        if kind == b"JSON":
            document = json.loads(chunk)
        elif kind == b"BIN\0":
            binary = chunk
        at += 8 + length
    if document is None:
        raise ValueError("it has no JSON chunk")
    unknown = set(document.get("extensionsRequired", ())) - {"EXT_texture_webp", "KHR_texture_transform"}
    if unknown:
        raise ValueError(f"it needs {', '.join(sorted(unknown))}")
    return document, binary


def _placed(document: dict[str, Any], binary: bytes) -> Any:
    nodes = document.get("nodes", [])
    scenes = document.get("scenes", [])
    roots = scenes[document.get("scene", 0)].get("nodes", []) if scenes else []
    waiting = [(node, np.eye(4)) for node in roots]
    while waiting:
        index, above = waiting.pop()
        node = nodes[index]
        place = above @ _matrix(node)
        waiting.extend((child, place) for child in node.get("children", ()))
        if "mesh" not in node:
            continue
        for primitive in document["meshes"][node["mesh"]]["primitives"]:
            if primitive.get("mode", _TRIANGLES) != _TRIANGLES:
                continue
            positions = _values(document, binary, primitive["attributes"]["POSITION"]).astype(np.float64)
            positions = positions @ place[:3, :3].T + place[:3, 3]
            if "indices" in primitive:
                corners = _values(document, binary, primitive["indices"]).astype(np.int64).reshape(-1)
            else:
                corners = np.arange(len(positions))
            corners = corners[: len(corners) // 3 * 3].reshape(-1, 3)
            if corners.size and corners.max() >= len(positions):
                raise ValueError(f"it names vertex {corners.max()} of {len(positions)}")
            # A mirrored node turns its triangles inside out.
            if np.linalg.det(place[:3, :3]) < 0:
                corners = corners[:, [0, 2, 1]]
            yield positions.astype(np.float32), corners


def _matrix(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.asarray(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    made = np.eye(4)
    made[:3, :3] = turn * np.asarray(node.get("scale", (1.0, 1.0, 1.0)))
    made[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return made


def _values(document: dict[str, Any], binary: bytes, index: int) -> np.ndarray:
    accessor = document["accessors"][index]
    if "sparse" in accessor or "bufferView" not in accessor:
        raise ValueError("it has sparse accessors")
    view = document["bufferViews"][accessor["bufferView"]]
    kind, width, count = (
        np.dtype(_TYPES[accessor["componentType"]]),
        _WIDTHS[accessor["type"]],
        accessor["count"],
    )
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    stride = view.get("byteStride", kind.itemsize * width)
    rows = np.ndarray((count, width), kind, binary, start, (stride, kind.itemsize))
    return rows.copy()
