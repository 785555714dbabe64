"""Motion Key Pose: a pose of one motion that another one hits; poses are chained."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..compat import schema
from ..errors import GengaNodeError
from ..motion import KeyPosesType, Motion, MotionType, read_motion


class GengaMotionKeyPose(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaMotionKeyPose",
            display_name="Genga Motion Key Pose",
            category="Genga",
            description="Takes a pose out of a motion, for Genga Generate Motion to hit at a time: go on where another motion ends, or come back to a pose. Chain poses by `previous`.",
            search_aliases=["in-between", "keyframe", "continue motion"],
            inputs=[
                MotionType.Input("motion", tooltip="Motion that the pose is taken from."),
                io.Float.Input(
                    "from_time",
                    default=-1.0,
                    min=-1.0,
                    max=120.0,
                    step=0.05,
                    tooltip="Seconds in that motion. -1 = its last frame.",
                ),
                io.Float.Input(
                    "at_time",
                    default=0.0,
                    min=0.0,
                    max=120.0,
                    step=0.05,
                    tooltip="Seconds in the motion that hits it.",
                ),
                io.Boolean.Input(
                    "keep_place",
                    default=True,
                    tooltip="Whether the figure stands there, too; off = the pose alone.",
                ),
                KeyPosesType.Input("previous", optional=True, tooltip="Poses before this one."),
            ],
            outputs=[KeyPosesType.Output(display_name="key_poses", tooltip="For Genga Generate Motion.")],
        )

    @classmethod
    def execute(
        cls,
        motion: tuple[Motion, ...],
        from_time: float,
        at_time: float,
        keep_place: bool,
        previous: tuple[dict[str, Any], ...] | None = None,
    ) -> io.NodeOutput:
        file = read_motion(motion[0].json.data, motion[0].json.name)
        last = file["frames"] - 1
        frame = last if from_time < 0 else round(from_time * file["fps"])
        if frame > last:
            raise GengaNodeError(
                f"The motion lasts {file['frames'] / file['fps']:g} s; it has no pose at {from_time:g} s.",
                "Choose an earlier time, or -1 for its end.",
            )
        turns = file["rotations"][frame]
        names = file["skeleton"]["names"]
        pose: dict[str, Any] = {
            "time_s": at_time,
            "rotations": {name: turns[index * 4 : index * 4 + 4] for index, name in enumerate(names)},
        }
        if keep_place:
            pose["root"] = file["root"][frame]
        return io.NodeOutput((*(previous or ()), pose))
