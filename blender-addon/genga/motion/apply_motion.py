"""Puts a take onto an armature: a new action, or a strip of it. Nothing that was there is changed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from genga_client import GengaError

from ..results.image_datablock import image_name
from ..results.record import keep_record
from . import rigify
from .action_curves import FreshAction
from .few_keys import few_keys, slopes_of
from .pose_channels import Channels, channels_of
from .read_rig import RigSkeleton, require_posable
from .rotations import angles_between
from .take import Take

FILE_KEY = "genga_file"
"""Custom property with the core's signed file, packed with zlib."""
SIDECAR_KEY = "genga_sidecar"
"""Custom property with the file's credential, as bytes."""


@dataclass(frozen=True, kw_only=True)
class Placing:
    """How a take is put onto an armature."""

    start: int
    """Frame of its first key."""
    target: str = "ACTION"
    """ACTION or NLA."""
    few_keys: bool = False
    error_degrees: float = 0.5
    error_metres: float = 0.002
    loop: bool = False
    in_place: bool = False


@dataclass(kw_only=True)
class Applied:
    """What was put onto an armature."""

    action: str
    """Name of the new action."""
    keys: int
    """Number of keys in it."""
    notes: list[str] = field(default_factory=list)
    """What a person should know."""


def apply_motion(
    armature: bpy.types.Object,
    skeleton: RigSkeleton,
    take: Take,
    placing: Placing,
    record: dict[str, Any],
    file_bytes: bytes = b"",
    sidecar: bytes | None = None,
) -> Applied:
    """Makes a new action of a take and gives it to the armature.

    The armature's own action, if any, stays in the file and gets a user of its own if nothing else keeps it.

    Raises GengaError INVALID_REQUEST as `require_posable`, and for bones that are gone.
    """
    require_posable(armature)
    gone = [name for name in (*take.rotations, *take.locations) if name not in armature.pose.bones]
    if gone:
        raise GengaError(
            "INVALID_REQUEST",
            f'The armature "{armature.name}" has no bone "{gone[0]}" any more.',
            remedy="Generate the motion again.",
        )
    channels = channels_of(armature, skeleton, take)
    made = FreshAction(image_name(record.get("title") or "Motion"), armature)
    applied = Applied(action=made.action.name, keys=0, notes=list(take.notes))
    try:
        for one in channels:
            applied.keys += _key_bone(made, one, take, placing, loop_moves=not placing.in_place)
        _rest_what_else_moves(made, armature, channels, placing.start, applied)
        if skeleton.rigify:
            _switch_to_fk(made, armature, placing.start, applied)
        _note_constraints(armature, channels, applied)
        _describe(made.action, take, placing, record, file_bytes, sidecar)
    except BaseException:
        bpy.data.actions.remove(made.action)
        raise
    _give(made, armature, placing, applied)
    return applied


def _key_bone(made: FreshAction, one: Channels, take: Take, placing: Placing, *, loop_moves: bool) -> int:
    group = f'pose.bones["{bpy.utils.escape_identifier(one.bone)}"]'
    frames = np.arange(take.frames) + placing.start
    rows = [(one.rotation_path, one.rotation, False)]
    if one.location is not None:
        rows.append(("location", one.location, loop_moves))
    count = 0
    for name, values, travels in rows:
        at = frames
        if placing.loop:
            values, at = _closed(values, at, travels)
        keys = list(range(len(values)))
        smooth = placing.few_keys and name != "rotation_axis_angle"
        if smooth:
            allowed = (
                _rotation_error(one, placing) if name != "location" else _place_error(placing, take, one)
            )
            keys = few_keys(values, _against(values, allowed))
        slopes = slopes_of(values)
        for index in range(values.shape[1]):
            curve = made.curve(f"{group}.{name}", index, one.bone)
            _write(curve, at[keys], values[keys, index], slopes[keys, index] if smooth else None)
            if placing.loop:
                cycles = curve.modifiers.new("CYCLES")
                cycles.mode_before = cycles.mode_after = "REPEAT_OFFSET" if travels else "REPEAT"
            count += len(keys)
    return count


