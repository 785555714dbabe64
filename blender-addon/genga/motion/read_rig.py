"""An armature's rest pose, as the core reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from genga_client import GengaError

from . import rigify
from .bone_map import bone_map, chosen_bones, require_legs
from .rotations import quaternions_of
from .stage import Stage, object_scale, stage_of

MAX_BONES = 2048
"""Most bones that the core takes."""


@dataclass(frozen=True)
class RigSkeleton:
    """Bones of an armature at rest, parents before children, in its own space. Made by `read_skeleton`."""

    name: str
    """Name of the armature object."""
    bones: tuple[str, ...]
    parents: tuple[int, ...]
    """Index of what carries each bone; -1 = none."""
    rest: np.ndarray
    """Rest pose of each bone, [bones, 4, 4], armature space."""
    tails: np.ndarray
    """Ends of the bones at rest, [bones, 3], armature space."""
    map: dict[str, str]
    """Joint → bone, as far as known here."""
    rigify: bool
    """Whether `parents` are what carries Rigify's controls, not the parents in the file."""
    world: np.ndarray
    """Place of the armature in Blender's world, [4, 4]."""
    scale: float
    """Length in Blender's world of one unit of the armature."""
    stage: Stage

    @property
    def metres(self) -> float:
        """Length of one unit of the armature in metres."""
        return self.scale * self.stage.metres


def require_posable(armature: bpy.types.Object | None) -> bpy.types.Object:
    """Gives the armature if motion can be put on it.

    Raises GengaError INVALID_REQUEST for none, for one in Edit Mode, at rest position, or linked from another
    file without an override.
    """
    if armature is None or armature.type != "ARMATURE":
        met = "Nothing is active" if armature is None else f'"{armature.name}" is no armature'
        raise GengaError("INVALID_REQUEST", f"{met}; motion needs an armature.", remedy="Select an armature.")
    if armature.library is not None or (
        armature.override_library is not None and armature.override_library.is_system_override
    ):
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" is linked from another file and cannot be animated here.',
            remedy="Make it editable: Object ▸ Library Override ▸ Make.",
        )
    if armature.mode == "EDIT":
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" is in Edit Mode.',
            remedy="Leave Edit Mode with Tab.",
        )
    if armature.data.pose_position == "REST":
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" shows its rest position; no motion would be seen.',
            remedy="Set Armature ▸ Pose ▸ Pose Position.",
        )
    return armature


def read_skeleton(scene: bpy.types.Scene, armature: bpy.types.Object) -> RigSkeleton:
    """Reads the rest pose of an armature.

    Where no bones are known by name and none were chosen the map is empty: the core looks by shape.

    Raises GengaError INVALID_REQUEST as `require_posable`, and for chosen bones without hips and legs, mapped
    bones that other bones drive (DEF- of Rigify), or more than 2048 bones.
    """
    require_posable(armature)
    scale = object_scale(armature)
    mapping = bone_map(armature)
    if chosen_bones(armature):
        require_legs(armature, mapping)
    generated = rigify.is_rigify(armature)
    if generated:
        _refuse_driven(armature, mapping)
    names, parents = _controls(armature, mapping) if generated else _all_bones(armature, mapping)
    bones = armature.data.bones
    rest = np.array([np.array(bones[name].matrix_local) for name in names], np.float64)
    tails = np.array([np.array(bones[name].tail_local) for name in names], np.float64)
    hips = [np.array(bones[mapping[one]].head_local) for one in ("left_hip", "right_hip") if one in mapping]
    feet = [bones[mapping[joint]] for joint in _FEET if joint in mapping]
    points = [np.array(point) for bone in feet for point in (bone.head_local, bone.tail_local)]
    world = np.array(armature.matrix_world, np.float64)
    return RigSkeleton(
        name=armature.name,
        bones=tuple(names),
        parents=tuple(parents),
        rest=rest,
        tails=tails,
        map=mapping,
        rigify=generated,
        world=world,
        scale=scale,
        stage=stage_of(
            scene,
            armature,
            hips[0] - hips[1] if len(hips) == 2 else None,
            min(points, key=lambda point: (world[:3, :3] @ point)[2], default=None),
        ),
    )


