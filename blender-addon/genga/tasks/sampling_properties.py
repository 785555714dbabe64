"""Settings that several tasks have. They have the protocol's names."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from genga_client.protocol import Task

SEED_MAX = 2**31 - 1
"""Blender's integers are signed; the protocol's seeds go to 2^32 - 1."""
TEXTURE_SIZES = tuple((str(size), f"{size} px", "") for size in (256, 512, 1024, 2048, 4096))
"""Items of a setting of the size of textures."""


def bundle_property() -> Any:
    """Gives the setting `bundle`."""
    return StringProperty(name="Model", description="Id of the model; empty = the core's default")


def negative_prompt_property(description: str) -> Any:
    """Gives the setting `negative_prompt`."""
    return StringProperty(name="Negative", description=f"{description}; used by models with guidance")


def seed_property(description: str) -> Any:
    """Gives the setting `seed`."""
    return IntProperty(name="Seed", description=description, default=0, min=0, max=SEED_MAX)


def lock_seed_property(description: str) -> Any:
    """Gives the setting `lock_seed`: off, each request has a fresh seed."""
    return BoolProperty(name="Lock Seed", description=description, default=False)


def count_property(name: str, description: str, most: int) -> Any:
    """Gives the setting of how many results a request has, each with the next seed."""
    return IntProperty(name=name, description=description, default=1, min=1, max=most)


def own_sampling_property(description: str, task: Task) -> Any:
    """Gives the setting `own_sampling`: off, steps and guidance are the bundle's own defaults.

    Switched on, it begins with what the bundle recommends, as far as nothing was set by hand yet.
    """

    def begin(props: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
        from .recommended import use_recommended

        if props.own_sampling:
            use_recommended(props, task, keep=True)

    return BoolProperty(name="Own Sampling", description=description, default=False, update=begin)


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


def map_scale_property(name: str, description: str, default: float = 1.0) -> Any:
    """Gives a setting of how strongly a control map guides."""
    return FloatProperty(name=name, description=description, default=default, min=0.0, max=10.0, soft_max=2.0)


def share_property(name: str, description: str, default: float, least: float = 0.0, **more: Any) -> Any:
    """Gives a setting between `least` and 1, drawn as a slider unless `more` says otherwise."""
    return FloatProperty(
        name=name, description=description, default=default, min=least, max=1.0, subtype="FACTOR", **more
    )


def texture_size_property(name: str, description: str) -> Any:
    """Gives a setting of the width and height of textures."""
    return EnumProperty(name=name, description=description, items=TEXTURE_SIZES, default="1024")
