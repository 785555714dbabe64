"""Motion to Poses: a motion as OpenPose pictures, frame by frame, for ControlNet."""

from __future__ import annotations

import json
from typing import Any

import torch
from comfy_api.latest import io

from ..compat import schema, show_text
from ..core import node_link
from ..errors import GengaNodeError
from ..motion import Motion, MotionType, read_motion
from ..motion_job import run_motion, source_params
from ..pose_camera import camera_around
from ..pose_pictures import draw_pose
from ..running import CheckInterrupt, in_thread

# As comfyui_controlnet_aux writes them; its readers take them as missing.
NO_HANDS = {"face_keypoints_2d": None, "hand_left_keypoints_2d": None, "hand_right_keypoints_2d": None}


class GengaMotionToPoses(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaMotionToPoses",
            display_name="Genga Motion to Poses",
            category="Genga",
            description="Shows a motion to a camera and draws each frame as OpenPose does: a batch of pose pictures for ControlNet, and the points for nodes that take POSE_KEYPOINT.",
            search_aliases=["openpose", "controlnet", "pose keypoint", "dwpose", "video"],
            inputs=[
                MotionType.Input("motion", tooltip="The motion."),
                io.Int.Input("which", default=0, min=0, max=15, tooltip="Which of the variations, from 0."),
                io.Float.Input(
                    "fps",
                    default=0.0,
                    min=0.0,
                    max=240.0,
                    step=1.0,
                    tooltip="Pictures a second. 0 = as the motion. A picture of 512 × 512 takes 3 MB of memory.",
                ),
                io.Int.Input("width", default=512, min=16, max=8192, step=8, tooltip="Pixels."),
                io.Int.Input("height", default=512, min=16, max=8192, step=8, tooltip="Pixels."),
                io.Float.Input(
                    "azimuth",
                    default=0.0,
                    min=-360.0,
                    max=360.0,
                    step=1.0,
                    tooltip="Where the camera stands, degrees: 0 = in front of the figure's first frame, 90 = at its left, 180 = behind it.",
                ),
                io.Float.Input(
                    "elevation",
                    default=0.0,
                    min=-89.0,
                    max=89.0,
                    step=1.0,
                    tooltip="How far it looks down, degrees.",
                ),
                io.Float.Input(
                    "distance",
                    default=0.0,
                    min=0.0,
                    max=1000.0,
                    step=0.1,
                    tooltip="Metres from the middle of the way. 0 = as near as the whole way stays in sight.",
                ),
                io.Float.Input(
                    "fov",
                    default=40.0,
                    min=2.0,
                    max=160.0,
                    step=1.0,
                    tooltip="Vertical angle of view, degrees.",
                ),
            ],
            outputs=[
                io.Image.Output(display_name="images", tooltip="A pose picture for each frame."),
                io.Custom("POSE_KEYPOINT").Output(
                    display_name="pose_keypoints", tooltip="The points of each frame, in pixels."
                ),
                io.Float.Output(display_name="fps", tooltip="Pictures a second, for Create Video."),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    async def execute(cls, motion: tuple[Motion, ...], which: int, fps: float, **view: Any) -> io.NodeOutput:
        node_id = cls.hidden.unique_id

        def work(check: CheckInterrupt) -> tuple[torch.Tensor, list[dict[str, Any]], float]:
            return _poses(motion, which, fps, view, node_id, check)

        return io.NodeOutput(*await in_thread(work))


def _poses(
    motions: tuple[Motion, ...],
    which: int,
    fps: float,
    view: dict[str, Any],
    node_id: str | None,
    check: CheckInterrupt,
) -> tuple[torch.Tensor, list[dict[str, Any]], float]:
    if which >= len(motions):
        raise GengaNodeError(
            f"There is no variation {which}; the motion has {len(motions)}, from 0.", "Choose one of them."
        )
    motion = motions[which]
    file = read_motion(motion.json.data, motion.json.name)
    camera = camera_around(
        file,
        azimuth_degrees=view["azimuth"],
        elevation_degrees=view["elevation"],
        distance_m=view["distance"],
        fov_degrees=view["fov"],
        width=view["width"],
        height=view["height"],
    )
    rate = fps or float(file["fps"])
    client = node_link.client()
    params = source_params(client, motion, {"formats": ["openpose"], "fps": rate, "camera": camera})
    (made,) = run_motion(client, params, node_id, check)
    frames: list[dict[str, Any]] = json.loads(made["openpose"].data)
    pictures = torch.empty((len(frames), view["height"], view["width"], 3), dtype=torch.float32)
    for index, frame in enumerate(frames):
        check()
        (person,) = frame["people"]
        drawn = draw_pose(person["pose_keypoints_2d"], view["width"], view["height"])
        pictures[index] = torch.from_numpy(drawn).to(torch.float32) / 255
    show_text(f"{len(frames)} pictures, {rate:g} a second", node_id)
    keypoints = [
        {**frame, "people": [{**person, **NO_HANDS} for person in frame["people"]]} for frame in frames
    ]
    return pictures, keypoints, rate
