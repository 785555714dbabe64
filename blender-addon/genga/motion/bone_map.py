"""Which bone of an armature takes which joint: as the artist chose, by names, and by shape."""

from __future__ import annotations

import bpy
from genga_client import GengaError

from ..capture.pose_bones import bones_of
from .joints import JOINTS, LEGS
from .rigify import controls_of, is_rigify

FROM_PARTS = {
    "hip": "thigh", "knee": "shin", "ankle": "foot",
    "shoulder": "upper_arm", "elbow": "forearm", "wrist": "hand",
}  # fmt: skip
"""Joint of a limb → part of the pose maps' table of names."""


def chosen_bones(armature: bpy.types.Object) -> dict[str, str]:
    """Gives joint → bone as far as the artist chose it."""
    chosen = armature.genga_motion
    return {joint: name for joint in JOINTS if (name := getattr(chosen, joint))}


def found_bones(armature: bpy.types.Object) -> dict[str, str]:
    """Gives joint → bone by the names of common rigs, and by the bones between those."""
    if is_rigify(armature):
        return controls_of(armature)
    bones = armature.data.bones
    parts, _ = bones_of(armature)
    found = {}
    for side in ("left", "right"):
        for joint, part in FROM_PARTS.items():
            name = parts.get(f"{side}_{part}")
            if name is not None:
                found[f"{side}_{joint}"] = name
        ankle = bones.get(found.get(f"{side}_ankle", ""))
        toe = _toe(ankle) if ankle is not None else None
        if toe is not None:
            found[f"{side}_foot"] = toe.name
    if "head" in parts:
        found["head"] = parts["head"]
    _add_trunk(found, bones)
    return found


def bone_map(armature: bpy.types.Object) -> dict[str, str]:
    """Gives joint → bone: what the artist chose before what is found, without bones that are gone."""
    merged = {**found_bones(armature), **chosen_bones(armature)}
    return {joint: name for joint, name in merged.items() if name in armature.data.bones}


def require_legs(armature: bpy.types.Object, mapping: dict[str, str]) -> None:
    """Raises GengaError INVALID_REQUEST, naming the joints, unless an armature has hips and two legs."""
    missing = [joint for joint in LEGS if joint not in mapping]
    if missing:
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" has no bone for: {", ".join(_words(one) for one in missing)}.',
            remedy="Choose the bones under Motion Bones; motion needs hips and two legs.",
            data={"missing": missing},
        )


def _words(joint: str) -> str:
    return joint.replace("_", " ")


def _add_trunk(found: dict[str, str], bones: bpy.types.ArmatureBones) -> None:
    def ancestors(joint: str) -> list[str]:
        bone = bones.get(found.get(joint, ""))
        return [one.name for one in bone.parent_recursive] if bone is not None else []

    pelvis = _first_common(ancestors("left_hip"), ancestors("right_hip"))
    if pelvis is None:
        return
    found["pelvis"] = pelvis
    top = _first_common(ancestors("left_shoulder"), ancestors("right_shoulder"))
    if top is None:
        return
    above = [top, *(one.name for one in bones[top].parent_recursive)]
    if pelvis not in above:
        return
    spine = list(reversed(above[: above.index(pelvis)]))
    if spine:
        found["spine3"] = spine[-1]
    if len(spine) > 1:
        found["spine1"] = spine[0]
    if len(spine) > 2:
        found["spine2"] = spine[(len(spine) - 1) // 2]
    for joint, end in (
        ("neck", "head"),
        ("left_collar", "left_shoulder"),
        ("right_collar", "right_shoulder"),
    ):
        line = ancestors(end)
        between = line[: line.index(top)] if top in line else []
        if between:
            found[joint] = between[-1]


def _first_common(one: list[str], other: list[str]) -> str | None:
    return next((name for name in one if name in other), None)


def _toe(ankle: bpy.types.Bone) -> bpy.types.Bone | None:
    named = [bone for bone in ankle.children if any(word in bone.name.lower() for word in ("toe", "ball"))]
    return named[0] if named else ankle.children[0] if len(ankle.children) == 1 else None
