"""Settings that every task has: seed, steps, guidance. They have the protocol's names."""

from __future__ import annotations

from typing import Any

from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

SEED_MAX = 2**31 - 1
"""Blender's integers are signed; the protocol's seeds go to 2^32 - 1."""


def bundle_property() -> Any:
    """Gives the setting `bundle`."""
    return StringProperty(name="Model", description="Id of the model; empty = the core's default")


def seed_property(description: str) -> Any:
    """Gives the setting `seed`."""
    return IntProperty(name="Seed", description=description, default=0, min=0, max=SEED_MAX)


def lock_seed_property(description: str) -> Any:
    """Gives the setting `lock_seed`: off, each request has a fresh seed."""
    return BoolProperty(name="Lock Seed", description=description, default=False)


def own_sampling_property(description: str, **more: Any) -> Any:
    """Gives the setting `own_sampling`: off, steps and guidance are the bundle's own defaults."""
    return BoolProperty(name="Own Sampling", description=description, default=False, **more)


def steps_property() -> Any:
    """Gives the setting `num_inference_steps`."""
    return IntProperty(
        name="Steps",
        description="Denoising steps: more take longer",
        default=20,
        min=1,
        max=1000,
        soft_max=100,
    )


def guidance_property(description: str, default: float, soft_max: float) -> Any:
    """Gives the setting `guidance_scale`."""
    return FloatProperty(
        name="Guidance", description=description, default=default, min=0.0, max=50.0, soft_max=soft_max
    )
