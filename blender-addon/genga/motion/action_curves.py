"""Actions of Blender 3.4 to 5.x: their curves, and new ones, with or without slots."""

from __future__ import annotations

import bpy


def curves_of(animation: bpy.types.AnimData | None) -> list[bpy.types.FCurve]:
    """Gives the curves that animate a datablock by its action."""
    action = animation.action if animation is not None else None
    if action is None:
        return []
    slot = getattr(animation, "action_slot", None)
    if slot is not None:
        return [
            curve
            for layer in action.layers
            for strip in layer.strips
            if (bag := strip.channelbag(slot)) is not None
            for curve in bag.fcurves
        ]
    return list(action.fcurves) if hasattr(action, "fcurves") else []


class FreshAction:
    """A new action for one object; in 4.4 and later with one layer, one strip and a slot for the object."""

    def __init__(self, name: str, animated: bpy.types.Object) -> None:
        self.action = bpy.data.actions.new(name)
        self.slot: object | None = None
        """Slot of the object; None before 4.4."""
        if hasattr(self.action, "slots"):
            self.slot = self.action.slots.new(id_type="OBJECT", name=animated.name)
            strip = self.action.layers.new("Layer").strips.new(type="KEYFRAME")
            self._owner = strip.channelbag(self.slot, ensure=True)
        else:
            self._owner = self.action
        self._groups: dict[str, bpy.types.ActionGroup] = {}

    def curve(self, data_path: str, index: int, group: str) -> bpy.types.FCurve:
        """Adds a curve to a group of this name."""
        curve = self._owner.fcurves.new(data_path, index=index)
        if group not in self._groups:
            self._groups[group] = self._owner.groups.new(group)
        curve.group = self._groups[group]
        return curve

    def assign(self, animated: bpy.types.Object) -> None:
        """Makes it the action of the object."""
        animation = animated.animation_data or animated.animation_data_create()
        animation.action = self.action
        if self.slot is not None:
            animation.action_slot = self.slot

    def add_strip(self, animated: bpy.types.Object, name: str, start: int) -> bpy.types.NlaStrip:
        """Adds it as a strip on a new track above the others."""
        animation = animated.animation_data or animated.animation_data_create()
        track = animation.nla_tracks.new()
        track.name = name
        strip = track.strips.new(name, start, self.action)
        if self.slot is not None:
            strip.action_slot = self.slot
        strip.extrapolation = "NOTHING"
        return strip
