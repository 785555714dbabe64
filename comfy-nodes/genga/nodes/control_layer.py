"""Control Layer: one control map for Generate Image; layers are chained."""

from __future__ import annotations

import torch
from comfy_api.latest import io

from ..compat import schema
from ..errors import GengaNodeError
from ..images import png_of
from ..layers import CONTROL_KINDS, ControlLayer, ControlsType


class GengaControlLayer(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaControlLayer",
            display_name="Genga Control Layer",
            category="Genga",
            description="A control map that guides Genga Generate Image. Chain layers by `previous`. A batch of maps gives one picture for each.",
            search_aliases=["controlnet", "depth", "normal", "lineart", "canny", "segmentation", "openpose"],
            inputs=[
                io.Image.Input("image", tooltip="The map; the core scales it to the picture's size."),
                io.Combo.Input(
                    "kind",
                    options=CONTROL_KINDS,
                    default="depth",
                    tooltip="depth: near = white. normal: view space, +x right, +y up. lineart, canny: white on black. segmentation: exact id colours. openpose: coloured skeleton on black. light: lit, shadow, occlusion.",
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=10.0,
                    step=0.05,
                    tooltip="How strongly it guides. A segmentation of 0 only says where regions are.",
                ),
                io.Float.Input(
                    "start",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Share of the steps after which it begins.",
                ),
                io.Float.Input(
                    "end",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Share of the steps after which it ends.",
                ),
                io.Combo.Input(
                    "preprocessor",
                    options=["none", "canny", "depth_normalize"],
                    default="none",
                    tooltip="What the core makes of the picture first: canny finds edges, depth_normalize stretches depth.",
                ),
                ControlsType.Input("previous", optional=True, tooltip="Layers before this one."),
            ],
            outputs=[ControlsType.Output(display_name="controls", tooltip="For Genga Generate Image.")],
        )

    @classmethod
    def execute(
        cls,
        image: torch.Tensor,
        kind: str,
        strength: float,
        start: float,
        end: float,
        preprocessor: str,
        previous: tuple[ControlLayer, ...] | None = None,
    ) -> io.NodeOutput:
        if start >= end:
            raise GengaNodeError(
                f"The {kind} layer starts at {start:g} and ends at {end:g}.", "Let it start before it ends."
            )
        layer = ControlLayer(
            kind=kind,
            frames=tuple(png_of(frame, deep_grey=kind == "depth") for frame in image),
            name=f"{kind}.png",
            size=(image.shape[2], image.shape[1]),
            options={
                "preprocessor": preprocessor,
                "conditioning_scale": strength,
                "control_guidance_start": start,
                "control_guidance_end": end,
            },
        )
        return io.NodeOutput((*(previous or ()), layer))
