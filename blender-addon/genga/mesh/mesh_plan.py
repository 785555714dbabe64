"""What a mesh will be asked for, read from the scene at one moment and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
from genga_client import GengaError
from genga_client.protocol import BundleSummary, Welcome

from ..generate.pixels import file_of_image
from ..tasks.bundles import require_bundle
from ..tasks.known_prompts import known_kinds
from ..tasks.snapshot import settings_of

PREVIEW_PIXELS = 512
TITLE_FROM_PICTURE = "Mesh from picture"


@dataclass(frozen=True, kw_only=True)
class MeshPlan:
    """A request for meshes. Holds names and bytes, no datablocks: files may be opened meanwhile."""

    scene: str
    params: dict[str, Any]
    """Parameters as the protocol names them, without the picture."""
    image: tuple[bytes, str, str] | None
    """Bytes, media type and name of the reference picture."""
    settings: dict[str, Any]
    """All settings, for Use Again."""
    title: str


def make_plan(scene: bpy.types.Scene, welcome: Welcome | None, seed: int) -> MeshPlan:
    """Reads the settings.

    Raises GengaError INVALID_REQUEST, BUNDLE_NOT_FOUND, POLICY_REFUSED, ASSET_UNREADABLE.
    """
    props = scene.genga_mesh
    bundle = require_bundle(welcome, props.bundle, "mesh") if welcome is not None else None
    prompt = " ".join(props.prompt.split())
    image = props.image if takes_image(bundle, props.source) else None
    if not prompt and image is None:
        raise _nothing_asked(bundle)
    _require_source(props.source, bundle)
    params: dict[str, Any] = {
        "prompt": prompt,
        "seed": seed,
        "num_meshes_per_prompt": props.num_meshes_per_prompt,
        "target_triangles": props.target_triangles,
        "texture_size": int(props.texture_size),
        "lods": [0.5 ** (level + 1) for level in range(props.lods)],
        "symmetry": "x" if props.symmetry else "none",
        "output": {"formats": ["glb"], "texture_mime": "image/png"},
        "preview": {"every_steps": 4, "max_size": PREVIEW_PIXELS},
    }
    if bundle is not None:
        params["bundle"] = bundle.id
    if props.source != "default":
        params["source"] = props.source
    if props.own_size:
        params["size_m"] = round(props.size_m, 6)
    if props.own_sampling:
        params["num_inference_steps"] = props.num_inference_steps
        params["guidance_scale"] = round(props.guidance_scale, 4)
        params["grid_resolution"] = props.grid_resolution
    picture = None
    if image is not None:
        data, mime = file_of_image(image)
        picture = (data, mime, image.name)
    return MeshPlan(
        scene=scene.name,
        params=params,
        image=picture,
        settings={**settings_of(props), "seed": seed},
        title=prompt or TITLE_FROM_PICTURE,
    )


def takes_image(bundle: BundleSummary | None, source: str) -> bool:
    """Whether the model is told by a picture what to make, if it is to make it itself."""
    if bundle is None or bundle.mesh is None or bundle.mesh.conditioning != "image":
        return False
    return source in ("default", "auto", "generated")


def _nothing_asked(bundle: BundleSummary | None) -> GengaError:
    examples = [prompt for one in known_kinds(bundle)[:3] for prompt in one.prompts[:1]]
    return GengaError(
        "INVALID_REQUEST",
        "The prompt is empty.",
        remedy=f"Say what to make, for instance: {'; '.join(examples) or 'a red wooden chair'}.",
    )


def _require_source(source: str, bundle: BundleSummary | None) -> None:
    if bundle is None or bundle.mesh is None or source in ("default", "auto"):
        return
    if source not in bundle.mesh.sources:
        raise GengaError(
            "INVALID_REQUEST",
            f'The model "{bundle.name}" has no source "{source}"; it has: {", ".join(bundle.mesh.sources)}.',
            remedy="Choose another source, or another model.",
        )
