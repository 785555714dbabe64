"""Save Motion: a motion as BVH, GLB and JSON with their credentials, as it was made or written anew by the core."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comfy_api.latest import io

from ..compat import schema
from ..core import node_link
from ..errors import GengaNodeError
from ..motion import Motion, MotionType, read_motion
from ..motion_job import run_motion, shown_motions, source_params
from ..running import CheckInterrupt, in_thread
from ..saving import save_signed, saved_paths, saved_ui

FORMATS = ("bvh", "glb", "json")
KEYFRAMES = ["every_frame", "simplified"]


class GengaSaveMotion(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaSaveMotion",
            display_name="Genga Save Motion",
            category="Genga",
            description="Saves motion as BVH, GLB and JSON, each with its signed credential (C2PA; where the form holds none, as `<file>.c2pa` beside it). Another frame rate, fewer keys, loop and in place are made by the core first.",
            search_aliases=["export bvh", "save glb", "animation", "c2pa"],
            inputs=[
                MotionType.Input("motion", tooltip="The motion; each variation is saved."),
                io.String.Input(
                    "filename_prefix",
                    default="genga/motion",
                    tooltip="Start of the file names; may hold folders and %date:yyyy-MM-dd% and the like, as in Save Image.",
                ),
                io.Boolean.Input("bvh", default=True, tooltip="For Blender, Maya, MotionBuilder …"),
                io.Boolean.Input(
                    "glb", default=True, tooltip="A skinned figure with the animation: glTF 2.0."
                ),
                io.Boolean.Input(
                    "json", default=True, tooltip="The motion with foot contacts: for Genga Load Motion."
                ),
                io.Float.Input(
                    "fps",
                    default=0.0,
                    min=0.0,
                    max=240.0,
                    step=1.0,
                    tooltip="Frames a second. 0 = as the motion.",
                ),
                io.Combo.Input(
                    "keyframes",
                    options=KEYFRAMES,
                    default="every_frame",
                    tooltip="simplified = few keys in the GLB, within 0.5° of every frame.",
                ),
                io.Boolean.Input(
                    "loop", default=False, tooltip="Whether the end is made to run into the start."
                ),
                io.Boolean.Input(
                    "in_place", default=False, tooltip="Whether the way over the ground is taken out."
                ),
            ],
            outputs=[
                io.String.Output(
                    display_name="path",
                    tooltip="Where the files are, one line each; for Genga Verify and Genga Load Motion.",
                )
            ],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    async def execute(cls, motion: tuple[Motion, ...], filename_prefix: str, **inputs: Any) -> io.NodeOutput:
        formats = [form for form in FORMATS if inputs[form]]
        if not formats:
            raise GengaNodeError("No file form is chosen.", "Switch on bvh, glb or json.")
        change = _Change(
            fps=inputs["fps"],
            keyframes=inputs["keyframes"],
            loop=inputs["loop"],
            in_place=inputs["in_place"],
        )
        node_id = cls.hidden.unique_id

        def work(check: CheckInterrupt) -> tuple[tuple[Motion, ...], list[tuple[Path, str]]]:
            written = tuple(_written(one, formats, change, node_id, check) for one in motion)
            files = [{form: one.files[form] for form in formats} for one in written]
            return written, save_signed(files, filename_prefix, check)

        written, saved = await in_thread(work)
        return io.NodeOutput(saved_paths(saved), ui={**shown_motions(written), **saved_ui(saved)})


@dataclass(frozen=True, kw_only=True)
class _Change:
    fps: float
    keyframes: str
    loop: bool
    in_place: bool


def _written(
    motion: Motion, formats: list[str], change: _Change, node_id: str | None, check: CheckInterrupt
) -> Motion:
    """Gives the motion with the files to save; those of its making, if nothing is to be changed."""
    fps = float(read_motion(motion.json.data, motion.json.name)["fps"])
    same = (change.fps or fps) == fps and not change.loop and not change.in_place
    if same and change.keyframes == "every_frame" and all(form in motion.files for form in formats):
        return motion
    client = node_link.client()
    output = {
        # The page plays the JSON, saved or not.
        "formats": list(dict.fromkeys([*formats, "json"])),
        "fps": change.fps or fps,
        "keyframes": change.keyframes,
    }
    params = source_params(client, motion, output, loop=change.loop, in_place=change.in_place)
    (files,) = run_motion(client, params, node_id, check)
    kept = {"json": motion.json} if same else {}
    return Motion(files={**files, **kept}, seed=motion.seed, bundle=motion.bundle)