def _write(
    curve: bpy.types.FCurve, frames: np.ndarray, values: np.ndarray, slopes: np.ndarray | None
) -> None:
    points = curve.keyframe_points
    count = len(frames)
    points.add(count)
    points.foreach_set("co", np.stack([frames, values], -1).astype(np.float32).ravel())
    # BEZIER = 2, LINEAR = 1: keys of every frame are joined straight.
    points.foreach_set("interpolation", np.full(count, 1 if slopes is None else 2, np.int32))
    if slopes is not None:
        # Handles a third of the way: time then runs evenly along the curve, which makes it the cubic checked.
        before = np.diff(frames, prepend=frames[0]) / 3
        after = np.diff(frames, append=frames[-1]) / 3
        before[0], after[-1] = after[0], before[-1]
        left = np.stack([frames - before, values - slopes * before], -1)
        right = np.stack([frames + after, values + slopes * after], -1)
        points.foreach_set("handle_left", left.astype(np.float32).ravel())
        points.foreach_set("handle_right", right.astype(np.float32).ravel())
        for name in ("handle_left_type", "handle_right_type"):
            points.foreach_set(name, np.full(count, 3, np.int32))  # ALIGNED
    curve.update()


def _closed(values: np.ndarray, frames: np.ndarray, travels: bool) -> tuple[np.ndarray, np.ndarray]:
    """Adds the first frame's key after the last one: where the next round begins."""
    end = values[0]
    if travels and len(values) > 1:
        end = values[-1] + (values[1] - values[0] + values[-1] - values[-2]) / 2
    elif values.shape[1] == 4 and values[-1] @ end < 0:
        end = -end
    elif values.shape[1] == 3 and not travels:
        end = (
            end + 2 * np.pi * np.round((values[-1] - end) / (2 * np.pi))
            if np.abs(values[-1] - end).max() > 3
            else end
        )
    return np.vstack([values, end]), np.append(frames, frames[-1] + 1)


def _against(values: np.ndarray, allowed: Any) -> Any:
    def error(fitted: np.ndarray, first: int) -> np.ndarray:
        return allowed(fitted, values[first : first + len(fitted)])

    return error


def _rotation_error(one: Channels, placing: Placing) -> Any:
    limit = np.radians(placing.error_degrees)
    if one.rotation_path == "rotation_quaternion":
        return lambda fitted, true: angles_between(fitted, true) / limit
    # Turning about three axes one after the other cannot be off by more than the sum.
    return lambda fitted, true: np.abs(fitted - true).sum(-1) / limit


def _place_error(placing: Placing, take: Take, one: Channels) -> Any:
    metres = take.locations[one.bone]
    size = np.ptp(metres, axis=0).max() / max(np.ptp(one.location, axis=0).max(), 1e-12)
    limit = placing.error_metres / max(size, 1e-12)
    return lambda fitted, true: np.linalg.norm(fitted - true, axis=-1) / limit


