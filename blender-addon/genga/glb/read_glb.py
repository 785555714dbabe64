"""Reads GLB files."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import numpy as np
from genga_client import GengaError
from numpy.typing import NDArray

from .model import Glb, Material, Node, Picture, Primitive

MAGIC, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
TYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
EXTENSIONS = {"EXT_texture_webp", "KHR_mesh_quantization"}
"""Extensions that may be required."""
TRIANGLES = 4


def read_glb(data: bytes) -> Glb:
    """Reads the meshes of a GLB's scene, its default one or else the first.

    Skins, animation, cameras, lights, points and lines are left out.

    Raises GengaError ASSET_UNREADABLE for other bytes, compressed meshes, and a file without triangles.
    """
    try:
        glb = _Reader(data).read()
    except (KeyError, IndexError, TypeError, ValueError, struct.error) as error:
        raise _unreadable(f"it is broken ({type(error).__name__}: {error})") from error
    if not glb.nodes:
        raise _unreadable("it has no triangles")
    return glb


class _Reader:
    def __init__(self, data: bytes) -> None:
        if len(data) < 20 or struct.unpack_from("<I", data)[0] != MAGIC:
            raise _unreadable(f"its {len(data)} bytes do not begin as a GLB does")
        _, version, length = struct.unpack_from("<3I", data)
        if version != 2 or length > len(data):
            raise _unreadable(f"it is of version {version} with {len(data)} of {length} bytes")
        self.root: dict[str, Any] = {}
        self.binary = b""
        at = 12
        while at + 8 <= length:
            size, kind = struct.unpack_from("<2I", data, at)
            chunk = data[at + 8 : at + 8 + size]
            if kind == JSON_CHUNK:
                self.root = json.loads(chunk)
            elif kind == BIN_CHUNK:
                self.binary = chunk
            at += 8 + size
        needed = set(self.root.get("extensionsRequired", ())) - EXTENSIONS
        if needed:
            raise _unreadable(f"it needs {', '.join(sorted(needed))}")

    def read(self) -> Glb:
        scenes = self.root.get("scenes") or [{"nodes": range(len(self.root.get("nodes", ())))}]
        scene = scenes[self.root.get("scene", 0)]
        nodes: list[Node] = []
        for index in scene.get("nodes", ()):
            self._visit(index, np.eye(4), nodes, 0)
        roots = [self.root["nodes"][index] for index in scene.get("nodes", ())]
        first = roots[0] if roots else {}
        return Glb(
            nodes=nodes,
            materials=[self._material(one, at) for at, one in enumerate(self.root.get("materials", ()))],
            name=scene.get("name") or first.get("name", ""),
            extras=first.get("extras") or {},
        )

    def _visit(self, index: int, parent: NDArray[np.float64], found: list[Node], depth: int) -> None:
        if depth > 256:
            raise ValueError("nodes that hold themselves")
        node = self.root["nodes"][index]
        matrix = parent @ _matrix(node)
        if "mesh" in node:
            mesh = self.root["meshes"][node["mesh"]]
            primitives = [
                self._primitive(one) for one in mesh["primitives"] if one.get("mode", TRIANGLES) == TRIANGLES
            ]
            if primitives:
                name = node.get("name") or mesh.get("name") or f"part {len(found) + 1}"
                found.append(Node(name=name, primitives=primitives, matrix=matrix))
        for child in node.get("children", ()):
            self._visit(child, matrix, found, depth + 1)

    def _primitive(self, primitive: dict[str, Any]) -> Primitive:
        attributes = primitive["attributes"]
        positions = self._accessor(attributes["POSITION"], 3)
        if "indices" in primitive:
            indices = self._accessor(primitive["indices"], 1, as_float=False).reshape(-1, 3)
        else:
            indices = np.arange(len(positions)).reshape(-1, 3)
        if indices.size and int(indices.max()) >= len(positions):
            raise ValueError(f"index {indices.max()} of {len(positions)} vertices")
        if not np.isfinite(positions).all():
            raise ValueError("vertices that are no numbers")
        return Primitive(
            positions=positions,
            indices=indices.astype(np.uint32),
            normals=self._accessor(attributes["NORMAL"], 3) if "NORMAL" in attributes else None,
            uvs=self._accessor(attributes["TEXCOORD_0"], 2) if "TEXCOORD_0" in attributes else None,
            material=primitive.get("material"),
        )

    def _accessor(self, index: int, width: int, *, as_float: bool = True) -> NDArray[Any]:
        accessor = self.root["accessors"][index]
        if WIDTHS.get(accessor["type"]) != width or "sparse" in accessor:
            raise ValueError(f"accessor {index} is {accessor['type']}")
        kind = np.dtype(TYPES[accessor["componentType"]]).newbyteorder("<")
        count = accessor["count"]
        if "bufferView" not in accessor:
            values = np.zeros((count, width), kind)
        else:
            view = self.root["bufferViews"][accessor["bufferView"]]
            start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
            row = width * kind.itemsize
            stride = view.get("byteStride") or row
            if start + (count - 1) * stride + row > len(self.binary) or count < 1:
                raise ValueError(f"accessor {index} ends beyond the file")
            values = np.ndarray((count, width), kind, self.binary, start, (stride, kind.itemsize))
        if not as_float:
            return values
        floats = values.astype(np.float32)
        if accessor.get("normalized") and kind.kind in "iu":
            floats = np.maximum(floats / np.iinfo(kind).max, -1)
        return floats

    def _material(self, material: dict[str, Any], index: int) -> Material:
        pbr = material.get("pbrMetallicRoughness", {})
        return Material(
            name=material.get("name") or f"material {index + 1}",
            base_color=tuple(pbr.get("baseColorFactor", (1, 1, 1, 1))),
            metallic=pbr.get("metallicFactor", 1.0),
            roughness=pbr.get("roughnessFactor", 1.0),
            emissive=tuple(material.get("emissiveFactor", (0, 0, 0))),
            base_color_texture=self._picture(pbr.get("baseColorTexture")),
            metallic_roughness_texture=self._picture(pbr.get("metallicRoughnessTexture")),
            normal_texture=self._picture(material.get("normalTexture")),
            alpha_mode=material.get("alphaMode", "OPAQUE"),
            double_sided=bool(material.get("doubleSided", False)),
        )

    def _picture(self, info: dict[str, Any] | None) -> Picture | None:
        if info is None:
            return None
        texture = self.root["textures"][info["index"]]
        webp = texture.get("extensions", {}).get("EXT_texture_webp", {})
        image = self.root["images"][webp.get("source", texture.get("source"))]
        if "bufferView" in image:
            view = self.root["bufferViews"][image["bufferView"]]
            start = view.get("byteOffset", 0)
            data = bytes(self.binary[start : start + view["byteLength"]])
        elif str(image.get("uri", "")).startswith("data:"):
            data = base64.b64decode(image["uri"].partition(",")[2])
        else:
            raise ValueError("textures outside the file")
        return Picture(bytes=data, mime=image.get("mimeType", "image/png"), name=image.get("name") or "")


def _matrix(node: dict[str, Any]) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    ) @ np.diag(node.get("scale", (1, 1, 1)))
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def _unreadable(why: str) -> GengaError:
    return GengaError(
        "ASSET_UNREADABLE",
        f"The mesh cannot be read: {why}; expected glTF 2.0 binary, not compressed.",
        remedy="Generate it again, or look at the file in the core's own page.",
    )
