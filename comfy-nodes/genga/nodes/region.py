"""Region: a phrase for a part of the picture; regions are chained."""

from __future__ import annotations

import re

import torch
from comfy_api.latest import io

from ..compat import schema
from ..errors import GengaNodeError
from ..images import png_of
from ..layers import RegionLayer, RegionsType


class GengaRegion(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaRegion",
            display_name="Genga Region",
            category="Genga",
            description="A phrase for a part of the picture: where the mask is white, or where the segmentation layer has the colour. Chain regions by `previous`; a later one of the same colour replaces the earlier.",
            search_aliases=["regional prompt", "area prompt", "segmentation prompt"],
            inputs=[
                io.String.Input(
                    "prompt",
                    multiline=True,
                    dynamic_prompts=True,
                    tooltip="What this part shows, for instance: a church with a red roof.",
                ),
                io.String.Input(
                    "color",
                    default="",
                    tooltip="Id colour in the segmentation layer, #rrggbb. Leave it empty with a mask.",
                ),
                io.Float.Input(
                    "weight",
                    default=1.0,
                    min=0.0,
                    max=10.0,
                    step=0.05,
                    tooltip="Weight against other regions of the same pixel.",
                ),
                io.Mask.Input("mask", optional=True, tooltip="Where it holds. Leave it away with a colour."),
                RegionsType.Input("previous", optional=True, tooltip="Regions before this one."),
            ],
            outputs=[RegionsType.Output(display_name="regions", tooltip="For Genga Generate Image.")],
        )

    @classmethod
    def execute(
        cls,
        prompt: str,
        color: str,
        weight: float,
        mask: torch.Tensor | None = None,
        previous: tuple[RegionLayer, ...] | None = None,
    ) -> io.NodeOutput:
        code = color.strip().lower()
        if not prompt.strip():
            raise GengaNodeError("The region has no prompt.", "Write what this part of the picture shows.")
        if bool(code) == (mask is not None):
            met = "both a colour and a mask" if code else "neither a colour nor a mask"
            raise GengaNodeError(
                f'The region "{prompt[:40]}" has {met}.',
                "Give one of them: a colour like #ff26df, or a mask.",
            )
        if code and not re.fullmatch(r"#[0-9a-f]{6}", code):
            raise GengaNodeError(f'"{color}" is no colour.', "Write it as #rrggbb, for instance #ff26df.")
        region = RegionLayer(
            prompt=prompt.strip(),
            weight=weight,
            color=code or None,
            mask=None if mask is None else png_of(mask[0] if mask.ndim == 3 else mask),
        )
        # The phrases of a scene come first in a chain; one of our own for the same object stands in its place.
        kept = [other for other in previous or () if region.color is None or other.color != region.color]
        return io.NodeOutput((*kept, region))