def _rest_what_else_moves(
    made: FreshAction, armature: bpy.types.Object, channels: list[Channels], start: int, applied: Applied
) -> None:
    """Keys at rest what would add to the motion: place and size of its bones, Rigify's other controls."""
    rested = []
    moved = {one.bone: one for one in channels}
    others = (
        [name for name in rigify.KEPT_AT_REST if name in armature.pose.bones]
        if rigify.is_rigify(armature)
        else []
    )
    for name in (*moved, *(name for name in others if name not in moved)):
        bone = armature.pose.bones[name]
        rests: list[tuple[str, tuple[float, ...], tuple[float, ...]]] = [
            ("scale", tuple(bone.scale), (1, 1, 1))
        ]
        if name not in moved or moved[name].location is None:
            rests.append(("location", tuple(bone.location), (0, 0, 0)))
        if name not in moved:
            mode = bone.rotation_mode
            if mode == "QUATERNION":
                rests.append(("rotation_quaternion", tuple(bone.rotation_quaternion), (1, 0, 0, 0)))
            elif mode != "AXIS_ANGLE":
                rests.append(("rotation_euler", tuple(bone.rotation_euler), (0, 0, 0)))
        for path, now, rest in rests:
            if max(abs(a - b) for a, b in zip(now, rest, strict=True)) < 1e-6:
                continue
            for index, value in enumerate(rest):
                curve = made.curve(f'pose.bones["{bpy.utils.escape_identifier(name)}"].{path}', index, name)
                _write(curve, np.array([start]), np.array([float(value)]), None)
                applied.keys += 1
            rested.append(name)
    if rested:
        applied.notes.append(
            f"Keyed at rest, since they would add to the motion: {', '.join(dict.fromkeys(rested))}."
        )


def _switch_to_fk(made: FreshAction, armature: bpy.types.Object, start: int, applied: Applied) -> None:
    switched = []
    for name, key, value in rigify.settings_for_fk(armature):
        path = f'pose.bones["{bpy.utils.escape_identifier(name)}"]["{bpy.utils.escape_identifier(key)}"]'
        curve = made.curve(path, 0, name)
        _write(curve, np.array([start]), np.array([value]), None)
        curve.keyframe_points[0].interpolation = "CONSTANT"
        applied.keys += 1
        if armature.pose.bones[name][key] != value:
            switched.append(f"{name} {key}")
    if switched:
        applied.notes.append(f"The rig's FK controls lead now; keyed in the action: {', '.join(switched)}.")


def _note_constraints(armature: bpy.types.Object, channels: list[Channels], applied: Applied) -> None:
    held = [
        one.bone
        for one in channels
        for constraint in armature.pose.bones[one.bone].constraints
        if not constraint.mute and constraint.influence > 0
    ]
    if held:
        applied.notes.append(
            f"These bones have constraints that may pull them elsewhere: {', '.join(dict.fromkeys(held))}."
        )


def _describe(
    action: bpy.types.Action,
    take: Take,
    placing: Placing,
    record: dict[str, Any],
    file_bytes: bytes,
    sidecar: bytes | None,
) -> None:
    action.use_frame_range = True
    action.frame_start = placing.start
    # A loop's last frame is where its first comes again.
    action.frame_end = placing.start + take.frames - (0 if placing.loop else 1)
    action.use_cyclic = placing.loop
    keep_record(action, record)
    if file_bytes:
        action[FILE_KEY] = zlib.compress(file_bytes, 6)
    if sidecar is not None:
        action[SIDECAR_KEY] = sidecar


def _give(made: FreshAction, armature: bpy.types.Object, placing: Placing, applied: Applied) -> None:
    animation = armature.animation_data
    before = animation.action if animation is not None else None
    if placing.target == "NLA":
        made.add_strip(armature, made.action.name, placing.start)
        if before is not None:
            applied.notes.append(
                f'The action "{before.name}" lies above the strip; push it down to see '
                "the strip where both have keys."
            )
        return
    made.assign(armature)
    if before is not None:
        if before.users == 0 or (before.users == 1 and before.use_fake_user):
            before.use_fake_user = True
        applied.notes.append(f'The action "{before.name}" stays in the file.')
    elif animation is not None and any(not track.mute for track in animation.nla_tracks):
        applied.notes.append("The new action lies above the armature's NLA tracks.")


def file_of_action(action: bpy.types.Action) -> tuple[bytes, bytes | None] | None:
    """Gives the signed file of an action and its credential as the core sent them; None without."""
    packed = action.get(FILE_KEY)
    if not isinstance(packed, bytes):
        return None
    sidecar = action.get(SIDECAR_KEY)
    return zlib.decompress(packed), sidecar if isinstance(sidecar, bytes) else None
