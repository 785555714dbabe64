"""`blender -b FILE.blend --command genga motion`: motion on an armature, saved in the .blend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..motion.apply_motion import file_of_action
from ..motion.motion_run import generate_motion
from ..motion.panels import STAGES
from ..motion.segments import fps_of, from_markers
from ..tasks.panel import progress_text
from ..tasks.wait_for import wait_for
from . import apply_arguments, exit_codes
from .arguments import UsageError
from .blend_output import blend_output, save_blend
from .progress_lines import ProgressLines
from .write_file import write_signed

SECONDS = 4
"""Length of a sentence that none was given for."""


def make_motion(arguments: Any, lines: ProgressLines) -> tuple[dict[str, Any], int]:
    """Makes the motion, keys it and saves the file; gives what sums up and the exit code.

    Raises UsageError, GengaError.
    """
    output = blend_output(arguments.output)
    scene = apply_arguments.chosen_scene(arguments)
    apply_arguments.assignments(arguments, scene)
    armature = _armature(arguments, scene)
    _set(arguments, scene)
    apply_arguments.connection(arguments)
    (run,) = generate_motion(scene, [armature], apply_at_once=True)

    def tick() -> None:
        lines.progress(progress_text(run, STAGES, [run.armature]), run.ticket.progress if run.ticket else 0.0)

    wait_for([run], tick)
    applied, plan = run.applied, run.plan
    assert applied is not None and plan is not None
    for note in applied.notes:
        lines.say(note)
    action = bpy.data.actions[applied.action]
    summary: dict[str, Any] = {
        "armature": armature.name,
        "action": action.name,
        "first_frame": plan.placing.start,
        "frames": sum(segment.frames for segment in scene.genga_motion.segments),
        "keys": applied.keys,
        "seed": run.seed,
        "notes": applied.notes,
    }
    if arguments.save_motion is not None:
        file = Path(bpy.path.abspath(arguments.save_motion)).absolute()
        write_signed(file, *(file_of_action(action) or (b"", None)))
        summary["motion_file"] = str(file)
        lines.say(f"saved {file}")
    save_blend(output)
    lines.say(f"saved {output}")
    return {**summary, "file": str(output)}, exit_codes.OK


def _armature(arguments: Any, scene: bpy.types.Scene) -> bpy.types.Object:
    found = [item for item in scene.objects if item.type == "ARMATURE"]
    names = ", ".join(item.name for item in found) or "none"
    if arguments.armature is not None:
        chosen = next((item for item in found if item.name == arguments.armature), None)
        if chosen is None:
            raise UsageError(f'There is no armature "{arguments.armature}"; there are: {names}.')
        return chosen
    if len(found) != 1:
        raise UsageError(f"Say which armature with --armature; there are: {names}.")
    return found[0]


def _set(arguments: Any, scene: bpy.types.Scene) -> None:
    props = scene.genga_motion
    if arguments.path is not None:
        apply_arguments.set_value(props, "path", arguments.path)
    if arguments.bundle is not None:
        props.bundle = arguments.bundle
    if arguments.seed is not None:
        apply_arguments.set_value(props, "seed", str(arguments.seed))
        props.lock_seed = True
    if arguments.markers:
        if arguments.prompt or arguments.frames:
            raise UsageError("--markers and --prompt cannot go together.")
        from_markers(scene)
    elif arguments.prompt:
        frames = arguments.frames or []
        if len(frames) > len(arguments.prompt):
            raise UsageError(f"{len(frames)} lengths were given for {len(arguments.prompt)} sentences.")
        props.segments.clear()
        for place, prompt in enumerate(arguments.prompt):
            segment = props.segments.add()
            segment.prompt = prompt
            length = frames[place] if place < len(frames) else max(1, round(SECONDS * fps_of(scene)))
            apply_arguments.set_value(segment, "frames", str(length))
    elif arguments.frames:
        raise UsageError("--frames needs --prompt.")
    if arguments.start is not None:
        props.start, props.frame_start = "FRAME", arguments.start
