"""Which frames are made, where they go, and what changes from frame to frame."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import bpy
from genga_client import GengaError
from genga_client.protocol import Welcome

from ..generate.plan import ImagePlan, make_plan
from .frame_paths import frame_file

MARKER = "prompt:"
MAX_FRAMES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class FramesPlan:
    """A frame range to be made."""

    scene: str
    view_layer: str
    frames: tuple[int, ...]
    pattern: str
    """Absolute path of the files with `#` for the number."""
    mime: str
    seed_policy: str
    existing: str
    ahead: int
    use_markers: bool
    current: int
    """Frame that the timeline goes back to at the end."""

    def file(self, frame: int) -> Path:
        """Gives the file of a frame."""
        return frame_file(self.pattern, frame, self.mime)


def plan_frames(scene: bpy.types.Scene, view_layer: str) -> FramesPlan:
    """Reads the settings of an animation.

    Raises GengaError INVALID_REQUEST for an empty range or an output folder that is not known.
    """
    props = scene.genga_animation
    first, last, step = (
        (scene.frame_start, scene.frame_end, scene.frame_step)
        if props.use_scene_range
        else (props.frame_start, props.frame_end, props.frame_step)
    )
    if last < first or (last - first) // step >= MAX_FRAMES:
        raise GengaError(
            "INVALID_REQUEST",
            f"The frame range {first} to {last} holds no frames, or more than {MAX_FRAMES}.",
            remedy="Set an end that is not before the start.",
        )
    return FramesPlan(
        scene=scene.name,
        view_layer=view_layer,
        frames=tuple(range(first, last + 1, step)),
        pattern=absolute_output(props.output),
        mime=scene.genga.file_format,
        seed_policy=props.seed_policy,
        existing=props.existing,
        ahead=props.ahead,
        use_markers=props.use_markers,
        current=scene.frame_current,
    )


def absolute_output(output: str) -> str:
    """Gives an output path without `//`. Raises GengaError INVALID_REQUEST when the file was never saved."""
    if not output.strip():
        raise GengaError(
            "INVALID_REQUEST", "No output path is set.", remedy="Set one, for instance //frames/####."
        )
    if output.startswith("//") and not bpy.data.filepath:
        raise GengaError(
            "INVALID_REQUEST",
            f'The output path "{output}" is relative to the .blend file, which was never saved.',
            remedy="Save the file, or choose an absolute folder.",
        )
    return str(Path(bpy.path.abspath(output)))


def plan_frame(frames: FramesPlan, frame: int, welcome: Welcome | None) -> ImagePlan:
    """Gives the plan of one frame, with animated settings as they are at the scene's current frame.

    Raises GengaError as `make_plan` does.
    """
    scene = bpy.data.scenes[frames.scene]
    prompt = prompt_of_marker(scene, frame) if frames.use_markers else None
    plan = make_plan(scene, frames.view_layer, welcome, prompt=prompt)
    params = {key: value for key, value in plan.params.items() if key != "preview"}
    params["num_images_per_prompt"] = 1
    if frames.seed_policy == "PER_FRAME":
        params["seed"] = (params["seed"] + frame) % 2**32
    return dataclasses.replace(plan, params=params, title=f"{plan.title}, frame {frame}")


def prompt_of_marker(scene: bpy.types.Scene, frame: int) -> str | None:
    """Gives the prompt of the last marker at or before a frame that has one."""
    marked = [
        marker
        for marker in scene.timeline_markers
        if marker.frame <= frame and marker.name.lower().startswith(MARKER)
    ]
    if not marked:
        return None
    return max(marked, key=lambda marker: marker.frame).name[len(MARKER) :].strip()
