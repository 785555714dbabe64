"""What a GLB holds, as numbers: glTF's space (+Y up, metres, right-handed), corners counter-clockwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A texture's file."""

    bytes: bytes
    mime: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Metallic-roughness material, glTF 2.0 §3.9.2; textures multiply the factors."""

    name: str
    base_color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """Linear RGB and opacity."""
    metallic: float = 1.0
    roughness: float = 1.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    base_color_texture: Picture | None = None
    """sRGB."""
    metallic_roughness_texture: Picture | None = None
    """Green = roughness, blue = metallic."""
    normal_texture: Picture | None = None
    """Tangent space, +Y up."""
    alpha_mode: str = "OPAQUE"
    double_sided: bool = False


@dataclass(frozen=True, kw_only=True)
class Primitive:
    """Triangles of one material."""

    positions: NDArray[np.float32]
    """[vertices, 3]."""
    indices: NDArray[np.uint32]
    """[triangles, 3]."""
    normals: NDArray[np.float32] | None = None
    """Unit, [vertices, 3]."""
    uvs: NDArray[np.float32] | None = None
    """[vertices, 2]; (0, 0) is the upper left corner of the texture."""
    material: int | None = None
    """Which of the materials."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node with a mesh, placed in the scene."""

    name: str
    primitives: list[Primitive]
    matrix: NDArray[np.float64] = field(default_factory=lambda: np.eye(4))
    """To the scene's space, column vectors."""


@dataclass(frozen=True, kw_only=True)
class Glb:
    """Meshes and materials of a file's scene."""

    nodes: list[Node]
    materials: list[Material]
    name: str = ""
    """Of the scene or its only root."""
    extras: dict[str, Any] = field(default_factory=dict)
    """Of the scene's first root."""