def rig_message(skeleton: RigSkeleton, *, given_map: bool, root_bone: str | None) -> dict[str, Any]:
    """Gives the protocol's `Rig`: metres, +Y up, facing +Z, on the ground at the origin.

    `given_map`: whether the map goes along; without it the core finds the bones itself.
    """
    axes, world, stage = skeleton.stage.axes, skeleton.world, skeleton.stage

    def place(points: np.ndarray) -> list[list[float]]:
        in_world = points @ world[:3, :3].T + world[:3, 3]
        return _rounded(stage.to_motion(in_world))

    turns = axes @ (world[:3, :3] / skeleton.scale) @ skeleton.rest[:, :3, :3]
    heads, tails = place(skeleton.rest[:, :3, 3]), place(skeleton.tails)
    rotations = _rounded(quaternions_of(turns))
    message: dict[str, Any] = {
        "name": skeleton.name[:200],
        "bones": [
            {"name": name, "parent": parent, "head": head, "tail": tail, "rotation": rotation}
            for name, parent, head, tail, rotation in zip(
                skeleton.bones, skeleton.parents, heads, tails, rotations, strict=True
            )
        ],
    }
    if given_map:
        message["map"] = dict(skeleton.map)
    if root_bone is not None:
        message["root_bone"] = root_bone
    return message


def needs_given_map(armature: bpy.types.Object, skeleton: RigSkeleton) -> bool:
    """Whether the core must be told the map: the artist chose bones, or they are Rigify's controls."""
    return skeleton.rigify or bool(chosen_bones(armature))


def root_bone_of(armature: bpy.types.Object, skeleton: RigSkeleton) -> str:
    """Gives the bone that carries the whole character: the chosen one, else the topmost above the hips.

    Raises GengaError INVALID_REQUEST when there is none.
    """
    chosen = armature.genga_motion.root_bone
    if chosen and chosen in skeleton.bones:
        return chosen
    if skeleton.rigify and "root" in skeleton.bones:
        return "root"
    require_legs(armature, skeleton.map)
    above = [bone.name for bone in armature.data.bones[skeleton.map["pelvis"]].parent_recursive]
    if not above or chosen:
        what = f'has no bone "{chosen}"' if chosen else "has no bone above the hips"
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" {what} that could carry the way over the ground.',
            remedy="Choose a root bone under Motion Bones, or let the hips carry it.",
        )
    return above[-1]


_FEET = ("left_ankle", "right_ankle", "left_foot", "right_foot")


def _controls(armature: bpy.types.Object, mapping: dict[str, str]) -> tuple[list[str], list[int]]:
    """Gives Rigify's controls with what carries them; the artist's own choices among them as they are."""
    carried_by = rigify.parents_of(mapping)
    root = "root" if "root" in armature.data.bones else None
    order = [root] if root else []
    order += [mapping[joint] for joint in _BY_DEPTH if joint in mapping]
    order = list(dict.fromkeys(order))
    parents = []
    for name in order:
        above = root if name == mapping["pelvis"] else carried_by.get(name)
        parents.append(order.index(above) if above is not None and name != root else -1)
    return order, parents


def _all_bones(armature: bpy.types.Object, mapping: dict[str, str]) -> tuple[list[str], list[int]]:
    bones = list(armature.data.bones)
    if len(bones) > MAX_BONES:  # those that matter: what is mapped, and what carries it
        kept = {name for one in mapping.values() for name in (one, *_above(armature, one))}
        bones = [bone for bone in bones if bone.name in kept]
    if len(bones) > MAX_BONES:
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" has {len(bones)} bones in its body; the core takes {MAX_BONES}.',
        )
    bones.sort(key=lambda bone: len(bone.parent_recursive))
    names = [bone.name for bone in bones]
    index = {name: number for number, name in enumerate(names)}
    return names, [index[bone.parent.name] if bone.parent is not None else -1 for bone in bones]


def _above(armature: bpy.types.Object, name: str) -> list[str]:
    return [bone.name for bone in armature.data.bones[name].parent_recursive]


def _refuse_driven(armature: bpy.types.Object, mapping: dict[str, str]) -> None:
    driven = sorted(name for name in mapping.values() if name.startswith(("DEF-", "ORG-", "MCH-")))
    if driven:
        raise GengaError(
            "INVALID_REQUEST",
            f'Bones of the generated rig "{armature.name}" that its controls drive were chosen: '
            f"{', '.join(driven[:4])}{' …' if len(driven) > 4 else ''}. Keys on them would not be seen.",
            remedy="Choose FK controls such as thigh_fk.L, or press Clear under Motion Bones.",
            data={"bones": driven},
        )


def _rounded(values: np.ndarray) -> list[list[float]]:
    return np.round(np.asarray(values, np.float64), 7).tolist()


_BY_DEPTH = (
    "pelvis", "spine1", "spine2", "spine3", "neck", "head", "left_collar", "right_collar", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle", "left_foot", "right_foot",
)  # fmt: skip
