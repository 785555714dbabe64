"""Writes GLB files."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import Glb, Material, Node, Picture, Primitive
from .read_glb import BIN_CHUNK, JSON_CHUNK, MAGIC

ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963


def write_glb(glb: Glb) -> bytes:
    """Gives a file of glTF 2.0 binary: a node, a mesh for each of the nodes; a picture is written once."""
    return _Writer().write(glb)


class _Writer:
    def __init__(self) -> None:
        self.binary = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.images: list[dict[str, Any]] = []
        self.textures: dict[bytes, int] = {}

    def write(self, glb: Glb) -> bytes:
        meshes = [self._mesh(node) for node in glb.nodes]
        materials = [self._material(one) for one in glb.materials]
        nodes = []
        for at, node in enumerate(glb.nodes):
            entry: dict[str, Any] = {"name": node.name, "mesh": at}
            if not np.array_equal(node.matrix, np.eye(4)):
                entry["matrix"] = [float(value) for value in node.matrix.T.ravel()]
            if at == 0 and glb.extras:
                entry["extras"] = glb.extras
            nodes.append(entry)
        root: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "Genga for Blender"},
            "scene": 0,
            "scenes": [{"nodes": list(range(len(nodes))), **({"name": glb.name} if glb.name else {})}],
            "nodes": nodes,
            "meshes": meshes,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.binary)}],
        }
        if materials:
            root["materials"] = materials
        if self.images:
            root["images"] = self.images
            root["textures"] = [
                {"source": at}
                if image["mimeType"] != "image/webp"
                else {"extensions": {"EXT_texture_webp": {"source": at}}}
                for at, image in enumerate(self.images)
            ]
            if any(image["mimeType"] == "image/webp" for image in self.images):
                root["extensionsUsed"] = root["extensionsRequired"] = ["EXT_texture_webp"]
        text = json.dumps(root, ensure_ascii=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self.binary) + b"\0" * (-len(self.binary) % 4)
        chunks = struct.pack("<2I", len(text), JSON_CHUNK) + text
        chunks += struct.pack("<2I", len(binary), BIN_CHUNK) + binary
        return struct.pack("<3I", MAGIC, 2, 12 + len(chunks)) + chunks

    def _mesh(self, node: Node) -> dict[str, Any]:
        return {"name": node.name, "primitives": [self._primitive(one) for one in node.primitives]}

    def _primitive(self, primitive: Primitive) -> dict[str, Any]:
        positions = primitive.positions.astype("<f4")
        attributes = {"POSITION": self._accessor(positions, "VEC3", ARRAY_BUFFER)}
        # glTF asks for the bounds of positions.
        self.accessors[-1]["min"] = [float(value) for value in positions.min(0)]
        self.accessors[-1]["max"] = [float(value) for value in positions.max(0)]
        if primitive.normals is not None:
            attributes["NORMAL"] = self._accessor(primitive.normals.astype("<f4"), "VEC3", ARRAY_BUFFER)
        if primitive.uvs is not None:
            attributes["TEXCOORD_0"] = self._accessor(primitive.uvs.astype("<f4"), "VEC2", ARRAY_BUFFER)
        indices = primitive.indices.reshape(-1, 1).astype("<u4")
        made: dict[str, Any] = {
            "attributes": attributes,
            "indices": self._accessor(indices, "SCALAR", ELEMENT_ARRAY_BUFFER),
        }
        if primitive.material is not None:
            made["material"] = primitive.material
        return made

    def _accessor(self, values: NDArray[Any], kind: str, target: int) -> int:
        view = self._view(values.tobytes(), target)
        component = 5126 if values.dtype.kind == "f" else 5125
        self.accessors.append(
            {"bufferView": view, "componentType": component, "count": len(values), "type": kind}
        )
        return len(self.accessors) - 1

    def _view(self, data: bytes, target: int | None = None) -> int:
        self.binary += b"\0" * (-len(self.binary) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        self.binary += data
        self.views.append(view)
        return len(self.views) - 1

    def _material(self, material: Material) -> dict[str, Any]:
        pbr: dict[str, Any] = {
            "baseColorFactor": [float(value) for value in material.base_color],
            "metallicFactor": float(material.metallic),
            "roughnessFactor": float(material.roughness),
        }
        for key, picture in (
            ("baseColorTexture", material.base_color_texture),
            ("metallicRoughnessTexture", material.metallic_roughness_texture),
        ):
            if picture is not None:
                pbr[key] = {"index": self._texture(picture)}
        made: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": pbr}
        if material.normal_texture is not None:
            made["normalTexture"] = {"index": self._texture(material.normal_texture)}
        if any(material.emissive):
            made["emissiveFactor"] = [float(value) for value in material.emissive]
        if material.alpha_mode != "OPAQUE":
            made["alphaMode"] = material.alpha_mode
        if material.double_sided:
            made["doubleSided"] = True
        return made

    def _texture(self, picture: Picture) -> int:
        if picture.bytes not in self.textures:
            image: dict[str, Any] = {"bufferView": self._view(picture.bytes), "mimeType": picture.mime}
            if picture.name:
                image["name"] = picture.name
            self.images.append(image)
            self.textures[picture.bytes] = len(self.images) - 1
        return self.textures[picture.bytes]
