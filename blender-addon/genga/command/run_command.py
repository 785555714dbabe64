"""`blender -b FILE.blend --command genga image | frames | maps | motion | mesh | texture`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy
from genga_client import GengaError

from .. import session
from ..animation.sequence import start_run
from ..capture import capture_maps, capture_options, frame_size, view_of_camera
from ..generate.generation import generate
from ..generate.stages import STAGES
from ..results.image_datablock import packed_bytes
from ..session import steps
from ..tasks.panel import progress_text
from ..tasks.wait_for import wait_for
from . import apply_arguments, exit_codes
from .arguments import UsageError, parse_arguments, parse_kinds, parse_size
from .interrupt import interruptible
from .mesh_command import make_meshes, make_texture
from .motion_command import make_motion
from .progress_lines import ProgressLines
from .write_file import write_file

CANCEL_S = 5.0
"""Longest wait for the core to hear of a cancel."""


def run_command(argv: Sequence[str]) -> int:
    """Runs a command and gives its exit code; what is wrong goes to standard error."""
    try:
        arguments = parse_arguments(argv)
    except UsageError as error:
        return _fail(exit_codes.USAGE, str(error))
    except SystemExit as ended:  # --help
        return int(ended.code or 0)
    lines = ProgressLines(arguments.quiet)
    command = COMMANDS[arguments.command]
    try:
        with interruptible():
            summary, code = command(arguments, lines)
    except UsageError as error:
        return _fail(exit_codes.USAGE, str(error))
    except KeyboardInterrupt:
        # The cancel must reach the core before this process ends.
        session.get().run_until(lambda: not session.get().is_busy, CANCEL_S)
        return _fail(exit_codes.CANCELLED, "Cancelled.")
    except GengaError as error:
        summary, code = {"error": _body(error)}, exit_codes.exit_code_of(error.code)
        _fail(code, f"{error.code}: {error}")
    if arguments.json:
        print(
            json.dumps({"command": arguments.command, "exit_code": code, **summary}, ensure_ascii=False),
            flush=True,
        )
    return code


def _image(arguments: Any, lines: ProgressLines) -> tuple[dict[str, Any], int]:
    output = Path(bpy.path.abspath(arguments.output)).absolute()
    mime = apply_arguments.MIMES.get(output.suffix.lower())
    if mime is None:
        raise UsageError(f'"{output.name}" is no picture\'s name; expected .png, .webp or .jpg.')
    scene = apply_arguments.chosen_scene(arguments)
    apply_arguments.settings(arguments, scene)
    apply_arguments.connection(arguments)
    scene.genga.file_format = mime
    scene.genga.previews = False
    if arguments.count is not None:
        apply_arguments.set_value(scene.genga, "num_images_per_prompt", str(arguments.count))
    generation = generate(scene, _view_layer(scene))

    def tick() -> None:
        ticket = generation.ticket
        lines.progress(progress_text(generation, STAGES), ticket.progress if ticket else 0.0)

    wait_for([generation], tick)
    files = []
    for index, name in enumerate(generation.images):
        several = len(generation.images) > 1
        file = output.with_name(f"{output.stem}-{index + 1}{output.suffix}") if several else output
        image = bpy.data.images[name]
        write_file(file, packed_bytes(image) or b"")
        record = json.loads(image["genga"])
        files.append(
            {
                "file": str(file),
                "sha256": record["sha256"],
                "seed": record["seed"],
                "job_id": record["job_id"],
            }
        )
        lines.say(f"saved {file}")
    return {"files": files}, exit_codes.OK


def _frames(arguments: Any, lines: ProgressLines) -> tuple[dict[str, Any], int]:
    scene = apply_arguments.chosen_scene(arguments)
    apply_arguments.settings(arguments, scene)
    apply_arguments.connection(arguments)
    props = scene.genga_animation
    range_given = [arguments.start, arguments.end, arguments.step]
    if any(value is not None for value in range_given):
        whole = (scene.frame_start, scene.frame_end, scene.frame_step)
        if not props.use_scene_range:
            whole = (props.frame_start, props.frame_end, props.frame_step)
        first, last, step = (
            given if given is not None else one for given, one in zip(range_given, whole, strict=True)
        )
        if arguments.start is not None and arguments.end is None and arguments.step is None:
            last = max(last, first)
        props.use_scene_range = False
        for name, value in (("frame_start", first), ("frame_end", last), ("frame_step", step)):
            apply_arguments.set_value(props, name, str(value))
    if arguments.output is not None:
        suffix = Path(arguments.output).suffix.lower()
        scene.genga.file_format = apply_arguments.MIMES.get(suffix, scene.genga.file_format)
        props.output = (
            arguments.output if arguments.output.startswith("//") else str(Path(arguments.output).absolute())
        )
    if arguments.seed_policy is not None:
        props.seed_policy = arguments.seed_policy.replace("-", "_").upper()
    if arguments.existing is not None:
        props.existing = arguments.existing.upper()
    if arguments.ahead is not None:
        apply_arguments.set_value(props, "ahead", str(arguments.ahead))
    run = start_run(scene, _view_layer(scene), lambda frame, outcome: lines.say(f"frame {frame} {outcome}"))
    try:
        while not session.get().run_until(lambda: run.ended, 0.5):
            lines.progress(f"{run.tally.ended}/{len(run.plan.frames)} frames", run.progress)
    except BaseException:
        run.cancel()
        raise
    tally = run.tally
    summary = {
        "frames": len(run.plan.frames),
        "made": sorted(tally.made),
        "changed": sorted(tally.changed),
        "kept": sorted(tally.kept),
        "edited": sorted(tally.edited),
        "failed": {str(frame): _body(error) for frame, error in sorted(tally.failed.items())},
        "output": str(run.plan.file(run.plan.frames[0]).parent),
    }
    lines.say(
        f"{len(tally.made)} made, {len(tally.kept)} kept, {len(tally.edited)} edited and kept, "
        f"{len(tally.failed)} failed of {len(run.plan.frames)} frames in {summary['output']}"
    )
    if run.error is None:
        return summary, exit_codes.OK
    code = exit_codes.exit_code_of(run.error.code)
    _fail(code, f"{run.error.code}: {run.error}")
    # As with the core's own batch: some frames failed, the others are there.
    return summary, exit_codes.FAILED if tally.made or tally.kept else code


def _maps(arguments: Any, lines: ProgressLines) -> tuple[dict[str, Any], int]:
    kinds = parse_kinds(arguments.kinds)
    scene = apply_arguments.chosen_scene(arguments)
    apply_arguments.settings(arguments, scene)
    width, height = parse_size(arguments.size) if arguments.size else frame_size(scene)
    view_layer = _view_layer(scene)
    view_layer.update()
    camera = scene.genga.camera or scene.camera
    view = view_of_camera(view_layer.depsgraph, scene, camera, width, height)
    maps = steps.drain(
        capture_maps(view_layer.depsgraph, view, kinds, scene=scene, options=capture_options(scene))
    )
    folder = Path(bpy.path.abspath(arguments.output)).absolute()
    files = []
    for kind in kinds:
        file = folder / f"{kind}.png"
        write_file(file, maps.png(kind))
        files.append({"kind": kind, "file": str(file)})
        lines.say(f"saved {file}")
    if maps.regions:
        regions = [{"color": one.color, "name": one.name, "prompt": one.phrase} for one in maps.regions]
        write_file(
            folder / "regions.json", (json.dumps(regions, indent=1, ensure_ascii=False) + "\n").encode()
        )
        lines.say(f"saved {folder / 'regions.json'}")
    for note in maps.notes:
        lines.say(note)
    return {"files": files, "notes": maps.notes}, exit_codes.OK


def _view_layer(scene: bpy.types.Scene) -> bpy.types.ViewLayer:
    return bpy.context.view_layer if bpy.context.scene == scene else scene.view_layers[0]


def _body(error: GengaError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "remedy": error.remedy}


def _fail(code: int, text: str) -> int:
    print(text, file=sys.stderr, flush=True)
    return code


COMMANDS = {
    "image": _image,
    "frames": _frames,
    "maps": _maps,
    "motion": make_motion,
    "mesh": make_meshes,
    "texture": make_texture,
}
