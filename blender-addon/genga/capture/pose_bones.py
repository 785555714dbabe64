"""Finds the bones of a human armature by the names that common rigs give them."""

from __future__ import annotations

import re

import bpy

LIMBS = ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")
PARTS = ("head", *(f"{side}_{limb}" for side in ("right", "left") for limb in LIMBS))
"""Bones that OpenPose's body needs; a joint stands at its bone's head."""
OPTIONAL_PARTS = ("right_eye", "left_eye")
"""Bones that place the face better where the rig has them."""
LEAST_PARTS = 7
"""Fewer bones than this are no person."""

# `*` stands for the side, written as each rig does.
_RIGS: dict[str, tuple[tuple[str, str], dict[str, str]]] = {
    "Rigify, generated": (
        ("r", "l"),
        {
            "head": "def spine 006",
            "upper_arm": "def upper arm *",
            "forearm": "def forearm *",
            "hand": "def hand *",
            "thigh": "def thigh *",
            "shin": "def shin *",
            "foot": "def foot *",
            "eye": "org eye *",
        },
    ),
    "Rigify": (
        ("r", "l"),
        {
            "head": "spine 006",
            "upper_arm": "upper arm *",
            "forearm": "forearm *",
            "hand": "hand *",
            "thigh": "thigh *",
            "shin": "shin *",
            "foot": "foot *",
            "eye": "eye *",
        },
    ),
    "Mixamo": (
        ("right", "left"),
        {
            "head": "head",
            "upper_arm": "* arm",
            "forearm": "* fore arm",
            "hand": "* hand",
            "thigh": "* up leg",
            "shin": "* leg",
            "foot": "* foot",
            "eye": "* eye",
        },
    ),
    "Unreal": (
        ("r", "l"),
        {
            "head": "head",
            "upper_arm": "upperarm *",
            "forearm": "lowerarm *",
            "hand": "hand *",
            "thigh": "thigh *",
            "shin": "calf *",
            "foot": "foot *",
            "eye": "eye *",
        },
    ),
    "VRM": (
        ("r", "l"),
        {
            "head": "j bip c head",
            "upper_arm": "j bip * upper arm",
            "forearm": "j bip * lower arm",
            "hand": "j bip * hand",
            "thigh": "j bip * upper leg",
            "shin": "j bip * lower leg",
            "foot": "j bip * foot",
            "eye": "j adj * face eye",
        },
    ),
    "VRM humanoid": (
        ("right", "left"),
        {
            "head": "head",
            "upper_arm": "* upper arm",
            "forearm": "* lower arm",
            "hand": "* hand",
            "thigh": "* upper leg",
            "shin": "* lower leg",
            "foot": "* foot",
            "eye": "* eye",
        },
    ),
    "22 joints": (
        ("right", "left"),
        {
            "head": "head",
            "upper_arm": "* shoulder",
            "forearm": "* elbow",
            "hand": "* wrist",
            "thigh": "* hip",
            "shin": "* knee",
            "foot": "* ankle",
        },
    ),
    "3ds Max Biped": (
        ("r", "l"),
        {
            "head": "bip head",
            "upper_arm": "bip * upper arm",
            "forearm": "bip * forearm",
            "hand": "bip * hand",
            "thigh": "bip * thigh",
            "shin": "bip * calf",
            "foot": "bip * foot",
        },
    ),
    "Auto-Rig Pro": (
        ("r", "l"),
        {
            "head": "head x",
            "upper_arm": "arm stretch *",
            "forearm": "forearm stretch *",
            "hand": "hand *",
            "thigh": "thigh stretch *",
            "shin": "leg stretch *",
            "foot": "foot *",
        },
    ),
}
"""Rig → how it writes the sides, and its names as `_plain` gives them."""
RIG_NAMES = tuple(_RIGS)


def bones_by_name(armature: bpy.types.Object) -> tuple[dict[str, str], str]:
    """Gives part → bone name for an armature, and the rig whose names fit best; parts that were not found
    are absent.
    """
    names = {_plain(bone.name): bone.name for bone in reversed(armature.data.bones)}
    best: dict[str, str] = {}
    rig = ""
    for title, (sides, table) in _RIGS.items():
        found = {}
        for part in (*PARTS, *OPTIONAL_PARTS):
            side, _, limb = part.partition("_")
            written = table.get(part) or table.get(limb, "").replace("*", sides[side == "left"])
            name = names.get(_squeezed(written)) if written else None
            if name is not None:
                found[part] = name
        if len(found) > len(best):
            best, rig = found, title
    return best, rig


def bones_of(armature: bpy.types.Object) -> tuple[dict[str, str], list[str]]:
    """Gives part → bone name: what the person chose for this armature, else by name; and the parts that
    have none.
    """
    mapping, _ = bones_by_name(armature)
    chosen = getattr(armature, "genga", None)
    for part in (*PARTS, *OPTIONAL_PARTS):
        name = getattr(chosen.pose, part, "") if chosen is not None else ""
        if name:
            if name in armature.pose.bones:
                mapping[part] = name
            else:
                mapping.pop(part, None)
    return mapping, [part for part in PARTS if part not in mapping]


def can_pose(armature: bpy.types.Object) -> bool:
    """Whether an armature is a person whose pose can be drawn."""
    return armature.type == "ARMATURE" and len(bones_of(armature)[0]) >= LEAST_PARTS


def _plain(name: str) -> str:
    """Gives a bone's name without case, separators and the name of its rig: `mixamorig:RightArm` →
    `rightarm`.
    """
    name = re.sub(r"^.*:", "", name)
    name = re.sub(r"^mixamorig\d*_?", "", name, flags=re.IGNORECASE)
    name = re.sub(r"^Bip\d+", "Bip", name)
    return _squeezed(name)


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
