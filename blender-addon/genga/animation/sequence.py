"""The animations of this session, and their frames as an image sequence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
from genga_client import GengaError

from ..tasks.escape import sources
from .frame_plan import plan_frames
from .frame_run import FrameRun

_run: FrameRun | None = None


def current_run() -> FrameRun | None:
    """Gives the animation that runs, or the last one that did."""
    return _run


def start_run(
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    on_frame: Callable[[int, str], object] | None = None,
) -> FrameRun:
    """Begins an animation with the settings of a scene. One at a time: each moves the timeline.

    Raises GengaError INVALID_REQUEST, JOB_STATE while another one runs.
    """
    global _run
    if _run is not None and not _run.ended:
        raise GengaError(
            "JOB_STATE", "An animation is made already.", remedy="Wait for it, or cancel it first."
        )
    _run = FrameRun(plan_frames(scene, view_layer.name), on_frame)
    _run.begin()
    return _run


def load_sequence(first: Path) -> bpy.types.Image:
    """Gives the files of a frame range as an image sequence that plays with the timeline.

    Raises GengaError ASSET_NOT_FOUND when the first frame is not there.
    """
    if not first.exists():
        raise GengaError(
            "ASSET_NOT_FOUND",
            f"{first} is not there.",
            remedy="Make the animation first, or check its output path.",
        )
    image = bpy.data.images.load(str(first), check_existing=False)
    image.source = "SEQUENCE"
    image.name = first.parent.name + "/" + first.stem
    return image


def show_sequence(context: bpy.types.Context, image: bpy.types.Image, frames: list[int]) -> bool:
    """Shows a sequence in an Image Editor, timed to its frames; tells whether one was open."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "IMAGE_EDITOR":
                space = area.spaces.active
                space.image = image
                user = space.image_user
                user.frame_start, user.frame_offset = frames[0], frames[0] - 1
                user.frame_duration, user.use_auto_refresh = len(frames), True
                return True
    return False


def _running() -> list[FrameRun]:
    return [_run] if _run is not None and not _run.ended else []


@bpy.app.handlers.persistent
def _before_load(*_: object) -> None:
    if _run is not None:
        _run.abandon()


def register() -> None:
    """Lets Esc cancel animations, and ends them when another file is opened."""
    sources.append(_running)
    # Before the session's, which cancels the frame that is captured, and the whole run with it.
    bpy.app.handlers.load_pre.insert(0, _before_load)


def unregister() -> None:
    """Forgets the animation; its jobs go on in the core as the session decides."""
    global _run
    if _before_load in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_load)
    if _running in sources:
        sources.remove(_running)
    if _run is not None and not _run.ended:
        _run.abandon()
    _run = None
