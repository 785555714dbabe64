"""From a take to what each pose bone is keyed with: values of its own channels, in its own rotation mode."""

from __future__ import annotations

import math
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from .read_rig import RigSkeleton
from .rotations import continuous, matrices_of, quaternions_of
from .take import Take


@dataclass(frozen=True)
class Channels:
    """Values of a bone, one row for each frame."""

    bone: str
    rotation_path: str
    """rotation_quaternion, rotation_euler or rotation_axis_angle."""
    rotation: np.ndarray
    """[frames, 4] (w first; of an axis: angle first) or [frames, 3] (radians)."""
    quaternions: np.ndarray
    """The same rotation as quaternions x, y, z, w, [frames, 4]."""
    location: np.ndarray | None
    """[frames, 3], units of the armature; None = the bone stays where it is."""


def pose_matrices(skeleton: RigSkeleton, take: Take) -> dict[str, np.ndarray]:
    """Gives the poses that the core means, in armature space: bone → [frames, 4, 4].

    Holds the bones that move and those which carry them.
    """
    needed = _needed(skeleton, [*take.rotations, *take.locations])
    found: dict[str, np.ndarray] = {}
    for index in needed:
        name = skeleton.bones[index]
        found[name] = _carried(skeleton, index, found) @ _basis(skeleton, take, name)
    return found


def channels_of(armature: bpy.types.Object, skeleton: RigSkeleton, take: Take) -> list[Channels]:
    """Gives the channels of the bones that move, parents first.

    Bones between them that have no part keep their pose: what hangs from them is turned back by as much.
    Flags of bones (inherit rotation, local location) are respected.
    """
    meant = pose_matrices(skeleton, take)
    actual: dict[str, np.ndarray] = {}
    channels = []
    for index in _needed(skeleton, [*take.rotations, *take.locations]):
        name = skeleton.bones[index]
        bone = armature.pose.bones[name]
        if name not in take.rotations and name not in take.locations:
            rests = skeleton.rigify  # its mechanism is not looked at; `parents` are only what carries
            now = np.eye(4) if rests else np.array(bone.matrix_basis, np.float64)
            actual[name] = _carried(skeleton, index, actual) @ now
            continue
        basis = _basis_in_file(bone.bone, skeleton, index, meant[name], actual)
        moves = name in take.locations
        if not moves:
            basis[:, :3, 3] = 0
        turns = continuous(quaternions_of(basis[:, :3, :3]))
        path, values = _in_mode(bone.rotation_mode, turns)
        channels.append(Channels(name, path, values, turns, basis[:, :3, 3].copy() if moves else None))
        clean = np.tile(np.eye(4), (take.frames, 1, 1))
        clean[:, :3, :3] = matrices_of(turns)
        clean[:, :3, 3] = basis[:, :3, 3]
        actual[name] = _pose_in_file(bone.bone, skeleton, index, clean, actual)
    return channels


def _needed(skeleton: RigSkeleton, bones: list[str]) -> list[int]:
    wanted: set[int] = set()
    for name in bones:
        index = skeleton.bones.index(name) if name in skeleton.bones else -1
        while index >= 0 and index not in wanted:
            wanted.add(index)
            index = skeleton.parents[index]
    return sorted(wanted)  # parents stand before children


def _basis(skeleton: RigSkeleton, take: Take, name: str) -> np.ndarray:
    basis = np.tile(np.eye(4), (take.frames, 1, 1))
    if name in take.rotations:
        basis[:, :3, :3] = matrices_of(take.rotations[name])
    if name in take.locations:
        basis[:, :3, 3] = take.locations[name] / skeleton.metres
    return basis


def _carried(skeleton: RigSkeleton, index: int, poses: dict[str, np.ndarray]) -> np.ndarray:
    """Gives where a bone would be without a turn of its own, [4, 4] or [frames, 4, 4]."""
    parent = skeleton.parents[index]
    if parent < 0:
        return skeleton.rest[index]
    return poses[skeleton.bones[parent]] @ np.linalg.inv(skeleton.rest[parent]) @ skeleton.rest[index]


def _is_plain(bone: bpy.types.Bone) -> bool:
    return (
        bone.use_inherit_rotation
        and bone.use_local_location
        and bone.inherit_scale in ("FULL", "AVERAGE", "FIX_SHEAR", "ALIGNED", "NONE")
    )


def _basis_in_file(
    bone: bpy.types.Bone, skeleton: RigSkeleton, index: int, meant: np.ndarray, actual: dict[str, np.ndarray]
) -> np.ndarray:
    if skeleton.rigify or _is_plain(bone):
        return np.linalg.inv(_carried(skeleton, index, actual)) @ meant
    return _converted(bone, skeleton, index, meant, actual, invert=True)


def _pose_in_file(
    bone: bpy.types.Bone, skeleton: RigSkeleton, index: int, basis: np.ndarray, actual: dict[str, np.ndarray]
) -> np.ndarray:
    if skeleton.rigify or _is_plain(bone):
        return _carried(skeleton, index, actual) @ basis
    return _converted(bone, skeleton, index, basis, actual, invert=False)


def _converted(
    bone: bpy.types.Bone,
    skeleton: RigSkeleton,
    index: int,
    matrices: np.ndarray,
    actual: dict[str, np.ndarray],
    *,
    invert: bool,
) -> np.ndarray:
    """Has Blender go between pose and channels of a bone with flags of its own."""
    parent = skeleton.parents[index]
    rest = Matrix(skeleton.rest[index].tolist())
    if parent < 0:
        found = [bone.convert_local_to_pose(Matrix(one.tolist()), rest, invert=invert) for one in matrices]
    else:
        parent_rest = Matrix(skeleton.rest[parent].tolist())
        poses = np.broadcast_to(actual[skeleton.bones[parent]], matrices.shape)
        found = [
            bone.convert_local_to_pose(
                Matrix(one.tolist()),
                rest,
                parent_matrix=Matrix(pose.tolist()),
                parent_matrix_local=parent_rest,
                invert=invert,
            )
            for one, pose in zip(matrices, poses, strict=True)
        ]
    return np.array([np.array(one) for one in found], np.float64)


def _in_mode(mode: str, turns: np.ndarray) -> tuple[str, np.ndarray]:
    if mode == "QUATERNION":
        return "rotation_quaternion", turns[:, [3, 0, 1, 2]]
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", _axis_angles(turns)
    found, before = [], None
    for x, y, z, w in turns.tolist():
        turn = Quaternion((w, x, y, z))
        # The nearest to the frame before: an Euler angle may pass 180 degrees and go on.
        before = turn.to_euler(mode) if before is None else turn.to_euler(mode, before)
        found.append(tuple(before))
    return "rotation_euler", np.array(found, np.float64)


def _axis_angles(turns: np.ndarray) -> np.ndarray:
    found = np.empty((len(turns), 4))
    turned = next((turn for turn in turns if np.linalg.norm(turn[:3]) > 1e-6), None)
    axis = np.array([0.0, 1.0, 0.0]) if turned is None else turned[:3] / np.linalg.norm(turned[:3])
    angle = 0.0
    for row, turn in zip(found, turns, strict=True):
        sine = float(np.linalg.norm(turn[:3]))
        now = 2 * math.atan2(sine, float(turn[3]))
        if sine > 1e-6:
            toward = turn[:3] / sine
            if toward @ axis < 0:
                toward, now = -toward, -now
            axis = toward
        angle = now + 2 * math.pi * round((angle - now) / (2 * math.pi))
        row[0], row[1:] = angle, axis
    return found
