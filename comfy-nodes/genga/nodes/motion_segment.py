"""Motion Segment: one sentence of a timeline; segments are chained."""

from __future__ import annotations

from comfy_api.latest import io

from ..compat import schema
from ..errors import GengaNodeError
from ..motion import SegmentsType
from ..timeline import Segment


class GengaMotionSegment(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaMotionSegment",
            display_name="Genga Motion Segment",
            category="Genga",
            description="One sentence of a motion's timeline and its seconds. Chain segments by `previous`; they run into one another without a seam.",
            search_aliases=["timeline", "action", "text to motion"],
            inputs=[
                io.String.Input("prompt", multiline=True, tooltip="What the figure does."),
                io.Float.Input(
                    "duration",
                    default=0.0,
                    min=0.0,
                    max=120.0,
                    step=0.1,
                    tooltip="Seconds. 0 = as Genga Generate Motion says.",
                ),
                SegmentsType.Input("previous", optional=True, tooltip="Segments before this one."),
            ],
            outputs=[SegmentsType.Output(display_name="segments", tooltip="For Genga Generate Motion.")],
        )

    @classmethod
    def execute(
        cls, prompt: str, duration: float, previous: tuple[Segment, ...] | None = None
    ) -> io.NodeOutput:
        words = " ".join(prompt.split())
        if not words:
            raise GengaNodeError("The segment has no words.", "Say what the figure does.")
        return io.NodeOutput((*(previous or ()), Segment(prompt=words, duration_s=duration or None)))
