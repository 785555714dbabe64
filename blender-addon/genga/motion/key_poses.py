"""Poses of an armature as poses of the 22 joints, for a motion to pass through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np
from genga_client import GengaError

from . import rigify
from .action_curves import curves_of
from .joints import JOINTS, OFFSETS, PARENTS
from .read_rig import RigSkeleton
from .rotations import between, quaternions_of

AIMS = {
    "left_hip": "left_knee", "right_hip": "right_knee", "left_knee": "left_ankle",
    "right_knee": "right_ankle",
    "left_shoulder": "left_elbow",
    "right_shoulder": "right_elbow", "left_elbow": "left_wrist", "right_elbow": "right_wrist",
}  # fmt: skip
"""Joint whose rest direction may differ between characters (T-pose, A-pose) → joint that it points at."""
ANKLES = ("left_ankle", "right_ankle")
ANKLE_HEIGHT = 0.09976
"""Height of the 22 joints' ankles above the ground when a foot stands flat, metres."""
AS_BEFORE = {"left_wrist": "left_elbow", "right_wrist": "right_elbow"}
"""Joints that turn with their parent's difference."""


def keyframes_selected(armature: bpy.types.Object) -> list[int]:
    """Gives the frames of the selected keyframes of an armature's action."""
    return sorted(
        {
            round(point.co.x)
            for curve in curves_of(armature.animation_data)
            for point in curve.keyframe_points
            if point.select_control_point
        }
    )


def keyframes_around(armature: bpy.types.Object, frame: int) -> tuple[int, int]:
    """Gives the last keyed frame at or before a frame and the first after it.

    Raises GengaError INVALID_REQUEST when there are no two with room between them.
    """
    keyed = sorted(
        {
            round(point.co.x)
            for curve in curves_of(armature.animation_data)
            if curve.data_path.startswith("pose.bones")
            for point in curve.keyframe_points
        }
    )
    before = [one for one in keyed if one <= frame]
    after = [one for one in keyed if one > frame]
    if not before or not after or after[0] - before[-1] < 2:
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" has no keyed pose on each side of frame {frame} with '
            "frames between.",
            remedy="Key two poses and put the playhead between them.",
        )
    return before[-1], after[0]


def poses_at(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    skeleton: RigSkeleton,
    frames: Iterable[int],
    *,
    scale: float,
    joints: set[str] | None = None,
) -> dict[int, dict[str, Any]]:
    """Gives `KeyPose` fields `root` and `rotations` of the armature's pose at frames.

    `scale`: leg of the armature divided by the leg of the 22 joints. `joints`: those wanted; None = all.
    The timeline and poses without keys are as before at the end.
    """
    current = scene.frame_current
    unkeyed = _channels(armature)
    found = {}
    try:
        for frame in frames:
            if frame != scene.frame_current:
                scene.frame_set(frame)
            found[frame] = pose_now(armature, skeleton, scale=scale, joints=joints)
    finally:
        if scene.frame_current != current:
            scene.frame_set(current)
        _restore(armature, unkeyed)
    return found


def pose_now(
    armature: bpy.types.Object, skeleton: RigSkeleton, *, scale: float, joints: set[str] | None = None
) -> dict[str, Any]:
    """Gives `root` and `rotations` of the armature's evaluated pose at the current frame."""
    evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    bones = {
        joint: evaluated.pose.bones[rigify.source_of(armature, name) if skeleton.rigify else name]
        for joint, name in skeleton.map.items()
    }
    turn = skeleton.stage.axes @ (skeleton.world[:3, :3] / skeleton.scale)
    differences = rest_differences(armature, skeleton)
    whole: dict[str, np.ndarray] = {}
    for joint in JOINTS:
        bone = bones.get(joint)
        if bone is None:
            continue
        rest = np.array(bone.bone.matrix_local, np.float64)[:3, :3]
        pose = np.array(bone.matrix, np.float64)[:3, :3]
        moved = turn @ pose @ np.linalg.inv(rest) @ turn.T
        whole[joint] = moved @ differences[joint]
    rotations = {}
    for joint, rotation in whole.items():
        if joints is not None and joint not in joints:
            continue
        above = PARENTS[JOINTS.index(joint)]
        while above >= 0 and JOINTS[above] not in whole:
            above = PARENTS[above]
        parent = whole[JOINTS[above]] if above >= 0 else np.eye(3)
        rotations[joint] = [round(float(value), 6) for value in quaternions_of(parent.T @ rotation)]
    pose: dict[str, Any] = {"rotations": rotations}
    if joints is None or "pelvis" in joints:
        pose["root"] = [round(float(value), 5) for value in _root(bones, skeleton, scale, whole["pelvis"])]
    return pose


def rest_differences(armature: bpy.types.Object, skeleton: RigSkeleton) -> dict[str, np.ndarray]:
    """Gives joint → the turn from the 22 joints' T-pose to how the armature's limb lies at rest, [3, 3]."""
    turn = skeleton.stage.axes @ (skeleton.world[:3, :3] / skeleton.scale)
    heads = {
        joint: turn @ np.array(armature.data.bones[name].head_local, np.float64)
        for joint, name in skeleton.map.items()
    }
    found = {joint: np.eye(3) for joint in JOINTS}
    for joint, end in AIMS.items():
        if joint in heads and end in heads and np.linalg.norm(heads[end] - heads[joint]) > 1e-6:
            found[joint] = between(OFFSETS[JOINTS.index(end)], heads[end] - heads[joint])
    for joint, like in AS_BEFORE.items():
        found[joint] = found[like]
    return found


def _root(
    bones: dict[str, bpy.types.PoseBone], skeleton: RigSkeleton, scale: float, pelvis: np.ndarray
) -> np.ndarray:
    """Gives the pelvis of the 22 joints, so that the middle of the hips stands where the armature's does."""
    inside = sum(np.array(bones[joint].head, np.float64) for joint in ("left_hip", "right_hip")) / 2
    middle = skeleton.stage.to_motion(skeleton.world[:3, :3] @ inside + skeleton.world[:3, 3])
    ankles = [skeleton.rest[skeleton.bones.index(skeleton.map[joint]), :3, 3] for joint in ANKLES]
    ground = skeleton.stage.to_motion(np.array(ankles) @ skeleton.world[:3, :3].T + skeleton.world[:3, 3])[
        :, 1
    ].mean()
    # Heights are counted from where the ankles of a standing foot are, as the core does it the other way.
    placed = np.array([middle[0], middle[1] - ground, middle[2]]) / scale + [0, ANKLE_HEIGHT, 0]
    below = sum(OFFSETS[JOINTS.index(joint)] for joint in ("left_hip", "right_hip")) / 2
    return placed - pelvis @ below


def _channels(armature: bpy.types.Object) -> list[tuple[Any, ...]]:
    return [
        (
            bone.name,
            tuple(bone.location),
            tuple(bone.rotation_quaternion),
            tuple(bone.rotation_euler),
            tuple(bone.rotation_axis_angle),
            tuple(bone.scale),
        )
        for bone in armature.pose.bones
    ]


def _restore(armature: bpy.types.Object, channels: list[tuple[Any, ...]]) -> None:
    for name, location, quaternion, euler, axis_angle, scale in channels:
        bone = armature.pose.bones[name]
        bone.location, bone.rotation_quaternion, bone.rotation_euler = location, quaternion, euler
        bone.rotation_axis_angle, bone.scale = axis_angle, scale
