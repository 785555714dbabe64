"""Reads the triangles of a GLB file with one colour a vertex; no textures remain.

The models of the set are coloured by flat materials or by small palette textures, so a colour sampled at each
corner of each
triangle keeps what there is to see (seven scanned models lose their fine texture).
"""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image

DTYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def read_glb(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gives positions [t, 3, 3], normals [t, 3, 3] and sRGB colours [t, 3, 3] in 0 to 1 of all t
    triangles, +Y up.
    """
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    binary = data[20 + length + 8 :]
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    scene = document["scenes"][document.get("scene", 0)]
    for node in scene["nodes"]:
        _visit(document, binary, node, np.eye(4), parts)
    return tuple(np.concatenate([part[i] for part in parts]).astype(np.float32) for i in range(3))


def read_accessor(document: dict, binary: bytes, index: int) -> np.ndarray:
    """Gives the values of an accessor, [count, width]; normalised integers as floats."""
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    dtype, width, count = DTYPES[accessor["componentType"]], WIDTHS[accessor["type"]], accessor["count"]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    item = np.dtype(dtype).itemsize * width
    stride = view.get("byteStride", item)
    raw = np.frombuffer(binary, np.uint8, (count - 1) * stride + item, start)
    rows = np.lib.stride_tricks.as_strided(raw, (count, item), (stride, 1))
    values = np.ascontiguousarray(rows).view(dtype).reshape(count, width)
    if accessor.get("normalized") and dtype != np.float32:
        return values.astype(np.float32) / np.iinfo(dtype).max
    return values


def _matrix(node: dict) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.get("scale", (1, 1, 1)))
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def _visit(document: dict, binary: bytes, index: int, parent: np.ndarray, parts: list) -> None:
    node = document["nodes"][index]
    world = parent @ _matrix(node)
    if "mesh" in node:
        for primitive in document["meshes"][node["mesh"]]["primitives"]:
            if primitive.get("mode", 4) == 4:
                parts.append(_primitive(document, binary, primitive, world))
    for child in node.get("children", ()):
        _visit(document, binary, child, world, parts)


def _primitive(document: dict, binary: bytes, primitive: dict, world: np.ndarray):
    attributes = primitive["attributes"]
    position = read_accessor(document, binary, attributes["POSITION"]).astype(np.float64)
    indices = (
        read_accessor(document, binary, primitive["indices"]).reshape(-1).astype(np.int64)
        if "indices" in primitive
        else np.arange(len(position))
    )
    triangles = indices[: len(indices) // 3 * 3].reshape(-1, 3)
    corners = (position @ world[:3, :3].T + world[:3, 3])[triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    face /= np.linalg.norm(face, axis=1, keepdims=True) + 1e-12
    if "NORMAL" in attributes:
        normal = read_accessor(document, binary, attributes["NORMAL"]).astype(np.float64)
        normal = (normal @ np.linalg.inv(world[:3, :3]))[triangles]
        normal /= np.linalg.norm(normal, axis=2, keepdims=True) + 1e-12
    else:
        normal = np.repeat(face[:, None], 3, 1)
    return corners, normal, _colours(document, binary, primitive, triangles)


def _colours(document: dict, binary: bytes, primitive: dict, triangles: np.ndarray) -> np.ndarray:
    attributes = primitive["attributes"]
    material = document["materials"][primitive["material"]] if "material" in primitive else {}
    pbr = material.get("pbrMetallicRoughness", {})
    factor = np.array(pbr.get("baseColorFactor", (1, 1, 1, 1)), np.float64)[:3]
    linear = np.ones((*triangles.shape, 3)) * factor
    if "COLOR_0" in attributes:
        linear = (
            linear
            * read_accessor(document, binary, attributes["COLOR_0"])[:, :3].astype(np.float64)[triangles]
        )
    texture = pbr.get("baseColorTexture")
    name = f"TEXCOORD_{texture.get('texCoord', 0)}" if texture else ""
    if texture and name in attributes:
        source = document["images"][document["textures"][texture["index"]]["source"]]
        view = document["bufferViews"][source["bufferView"]]
        start = view.get("byteOffset", 0)
        picture = Image.open(io.BytesIO(binary[start : start + view["byteLength"]])).convert("RGB")
        pixels = np.asarray(picture, np.float64) / 255
        uv = read_accessor(document, binary, attributes[name]).astype(np.float64)[triangles]
        uv = (
            uv + (uv.mean(1, keepdims=True) - uv) * 0.08
        )  # inside the triangle: no bleeding from the next palette cell
        column = (np.floor((uv[..., 0] % 1) * pixels.shape[1])).astype(int).clip(0, pixels.shape[1] - 1)
        row = (np.floor((uv[..., 1] % 1) * pixels.shape[0])).astype(int).clip(0, pixels.shape[0] - 1)
        linear = linear * pixels[row, column] ** 2.2
    return linear.clip(0, 1) ** (1 / 2.2)
