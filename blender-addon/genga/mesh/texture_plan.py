"""What a texture will be asked for, read from scene and objects at one moment and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
from genga_client import GengaError
from genga_client.protocol import Welcome

from .. import preferences
from ..glb.model import Glb
from ..tasks.bundles import require_bundle
from ..tasks.snapshot import settings_of
from .export_objects import Painted, export_objects, painted_uv_map
from .mesh_plan import PREVIEW_PIXELS


@dataclass(frozen=True, kw_only=True)
class TexturePlan:
    """A request for a texture. Holds names and numbers, no datablocks: files may be opened meanwhile."""

    scene: str
    params: dict[str, Any]
    """Parameters as the protocol names them, without the mesh."""
    glb: Glb
    painted: list[Painted]
    own_surface: bool
    settings: dict[str, Any]
    """All settings, for Use Again."""
    title: str


def chosen_objects(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Gives the selected mesh objects, the active one first; the active one alone if none is selected."""
    active = context.object
    selected = [item for item in context.selected_objects if item.type == "MESH"]
    if active is not None and active.type == "MESH":
        return [active, *(item for item in selected if item != active)]
    return selected


def without_uvs(items: Sequence[bpy.types.Object]) -> list[bpy.types.Object]:
    """Gives those of the objects that have no UV map."""
    return [item for item in items if len(item.data.uv_layers) == 0]


def make_texture_plan(
    scene: bpy.types.Scene,
    items: Sequence[bpy.types.Object],
    welcome: Welcome | None,
    seed: int,
) -> TexturePlan:
    """Reads settings and objects.

    Raises GengaError INVALID_REQUEST, BUNDLE_NOT_FOUND, POLICY_REFUSED, ASSET_UNREADABLE.
    """
    props = scene.genga_texture
    if not items:
        raise GengaError(
            "INVALID_REQUEST", "No object with a surface is selected.", remedy="Select a mesh object."
        )
    prompt = " ".join(props.prompt.split())
    if not prompt:
        raise GengaError(
            "INVALID_REQUEST",
            "The prompt is empty.",
            remedy="Say what the object looks like, for instance: weathered oak with iron bands.",
        )
    bundle_id = props.bundle or preferences.default_bundle() or ""
    bundle = require_bundle(welcome, bundle_id, "image") if welcome is not None else None
    for item in items:
        painted_uv_map(item)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    glb, painted = export_objects(scene, depsgraph, items, with_textures=props.strength < 1)
    params: dict[str, Any] = {
        "prompt": prompt,
        "negative_prompt": props.negative_prompt.strip(),
        "objects": [one.name for one in painted],
        "seed": seed,
        "strength": round(props.strength, 4),
        "conditioning_scale": {
            kind: round(getattr(props, f"{kind}_scale"), 4) for kind in ("depth", "normal", "lineart")
        },
        "max_views": props.max_views,
        "texture_size": int(props.texture_size),
        "output": {"texture_mime": "image/png"},
        "preview": {"every_steps": 2, "max_size": PREVIEW_PIXELS},
    }
    if bundle is not None:
        params["bundle"] = bundle.id
        if not bundle.supports_guidance:
            del params["negative_prompt"]
    if props.own_view_size:
        params["view_size"] = props.view_size
    if props.own_surface:
        params["roughness"], params["metallic"] = round(props.roughness, 4), round(props.metallic, 4)
    if props.own_sampling:
        params["num_inference_steps"] = props.num_inference_steps
        if bundle is None or bundle.supports_guidance:
            params["guidance_scale"] = round(props.guidance_scale, 4)
    return TexturePlan(
        scene=scene.name,
        params=params,
        glb=glb,
        painted=painted,
        own_surface=props.own_surface,
        settings={**settings_of(props), "seed": seed},
        title=prompt,
    )
