"""Fills the bones of a pose by the names of common rigs."""

from __future__ import annotations

import bpy

from ..capture.pose_bones import OPTIONAL_PARTS, PARTS, bones_by_name


class GENGA_OT_find_pose_bones(bpy.types.Operator):
    """Fill the empty fields by the names that Rigify, Mixamo, Unreal, VRM and other rigs use"""

    bl_idname = "genga.find_pose_bones"
    bl_label = "Find by Name"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an armature."""
        return context.object is not None and context.object.type == "ARMATURE"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Fills them."""
        mapping, rig = bones_by_name(context.object)
        pose = context.object.genga.pose
        for part, bone in mapping.items():
            if not getattr(pose, part):
                setattr(pose, part, bone)
        missing = [part.replace("_", " ") for part in PARTS if not getattr(pose, part)]
        if missing:
            self.report({"WARNING"}, f"No bone was found for: {', '.join(missing)}")
        else:
            self.report({"INFO"}, f"Bones found by the names of {rig}")
        return {"FINISHED"}


class GENGA_OT_clear_pose_bones(bpy.types.Operator):
    """Empty all fields: bones are found by name again"""

    bl_idname = "genga.clear_pose_bones"
    bl_label = "Clear"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an armature."""
        return context.object is not None and context.object.type == "ARMATURE"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Empties them."""
        for part in (*PARTS, *OPTIONAL_PARTS):
            setattr(context.object.genga.pose, part, "")
        return {"FINISHED"}


_CLASSES = (GENGA_OT_find_pose_bones, GENGA_OT_clear_pose_bones)


def register() -> None:
    """Registers the operators."""
    for item in _CLASSES:
        bpy.utils.register_class(item)


def unregister() -> None:
    """Takes them back."""
    for item in reversed(_CLASSES):
        bpy.utils.unregister_class(item)
