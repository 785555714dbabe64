"""Generate Motion: a motion job of the core, with progress, previews and a player on the node."""

from __future__ import annotations

import json
from typing import Any

from comfy_api.latest import io
from genga_client import Client
from genga_client.protocol import BundleSummary

from ..bundles import DEFAULT, bundle_choices, bundle_mark, remember
from ..compat import glb_output, glb_value, schema, show_text
from ..core import node_link
from ..errors import GengaNodeError
from ..graph import result_key
from ..job_view import PREVIEW_PX
from ..made import keep_made
from ..motion import KeyPosesType, Motion, MotionType, PathType, SegmentsType
from ..motion_job import made_files, run_motion, shown_motions
from ..running import CheckInterrupt, in_thread
from ..timeline import Segment, parse_timeline

DURATION_S = 4.0
"""Of a sentence, where neither the node nor the bundle says."""
MODES = ["hybrid", "generated", "retrieved"]


class GengaGenerateMotion(io.ComfyNode):
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
                io.Combo.Input(
                    "bundle",
                    options=bundle_choices("motion"),
                    default=DEFAULT,
                    tooltip="Model of the core; default = the one that the core prefers. Refresh the page's node definitions (R) after installing one.",
                ),
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
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=0xFFFFFFFF,
                    control_after_generate=True,
                    tooltip="The same graph with the same seed gives the same motion.",
                ),
                io.Int.Input(
                    "batch_size",
                    default=1,
                    min=1,
                    max=16,
                    tooltip="Variations; each starts from its own seed: seed, seed + 1 …",
                ),
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
                io.Int.Input(
                    "steps",
                    default=0,
                    min=0,
                    max=1000,
                    tooltip="Denoising steps. 0 = the bundle's own number.",
                ),
                io.Float.Input(
                    "guidance_scale",
                    default=0.0,
                    min=0.0,
                    max=50.0,
                    step=0.1,
                    tooltip="Classifier-free guidance. 0 = the bundle's own value, 1 = off.",
                ),
                SegmentsType.Input(
                    "segments", optional=True, tooltip="Sentences that come before those of the timeline."
                ),
                PathType.Input("path", optional=True, tooltip="Where the figure goes."),
                KeyPosesType.Input("key_poses", optional=True, tooltip="Poses that it hits."),
            ],
            outputs=[
                MotionType.Output(display_name="motion", tooltip="The motion, one for each variation."),
                glb_output("model_3d", "The first variation as a moving figure, for Preview 3D & Animation."),
                io.String.Output(
                    display_name="record", tooltip="What made them, as the core signed it: JSON."
                ),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
        )

    @classmethod
    def validate_inputs(cls, bundle: str) -> bool:
        # The list on the node may be old; the core knows, and says what it has when a bundle is missing.
        return True

    @classmethod
    def fingerprint_inputs(cls, bundle: str = DEFAULT, **_: Any) -> str:
        return bundle_mark(bundle, "motion")

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
        assets = [
            {"sha256": file.sha256, "name": file.name, "sidecar": file.sidecar_sha256}
            for motion in motions
            for file in (motion.files["glb"], motion.json)
        ]
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
    bundle = _bundle(client, inputs["bundle"])
    made = run_motion(client, _params(inputs, segments, bundle), node_id, check)
    motions = tuple(
        Motion(
            files=files,
            seed=(files["json"].record or {}).get("seed"),
            bundle=None if bundle is None else bundle.id,
        )
        for files in made
    )
    # In the place of the last stage.
    record = motions[0].json.record or {}
    made_with = ", ".join(f"{model['name']} {model['version']}" for model in record.get("models", []))
    show_text(f"{made_with}, seed {motions[0].seed}", node_id)
    return motions


def _bundle(client: Client, choice: str) -> BundleSummary | None:
    bundles = client.status().bundles
    remember(bundles)
    fitting = [bundle for bundle in bundles if bundle.task == "motion"]
    if choice == DEFAULT and not fitting:
        raise GengaNodeError(
            "The core has no motion bundle.",
            "Install one: `genga models import`, then press R.",
            "BUNDLE_NOT_FOUND",
        )
    return next((one for one in fitting if (one.default if choice == DEFAULT else one.id == choice)), None)


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
    if inputs["bundle"] != DEFAULT:
        given["bundle"] = inputs["bundle"]
    for name, value in (
        ("num_inference_steps", inputs["steps"]),
        ("guidance_scale", inputs["guidance_scale"]),
        ("path", inputs.get("path")),
    ):
        if value:
            given[name] = value
    return given
