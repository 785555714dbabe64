"""What the maker of a model recommends, as settings."""

from __future__ import annotations

from typing import Any

import bpy
from genga_client.protocol import BundleSummary, Task

from .. import preferences, session
from .bundles import chosen_bundle

NAMES = ("num_inference_steps", "guidance_scale", "scheduler", "grid_resolution")
"""Settings of own sampling, of those tasks that have them."""


def meant_bundle(bundle_id: str, task: Task) -> BundleSummary | None:
    """Gives the bundle that `bundle_id` names, else, of images, that of the preferences, else the default."""
    if task == "image":
        bundle_id = bundle_id or preferences.default_bundle() or ""
    return chosen_bundle(session.get().welcome, bundle_id, task)


def recommended(bundle: BundleSummary | None) -> Any:
    """Gives the defaults of a bundle, whatever it makes; None while unknown."""
    if bundle is None:
        return None
    own = bundle.mesh or bundle.motion
    return own.defaults if own is not None else bundle.defaults


def use_recommended(props: bpy.types.PropertyGroup, task: Task, *, keep: bool) -> None:
    """Sets own sampling to what the maker recommends; `keep`: what was set by hand stays."""
    defaults = recommended(meant_bundle(props.bundle, task))
    for name in NAMES:
        if hasattr(props, name) and hasattr(defaults, name) and not (keep and props.is_property_set(name)):
            setattr(props, name, getattr(defaults, name))
