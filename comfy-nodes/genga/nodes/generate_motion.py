"""Generate Motion: a motion job of the core, with progress, previews and a player on the node."""

from __future__ import annotations

import json
from typing import Any

from comfy_api.latest import io
from genga_client.protocol import BundleSummary

from ..compat import glb_output, glb_value, schema
from ..core import node_link
from ..errors import GengaNodeError
from ..graph import result_key
from ..job_view import PREVIEW_PX
from ..made import keep_made
from ..motion import KeyPosesType, Motion, MotionType, PathType, SegmentsType
from ..motion_job import made_files, run_motion, shown_motions
from ..running import CheckInterrupt, in_thread
from ..task_node import (
    SAMPLING,
    TaskNode,
    batch_input,
    bundle_input,
    chosen,
    chosen_bundle,
    record_output,
    sampling_inputs,
    seed_input,
    show_made_with,
)
from ..timeline import Segment, parse_timeline

DURATION_S = 4.0
"""Of a sentence, where neither the node nor the bundle says."""
MODES = ["hybrid", "generated", "retrieved"]


class GengaGenerateMotion(TaskNode):
    BUNDLE_TASK = "motion"

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaGenerateMotion",
            display_name="Genga Generate Motion",
            category="Genga",
            description="Generates human motion in the Genga core from a timeline of sentences, with path and key poses. Each file is signed there: model, recorded clips and parameters on record.",
            search_aliases=["text to motion", "animation", "mocap", "walk cycle", "genga"],
            inputs=[
                io.String.Input(
                    "timeline",
                    multiline=True,
                    default="a person walks forward | 4 s\na person waves hello | 3 s",
                    tooltip="What the figure does: one sentence a line, its seconds after a bar.",
                ),
                bundle_input("motion"),
                io.Float.Input(
                    "duration",
                    default=0.0,
                    min=0.0,
                    max=120.0,
                    step=0.1,
                    tooltip="Seconds of a sentence that says none. 0 = the bundle's own.",
                ),
                io.Combo.Input(
                    "mode",
                    options=MODES,
                    default="hybrid",
                    tooltip="hybrid: the nearest recorded clip is varied. generated: from noise alone. retrieved: the nearest clip as recorded.",
                ),
                seed_input("motion"),
                batch_input("Variations"),
                io.Float.Input(
                    "variation",
                    default=0.4,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="hybrid: how much of the recorded clip is made anew; 0 keeps it.",
                ),
                io.Float.Input(
                    "speed",
                    default=1.0,
                    min=0.25,
                    max=4.0,
                    step=0.05,
                    tooltip="How fast it is done; the durations stay.",
                ),
                io.String.Input(
                    "style", default="", tooltip="How it is done, in words: tired, proud, sneaky."
                ),
                io.Boolean.Input(
                    "loop", default=False, tooltip="Whether the end runs into the start without a seam."
                ),
                io.Boolean.Input(
                    "in_place", default=False, tooltip="Whether the way over the ground is taken out."
                ),
                io.Float.Input("fps", default=24.0, min=1.0, max=240.0, step=1.0, tooltip="Frames a second."),
                *sampling_inputs(),
                SegmentsType.Input(
                    "segments", optional=True, tooltip="Sentences that come before those of the timeline."
                ),
                PathType.Input("path", optional=True, tooltip="Where the figure goes."),
                KeyPosesType.Input("key_poses", optional=True, tooltip="Poses that it hits."),
            ],
            outputs=[
                MotionType.Output(display_name="motion", tooltip="The motion, one for each variation."),
                glb_output("model_3d", "The first variation as a moving figure, for Preview 3D & Animation."),
                record_output(),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
        )

    @classmethod
    async def execute(cls, **inputs: Any) -> io.NodeOutput:
        node_id = cls.hidden.unique_id
        graph = cls.hidden.prompt or {}

        def work(check: CheckInterrupt) -> tuple[Motion, ...]:
            motions = _generate(inputs, node_id, check)
            if node_id is not None:
                keep_made(result_key(graph, node_id), made_files(motions))
            return motions

        motions = await in_thread(work)
        records = [motion.json.record for motion in motions]
        assets = [file.asset for motion in motions for file in (motion.files["glb"], motion.json)]
        return io.NodeOutput(
            motions,
            glb_value(motions[0].files["glb"].data),
            json.dumps(records, indent=2, ensure_ascii=False),
            ui={**shown_motions(motions), "genga_assets": assets},
        )


def _generate(inputs: dict[str, Any], node_id: str | None, check: CheckInterrupt) -> tuple[Motion, ...]:
    # A slip of the pen is told before a core is asked.
    segments: list[Segment] = [*(inputs.get("segments") or ()), *parse_timeline(inputs["timeline"])]
    if not segments:
        raise GengaNodeError(
            "The timeline is empty.", "Say in a line what the figure does, or connect segments."
        )
    client = node_link.client()
    bundle = chosen_bundle(client, inputs["bundle"], "motion")
    made = run_motion(client, _params(inputs, segments, bundle), node_id, check)
    motions = tuple(
        Motion(
            files=files,
            seed=(files["json"].record or {}).get("seed"),
            bundle=None if bundle is None else bundle.id,
        )
        for files in made
    )
    show_made_with((motions[0].json.record or {}).get("models", []), motions[0].seed, node_id)
    return motions


def _params(inputs: dict[str, Any], segments: list[Segment], bundle: BundleSummary | None) -> dict[str, Any]:
    default_s = DURATION_S if bundle is None or bundle.motion is None else bundle.motion.defaults.duration_s
    given: dict[str, Any] = {
        "segments": [
            {"prompt": one.prompt, "duration_s": one.duration_s or inputs["duration"] or default_s}
            for one in segments
        ],
        "num_motions_per_prompt": inputs["batch_size"],
        "output": {"formats": ["bvh", "glb", "json"], "fps": inputs["fps"]},
        "preview": {"every_steps": 1, "max_size": PREVIEW_PX},
        "key_poses": list(inputs.get("key_poses") or ()),
        **{
            name: inputs[name] for name in ("mode", "seed", "variation", "speed", "style", "loop", "in_place")
        },
    }
    return given | chosen(inputs, {**SAMPLING, "path": "path"})
