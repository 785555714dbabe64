"""The 18 body points of OpenPose (COCO) for an armature, in world space."""

from __future__ import annotations

import bpy
import numpy as np

from .pose_bones import bones_of

JOINTS = (
    "nose", "neck",
    "right_shoulder", "right_elbow", "right_wrist",
    "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle",
    "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
"""Names of the points in OpenPose's order."""
_AT_BONE = {
    "right_shoulder": "right_upper_arm",
    "right_elbow": "right_forearm",
    "right_wrist": "right_hand",
    "left_shoulder": "left_upper_arm",
    "left_elbow": "left_forearm",
    "left_wrist": "left_hand",
    "right_hip": "right_thigh",
    "right_knee": "right_shin",
    "right_ankle": "right_foot",
    "left_hip": "left_thigh",
    "left_knee": "left_shin",
    "left_ankle": "left_foot",
}
# Metres from the joint between neck and head of a person whose torso is half a metre: side (left +), up,
# forward.
_FACE = {
    "nose": (0.0, 0.055, 0.115),
    "right_eye": (-0.032, 0.09, 0.09),
    "left_eye": (0.032, 0.09, 0.09),
    "right_ear": (-0.075, 0.065, 0.005),
    "left_ear": (0.075, 0.065, 0.005),
}
# The same from the point between the eyes.
_FROM_EYES = {
    "nose": (0.0, -0.035, 0.025),
    "right_ear": (-0.075, -0.025, -0.085),
    "left_ear": (0.075, -0.025, -0.085),
}
# Which way each point of the face looks; it is hidden when that is away from the view.
_LOOKS = {
    "nose": (0.0, 0.0, 1.0),
    "right_eye": (-0.45, 0.0, 0.9),
    "left_eye": (0.45, 0.0, 0.9),
    "right_ear": (-1.0, 0.0, 0.05),
    "left_ear": (1.0, 0.0, 0.05),
}


class BodyPoints:
    """Points of one person."""

    def __init__(self, points: dict[str, np.ndarray], facing: dict[str, np.ndarray], torso_m: float) -> None:
        self.points = points
        """World position of each joint that the armature has."""
        self.facing = facing
        """World direction in which a point of the face looks."""
        self.torso_m = torso_m
        """Length of the torso, the measure of the person."""


def body_points(armature: bpy.types.Object) -> BodyPoints | None:
    """Gives the body points of an evaluated armature in its pose; None without shoulders or without hips.

    The face is placed by the head bone's turn away from the rest pose, so that neither its roll nor its
    tail matters: at rest a person looks where left, up and forward make a right hand.
    """
    bones, _ = bones_of(armature)
    world = np.array(armature.matrix_world, np.float64)

    def place(part: str, *, rest: bool = False) -> np.ndarray | None:
        if part not in bones:
            return None
        bone = armature.pose.bones[bones[part]]
        local = bone.bone.head_local if rest else bone.head
        return world[:3, :3] @ np.array(local) + world[:3, 3]

    points = {joint: place(part) for joint, part in _AT_BONE.items()}
    found = {joint: point for joint, point in points.items() if point is not None}
    shoulders = [found.get("right_shoulder"), found.get("left_shoulder")]
    if shoulders[0] is None or shoulders[1] is None:
        return None
    found["neck"] = (shoulders[0] + shoulders[1]) / 2
    rest = {
        part: place(part, rest=True)
        for part in ("left_upper_arm", "right_upper_arm", "left_thigh", "right_thigh")
    }
    facing: dict[str, np.ndarray] = {}
    torso = float(np.linalg.norm(shoulders[0] - shoulders[1])) * 1.4
    if all(point is not None for point in rest.values()):
        up = (rest["left_upper_arm"] + rest["right_upper_arm"] - rest["left_thigh"] - rest["right_thigh"]) / 2
        torso = float(np.linalg.norm(up))
        if "head" in bones and torso > 0:
            left = rest["left_upper_arm"] - rest["right_upper_arm"]
            facing = _add_face(found, armature, bones, world, left, up, torso)
    return BodyPoints(found, facing, torso)


def _add_face(
    points: dict[str, np.ndarray],
    armature: bpy.types.Object,
    bones: dict[str, str],
    world: np.ndarray,
    left: np.ndarray,
    up: np.ndarray,
    torso: float,
) -> dict[str, np.ndarray]:
    """Puts nose, eyes and ears among the points; gives the directions in which they look."""
    left = left / max(np.linalg.norm(left), 1e-9)
    up = up - left * (up @ left)
    up /= max(np.linalg.norm(up), 1e-9)
    axes = np.stack([left, up, np.cross(left, up)], -1)
    head = armature.pose.bones[bones["head"]]
    turn = np.array(head.matrix, np.float64)[:3, :3] @ np.linalg.inv(np.array(head.bone.matrix_local)[:3, :3])
    # From rest to pose in armature space, as seen in world space.
    axes = world[:3, :3] @ turn @ np.linalg.inv(world[:3, :3]) @ axes
    axes /= np.linalg.norm(axes, axis=0)
    scale = torso / 0.5
    base = world[:3, :3] @ np.array(head.head) + world[:3, 3]
    for joint, offset in _FACE.items():
        points[joint] = base + axes @ np.array(offset) * scale
    if "right_eye" in bones and "left_eye" in bones:
        for joint in ("right_eye", "left_eye"):
            points[joint] = world[:3, :3] @ np.array(armature.pose.bones[bones[joint]].head) + world[:3, 3]
        middle = (points["right_eye"] + points["left_eye"]) / 2
        for joint, offset in _FROM_EYES.items():
            points[joint] = middle + axes @ np.array(offset) * scale
    return {joint: axes @ np.array(look) / np.linalg.norm(look) for joint, look in _LOOKS.items()}
