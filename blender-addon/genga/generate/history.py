"""The pictures of a scene with the settings that made them, kept in the .blend."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import bpy
from genga_client import GengaError

from ..tasks.sampling_properties import SEED_MAX
from ..tasks.snapshot import MAPS, apply_settings

if TYPE_CHECKING:
    from genga_client.protocol import Output

    from .plan import ImagePlan


def add(scene: bpy.types.Scene, image: bpy.types.Image, plan: ImagePlan, output: Output) -> None:
    """Puts a picture on top of the history and lets the oldest entries beyond the limit go."""
    props = scene.genga
    entry = props.history.add()
    entry.title = plan.title
    entry.image = image
    entry.seed = min(output.seed, SEED_MAX)
    entry.settings = json.dumps({**plan.settings, "seed": entry.seed}, ensure_ascii=False)
    entry.job_id = output.record.job_id
    entry.width = output.width or plan.width
    entry.height = output.height or plan.height
    entry.bundle = plan.bundle.name
    entry.time = datetime.now().strftime("%Y-%m-%d %H:%M")
    props.history.move(len(props.history) - 1, 0)
    while len(props.history) > props.history_limit:
        props.history.remove(len(props.history) - 1)
    props.history_index = 0


def use_again(scene: bpy.types.Scene, index: int) -> list[str]:
    """Sets every setting as it was for an entry, its seed locked; gives the names of what is gone.

    Raises GengaError INVALID_REQUEST.
    """
    props = scene.genga
    if not 0 <= index < len(props.history):
        raise GengaError(
            "INVALID_REQUEST", f"The history has no entry {index + 1}; it has {len(props.history)}."
        )
    settings = json.loads(props.history[index].settings)
    missing = apply_settings(props, settings) + apply_settings(scene.genga_maps, settings.get(MAPS, {}))
    props.num_images_per_prompt = 1
    props.lock_seed = True
    return missing
