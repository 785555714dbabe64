"""Armatures that motion is put on: names and proportions of common rigs, made here or by the real Rigify."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import addon_utils
import bpy
from mathutils import Vector

# Joint → place of a person of 1.75 m who looks along -Y, arms 45 degrees down (A-pose), metres; left side.
PLACES = {
    "pelvis": (0, 0, 0.98),
    "spine1": (0, 0.01, 1.08),
    "spine2": (0, 0.015, 1.2),
    "spine3": (0, 0.01, 1.32),
    "neck": (0, 0.02, 1.5),
    "head": (0, 0, 1.6),
    "collar": (0.03, 0, 1.45),
    "shoulder": (0.17, 0.01, 1.43),
    "elbow": (0.36, 0.02, 1.24),
    "wrist": (0.53, 0.0, 1.07),
    "hand": (0.59, 0.0, 1.01),
    "hip": (0.09, 0, 0.92),
    "knee": (0.095, -0.01, 0.5),
    "ankle": (0.1, 0.01, 0.09),
    "foot": (0.1, -0.11, 0.02),
    "toe": (0.1, -0.18, 0.02),
}
ENDS = {
    "pelvis": "spine1", "spine1": "spine2", "spine2": "spine3", "spine3": "neck", "neck": "head",
    "collar": "shoulder", "shoulder": "elbow", "elbow": "wrist", "wrist": "hand", "hip": "knee",
    "knee": "ankle", "ankle": "foot", "foot": "toe",
}  # fmt: skip
PARENTS = {
    "spine1": "pelvis", "spine2": "spine1", "spine3": "spine2", "neck": "spine3", "head": "neck",
    "collar": "spine3", "shoulder": "collar", "elbow": "shoulder", "wrist": "elbow", "hip": "pelvis",
    "knee": "hip", "ankle": "knee", "foot": "ankle",
}  # fmt: skip
GENERATED = Path(os.environ["BLENDER_USER_RESOURCES"]).parent / "generated-rig.blend"
TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")

MIXAMO = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck",
    "head": "Head", "collar": "{}Shoulder", "shoulder": "{}Arm", "elbow": "{}ForeArm", "wrist": "{}Hand",
    "hip": "{}UpLeg", "knee": "{}Leg", "ankle": "{}Foot", "foot": "{}ToeBase",
}  # fmt: skip
UNREAL = {
    "pelvis": "pelvis", "spine1": "spine_01", "spine2": "spine_02", "spine3": "spine_03",
    "neck": "neck_01", "head": "head", "collar": "clavicle_{}", "shoulder": "upperarm_{}",
    "elbow": "lowerarm_{}", "wrist": "hand_{}", "hip": "thigh_{}", "knee": "calf_{}", "ankle": "foot_{}",
    "foot": "ball_{}",
}  # fmt: skip


def names_of(table: dict[str, str], left: str, right: str, prefix: str = "") -> dict[str, str]:
    """Gives joint of the 22 → bone name."""
    found = {}
    for part, name in table.items():
        if part in TRUNK:
            found[part] = prefix + name
        else:
            found[f"left_{part}"] = prefix + name.format(left)
            found[f"right_{part}"] = prefix + name.format(right)
    return found


def add_rig(
    name: str,
    names: dict[str, str],
    *,
    places: dict[str, Sequence[float]] = PLACES,
    roll: float = 0.0,
    root: str | None = None,
) -> Any:
    """Adds an armature with a bone for each joint, named by `names`; gives the object, in Object Mode."""
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    select_only(armature)
    bpy.ops.object.mode_set(mode="EDIT")
    edit = armature.data.edit_bones
    if root is not None:
        bone = edit.new(root)
        bone.head, bone.tail = (0, 0, 0), (0, 0.2, 0)
    for joint, bone_name in names.items():
        side, _, part = joint.partition("_")
        part = part or joint
        bone = edit.new(bone_name)
        bone.head = _mirrored(places[part], side)
        bone.tail = _mirrored(places[ENDS[part]], side) if part in ENDS else bone.head + Vector((0, 0, 0.18))
        bone.roll = roll
        above = PARENTS.get(part)
        if above is not None:
            bone.parent = edit[names[above if above in TRUNK else f"{side}_{above}"]]
        elif root is not None:
            bone.parent = edit[root]
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def add_mixamo(name: str = "Mixamo") -> Any:
    """Adds a rig as Mixamo's FBX files give it: centimetres, turned upright by its object."""
    armature = add_rig(name, names_of(MIXAMO, "Left", "Right", "mixamorig:"), places=_as_fbx(PLACES))
    armature.rotation_euler = (1.5707963267948966, 0, 0)
    armature.scale = (0.01, 0.01, 0.01)
    bpy.context.view_layer.update()
    return armature


def add_unreal(name: str = "Unreal") -> Any:
    """Adds a rig with Unreal's names, a root bone, and bones whose roll is another."""
    return add_rig(name, names_of(UNREAL, "l", "r"), roll=0.8, root="root")


def add_cartoon(name: str = "Cartoon") -> Any:
    """Adds a character of 1.1 m with legs of 0.3 m and a big head, in Mixamo's names without a prefix."""
    short = {}
    for part, (x, y, z) in PLACES.items():
        if z > 0.98:
            z = 0.4 + (z - 0.98) * 0.9
        elif z > 0.09:
            z = 0.09 + (z - 0.09) * 0.36
        short[part] = (x * 1.3, y * 1.2, z)
    return add_rig(name, names_of(MIXAMO, "Left", "Right"), places=short)


def add_metarig() -> Any:
    """Adds Rigify's human metarig by its own operator."""
    addon_utils.enable("rigify", default_set=True)
    bpy.ops.object.armature_human_metarig_add()
    return bpy.context.object


def add_generated() -> Any:
    """Adds the rig that Rigify generates from its human metarig; generated once in a run."""
    if not GENERATED.exists():
        add_metarig()
        bpy.ops.pose.rigify_generate()
        bpy.data.libraries.write(str(GENERATED), {bpy.context.object})
        return bpy.context.object
    addon_utils.enable("rigify", default_set=True)
    with bpy.data.libraries.load(str(GENERATED)) as (there, here):
        here.objects = [name for name in there.objects if name == "rig"]
    (rig,) = here.objects
    bpy.context.scene.collection.objects.link(rig)
    select_only(rig)
    return rig


def select_only(item: Any) -> None:
    """Makes an object the active and only selected one."""
    bpy.context.view_layer.update()
    for other in bpy.context.view_layer.objects:
        other.select_set(other == item)
    bpy.context.view_layer.objects.active = item


RIGS = {
    "metarig": add_metarig,
    "generated": add_generated,
    "mixamo": add_mixamo,
    "unreal": add_unreal,
    "cartoon": add_cartoon,
}


def _mirrored(place: Sequence[float], side: str) -> Vector:
    return Vector((-place[0] if side == "right" else place[0], place[1], place[2]))


def _as_fbx(places: dict[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    """Gives places in centimetres, +Y up, looking along +Z."""
    return {part: (100 * x, 100 * z, -100 * y) for part, (x, y, z) in places.items()}
