"""Generate Image: an image job of the core, with progress and previews on the node."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from comfy_api.latest import io
from genga_client import Client
from genga_client.codec import encode
from genga_client.protocol import BundleSummary, Output

from ..bundles import DEFAULT
from ..compat import schema
from ..core import node_link
from ..errors import GengaNodeError
from ..graph import result_key
from ..images import batch_of, png_of, tensor_of
from ..job_view import PREVIEW_PX, JobView, progress_bar
from ..layers import ControlLayer, ControlsType, RegionLayer, RegionsType
from ..made import MadeFile, declared_bundle, keep_made, pixel_hash
from ..running import CheckInterrupt, in_thread
from ..settings import load_settings
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

SCHEDULERS = ["ddim", "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_karras", "unipc", "lcm"]


class GengaGenerateImage(TaskNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaGenerateImage",
            display_name="Genga Generate Image",
            category="Genga",
            description="Generates pictures in the Genga core from a prompt, control layers and regions. Each is signed there: models, inputs and parameters on record.",
            search_aliases=["controlnet", "text to image", "img2img", "inpaint", "ksampler", "genga"],
            inputs=[
                io.String.Input(
                    "prompt",
                    multiline=True,
                    dynamic_prompts=True,
                    tooltip="What the picture shows. (word:1.2) weighs a word.",
                ),
                io.String.Input(
                    "negative_prompt",
                    multiline=True,
                    dynamic_prompts=True,
                    default="",
                    tooltip="What it must not show.",
                ),
                bundle_input("image"),
                io.Int.Input(
                    "width",
                    default=0,
                    min=0,
                    max=8192,
                    step=8,
                    tooltip="Pixels. 0 = as the first picture that goes in, else the bundle's own size.",
                ),
                io.Int.Input(
                    "height",
                    default=0,
                    min=0,
                    max=8192,
                    step=8,
                    tooltip="Pixels. 0 = as the first picture that goes in, else the bundle's own size.",
                ),
                seed_input("picture"),
                *sampling_inputs(),
                io.Combo.Input(
                    "scheduler",
                    options=[DEFAULT, *SCHEDULERS],
                    default=DEFAULT,
                    tooltip="default = the bundle's own.",
                ),
                batch_input("Pictures"),
                io.Float.Input(
                    "strength",
                    default=0.8,
                    min=0.01,
                    max=1.0,
                    step=0.01,
                    tooltip="With init_image: share of the steps that run; at 1 hardly anything of it is left.",
                ),
                ControlsType.Input("controls", optional=True, tooltip="Control layers."),
                RegionsType.Input("regions", optional=True, tooltip="Phrases for parts of the picture."),
                io.Image.Input(
                    "init_image",
                    optional=True,
                    tooltip="Picture to start from. A batch gives one picture for each.",
                ),
                io.Mask.Input("mask", optional=True, tooltip="Where init_image is repainted: white."),
            ],
            outputs=[
                io.Image.Output(display_name="images", tooltip="The pictures."),
                record_output(),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
        )

    @classmethod
    async def execute(cls, **inputs: Any) -> io.NodeOutput:
        node_id = cls.hidden.unique_id
        graph = cls.hidden.prompt or {}

        def work(check: CheckInterrupt) -> tuple[torch.Tensor, str, list[MadeFile]]:
            pictures, outputs = _generate(inputs, node_id, check)
            files = [
                MadeFile(
                    sha256=output.asset.sha256,
                    name=output.asset.name,
                    models=[declared_bundle(model) for model in encode(output.record)["models"]],
                    pixels=pixel_hash(picture),
                )
                for picture, output in zip(pictures, outputs, strict=True)
            ]
            if node_id is not None:
                keep_made(result_key(graph, node_id), files)
            records = [encode(output.record) for output in outputs]
            return batch_of(pictures), json.dumps(records, indent=2, ensure_ascii=False), files

        images, record, files = await in_thread(work)
        # The page puts its provenance badge on the node by these.
        assets = [{"sha256": file.sha256, "name": file.name} for file in files]
        return io.NodeOutput(images, record, ui={"genga_assets": assets})


def _generate(
    inputs: dict[str, Any], node_id: str | None, check: CheckInterrupt
) -> tuple[list[torch.Tensor], list[Output]]:
    client = node_link.client()
    bundle = chosen_bundle(client, inputs["bundle"], "image")
    controls = _taken(inputs.get("controls") or (), bundle)
    frames = _frames(controls, inputs.get("init_image"), inputs["batch_size"])
    bar = progress_bar(node_id)
    pictures: list[torch.Tensor] = []
    outputs: list[Output] = []
    for frame in range(frames):
        check()
        params = _params(client, inputs, controls, bundle, frame)
        job = client.submit("image", params, prompt_privacy=load_settings().prompt_privacy)
        view = JobView(bar, node_id, part=frame, parts=frames)
        result = job.wait(view.take, on_tick=check)
        for output in result.outputs:
            check()
            pictures.append(tensor_of(client.get_asset(output.asset.sha256)))
            outputs.append(output)
    show_made_with(encode(outputs[0].record)["models"], outputs[0].seed, node_id)
    return pictures, outputs


def _frames(controls: Sequence[ControlLayer], init: torch.Tensor | None, batch_size: int) -> int:
    """Number of jobs: one for each picture of a batch of maps or of pictures to start from."""
    lengths = {f"the {layer.kind} layer": len(layer.frames) for layer in controls}
    if init is not None:
        lengths["init_image"] = len(init)
    frames = max(lengths.values(), default=1)
    for what, length in lengths.items():
        if length not in (1, frames):
            raise GengaNodeError(
                f"The batches do not fit: {what} has {length} pictures, another input {frames}.",
                "Give each input one picture, or the same number.",
            )
    if frames > 1 and batch_size > 1:
        raise GengaNodeError(
            f"batch_size is {batch_size}, but a batch of {frames} goes in.",
            "Set batch_size to 1: each gives one picture.",
        )
    return frames


def _params(
    client: Client,
    inputs: dict[str, Any],
    controls: Sequence[ControlLayer],
    bundle: BundleSummary | None,
    frame: int,
) -> dict[str, Any]:
    def put(data: bytes, name: str) -> str:
        return client.put_asset(data, mime="image/png" if data[:4] == b"\x89PNG" else None, name=name).sha256

    init: torch.Tensor | None = inputs.get("init_image")
    mask: torch.Tensor | None = inputs.get("mask")
    if mask is not None and init is None:
        raise GengaNodeError("A mask goes in, but no init_image.", "Connect the picture that it repaints.")
    given: dict[str, Any] = {
        "prompt": inputs["prompt"],
        "negative_prompt": inputs["negative_prompt"],
        "seed": inputs["seed"],
        "num_images_per_prompt": inputs["batch_size"],
        "preview": {"every_steps": 1, "max_size": PREVIEW_PX},
        "controls": [
            {
                **layer.options,
                "kind": layer.kind,
                "image": put(layer.frames[frame % len(layer.frames)], layer.name),
            }
            for layer in controls
        ],
        "regions": [_region(region, put) for region in inputs.get("regions") or ()],
    }
    width, height = inputs["width"], inputs["height"]
    if width == 0 and height == 0:
        sizes = [layer.size for layer in controls]
        if init is not None:
            sizes.insert(0, (init.shape[2], init.shape[1]))
        if sizes:
            width, height = _fitting(sizes[0], bundle)
    given |= {name: value for name, value in (("width", width), ("height", height)) if value}
    given |= chosen(inputs, SAMPLING)
    if inputs["scheduler"] != DEFAULT:
        given["scheduler"] = inputs["scheduler"]
    if init is not None:
        given["init_image"] = put(png_of(init[frame % len(init)]), "init_image.png")
        given["strength"] = inputs["strength"]
    if mask is not None:
        masks = mask if mask.ndim == 3 else mask[None]
        given["mask_image"] = put(png_of(masks[frame % len(masks)]), "mask.png")
    return given


def _taken(controls: Sequence[ControlLayer], bundle: BundleSummary | None) -> list[ControlLayer]:
    """Leaves out what was loaded with a whole folder and the bundle does not take; of the rest the core judges."""
    taken: list[ControlLayer] = []
    for layer in controls:
        if bundle is None or not layer.optional or layer.kind in bundle.controls:
            taken.append(layer)
        elif layer.kind == "segmentation":
            taken.append(replace(layer, options={**layer.options, "conditioning_scale": 0.0}))
    return taken


def _fitting(size: tuple[int, int], bundle: BundleSummary | None) -> tuple[int, int]:
    """Gives the size nearest to a picture's that the bundle makes: its sides' ratio, its multiples, its bounds."""
    if bundle is None or bundle.size is None:
        return size
    least, most, multiple = bundle.size.min, bundle.size.max, bundle.size.multiple
    scale = min(1.0, most / max(size))
    scale = max(scale, least / min(size))
    width, height = (min(most, max(least, round(side * scale / multiple) * multiple)) for side in size)
    return width, height


def _region(region: RegionLayer, put: Any) -> dict[str, Any]:
    return {
        "prompt": region.prompt,
        "weight": region.weight,
        **({"name": region.name} if region.name else {}),
        **({"color": region.color} if region.color else {}),
        **({"mask": put(region.mask, "region.png")} if region.mask else {}),
    }
