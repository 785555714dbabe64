"""Motion Path: where the figure goes over the ground."""

from __future__ import annotations

from comfy_api.latest import io

from ..compat import schema
from ..ground_path import circle, figure_8, line, parse_points
from ..motion import PathType

POINTS = "points"
SHAPES = {"line": line, "circle": circle, "figure 8": figure_8}


class GengaMotionPath(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaMotionPath",
            display_name="Genga Motion Path",
            category="Genga",
            description="Path of the pelvis over the ground for Genga Generate Motion: points, or a line, circle or figure 8. Metres; x is the figure's left, z its front.",
            search_aliases=["trajectory", "curve", "walk path"],
            inputs=[
                io.Combo.Input(
                    "shape",
                    options=[POINTS, *SHAPES],
                    default=POINTS,
                    tooltip="points = those of the text.",
                ),
                io.String.Input(
                    "points",
                    multiline=True,
                    default="0, 0\n0, 2\n1.5, 4",
                    tooltip="One point a line: x, z in metres; `@ 2 s` after it = passed at that time, else at even speed.",
                ),
                io.Float.Input(
                    "size",
                    default=3.0,
                    min=0.1,
                    max=1000.0,
                    step=0.1,
                    tooltip="Metres from end to end of a line, across a circle or figure 8.",
                ),
                io.Boolean.Input(
                    "closed", default=False, tooltip="With points: whether the path ends where it begins."
                ),
                io.Combo.Input(
                    "facing",
                    options=["along", "free"],
                    default="along",
                    tooltip="along = the figure looks where it goes; free = the words decide.",
                ),
            ],
            outputs=[PathType.Output(display_name="path", tooltip="For Genga Generate Motion.")],
        )

    @classmethod
    def execute(cls, shape: str, points: str, size: float, closed: bool, facing: str) -> io.NodeOutput:
        # A form ends where it began by its own points.
        places = parse_points(points) if shape == POINTS else SHAPES[shape](size)
        return io.NodeOutput(
            {"points": places, "closed": closed and shape == POINTS, "facing": facing},
        )
