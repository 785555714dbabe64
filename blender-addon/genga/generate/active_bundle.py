"""The bundle that a scene's pictures are made with."""

from __future__ import annotations

import bpy
from genga_client.protocol import BundleSummary, Welcome

from .. import preferences, session
from ..tasks.bundles import chosen_bundle, require_bundle


def active_bundle(scene: bpy.types.Scene) -> BundleSummary | None:
    """Gives the bundle of the scene, else of the preferences, else the core's default; None while unknown."""
    return chosen_bundle(session.get().welcome, bundle_id(scene), "image")


def require_active_bundle(scene: bpy.types.Scene, welcome: Welcome | None) -> BundleSummary:
    """Gives it as `active_bundle`. Raises GengaError BUNDLE_NOT_FOUND, POLICY_REFUSED."""
    return require_bundle(welcome, bundle_id(scene), "image")


def bundle_id(scene: bpy.types.Scene) -> str:
    """Gives the id that was chosen, empty for none."""
    return scene.genga.bundle or preferences.default_bundle() or ""
