"""Reads a GLB of one node as parts with materials, textures and texture coordinates left as they are."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.training.image.glb import read_accessor

Float: TypeAlias = NDArray[np.float32]
Index: TypeAlias = NDArray[np.int64]
WHITE = 0.97
"""Vertex colours above this change nothing."""


@dataclass(frozen=True)
class Picture:
    """A texture's file, PNG or JPEG."""

    data: bytes
    mime: str

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Surface:
    """Metallic-roughness material of glTF; colours linear."""

    name: str
    base_colour: tuple[float, float, float]
    roughness: float
    metallic: float
    emissive: tuple[float, float, float]
    texture: Picture | None
    """Of the base colour."""


@dataclass
class PartOfModel:
    """Triangles of one material."""

    surface: Surface
    positions: Float
    """[v, 3], +Y up, in the file's unit."""
    normals: Float
    """[v, 3], unit length."""
    uvs: Float | None
    """[v, 2], (0, 0) is the upper left corner; None without a texture."""
    triangles: Index
    """[t, 3]."""


def read_parts(file: Path) -> list[PartOfModel]:
    """Reads the parts of a file.

    Raises ValueError for what could not be shown truly: vertex colours, transparency, moved nodes, a texture
    without coordinates or one that repeats.
    """
    data = file.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    document = json.loads(data[20 : 20 + length])
    binary = data[20 + length + 8 :]
    nodes = document["nodes"]
    if len(nodes) != 1 or nodes[0].keys() & {"matrix", "rotation", "scale", "translation", "skin"}:
        raise ValueError(f"{file.name} has moved nodes; expected one node at the origin.")
    mesh = document["meshes"][nodes[0]["mesh"]]
    return [_part(document, binary, primitive, file.name) for primitive in mesh["primitives"]]


def _part(document: dict, binary: bytes, primitive: dict, name: str) -> PartOfModel:
    attributes = primitive["attributes"]
    positions = read_accessor(document, binary, attributes["POSITION"]).astype(np.float32)
    indices = read_accessor(document, binary, primitive["indices"]).reshape(-1, 3).astype(np.int64)
    surface = _surface(document, binary, primitive.get("material"), name)
    if "COLOR_0" in attributes:
        colours = read_accessor(document, binary, attributes["COLOR_0"])[:, :3]
        if colours[indices.ravel()].min() < WHITE:
            raise ValueError(f"{name} has vertex colours; expected materials and textures.")
    uvs = None
    if surface.texture is not None:
        if "TEXCOORD_0" not in attributes:
            raise ValueError(f"{name} has a texture and no coordinates.")
        uvs = read_accessor(document, binary, attributes["TEXCOORD_0"]).astype(np.float32)
        if uvs.min() < -1e-3 or uvs.max() > 1.001:
            raise ValueError(f"{name} repeats its texture; expected coordinates from 0 to 1.")
        uvs = uvs.clip(0, 1)
    if "NORMAL" in attributes:
        normals = read_accessor(document, binary, attributes["NORMAL"]).astype(np.float32)
    else:
        raise ValueError(f"{name} has no normals.")
    return PartOfModel(surface, positions, normals, uvs, indices)


def _surface(document: dict, binary: bytes, number: int | None, name: str) -> Surface:
    material = {} if number is None else document["materials"][number]
    if material.get("alphaMode", "OPAQUE") != "OPAQUE":
        raise ValueError(f"{name} is transparent.")
    pbr = material.get("pbrMetallicRoughness", {})
    texture = pbr.get("baseColorTexture")
    picture = None
    if texture is not None:
        image = document["images"][document["textures"][texture["index"]]["source"]]
        view = document["bufferViews"][image["bufferView"]]
        start = view.get("byteOffset", 0)
        picture = Picture(binary[start : start + view["byteLength"]], image["mimeType"])
    red, green, blue = pbr.get("baseColorFactor", (1, 1, 1, 1))[:3]
    emissive = material.get("emissiveFactor", (0, 0, 0))
    # A missing metallic factor means 1 in glTF; these files leave it out beside a map, which is not kept.
    metallic = 0.0 if "metallicRoughnessTexture" in pbr else pbr.get("metallicFactor", 1.0)
    roughness = 0.8 if "metallicRoughnessTexture" in pbr else pbr.get("roughnessFactor", 1.0)
    return Surface(
        material.get("name", "material"),
        (float(red), float(green), float(blue)),
        float(roughness),
        float(metallic),
        tuple(float(value) for value in emissive),
        picture,
    )
