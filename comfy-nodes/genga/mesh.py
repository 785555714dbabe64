"""What travels on the pack's mesh links. Metres, +Y up, right-handed; the front of a thing faces +Z."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from comfy_api.latest import io

from .signed_file import SignedFile

MeshType = io.Custom("GENGA_MESH")
MIME = "model/gltf-binary"


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """One mesh with its credentials. GENGA_MESH is a tuple of them, one for each variation."""

    glb: SignedFile
    others: dict[str, SignedFile] = field(default_factory=dict)
    """Further files by the ending that they are saved with: `obj`, `ply`, `LOD1.glb` …"""
    seed: int | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """What the core says of it (MeshFacts), empty where it does not know."""
        found: dict[str, Any] = (self.glb.record or {}).get("mesh", {})
        return found

    @property
    def warnings(self) -> list[str]:
        """What was asked for and could not be done, in words."""
        record = self.glb.record or {}
        origin = record.get("mesh", {}).get("origin", {})
        return [*origin.get("warnings", []), *record.get("texture", {}).get("warnings", [])]
