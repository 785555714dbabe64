"""What a motion will be asked for, read from scene and armature at one moment and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from genga_client import GengaError
from genga_client.protocol import Welcome

from ..tasks.bundles import require_bundle
from .apply_motion import Placing
from .bone_map import require_legs
from .ground_path import path_message
from .joints import JOINTS, LEGS, OFFSETS
from .key_poses import keyframes_around, keyframes_selected, poses_at
from .read_rig import RigSkeleton, needs_given_map, read_skeleton, rig_message, root_bone_of
from .segments import FIRST_PROMPT, first_frame, fps_of, pose_frames, segments_of
from .stage import Stage

PREVIEW_PIXELS = 384
HEADINGS_PER_SECOND = 4
SHORTEST_S, LONGEST_S = 0.1, 120.0


@dataclass(frozen=True, kw_only=True)
class MotionPlan:
    """One armature's motion to be. Holds names, no datablocks: files may be opened meanwhile."""

    scene: str
    armature: str
    skeleton: RigSkeleton
    params: dict[str, Any]
    """Parameters as the protocol names them."""
    placing: Placing
    title: str
    bundle_name: str


def make_plan(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    welcome: Welcome | None,
    *,
    seed: int,
    between_keys: bool = False,
) -> MotionPlan:
    """Reads the settings for one armature.

    `between_keys`: fill what lies between its keyed poses on both sides of the playhead.

    Raises GengaError INVALID_REQUEST, BUNDLE_NOT_FOUND, POLICY_REFUSED.
    """
    props = scene.genga_motion
    bundle = require_bundle(welcome, props.bundle, "motion") if welcome is not None else None
    skeleton = read_skeleton(scene, armature)
    fps = fps_of(scene)
    if not 1 <= fps <= 240:
        raise GengaError(
            "INVALID_REQUEST",
            f"The scene plays {fps:g} frames a second; motion is made at 1 to 240.",
            remedy="Set Output Properties ▸ Frame Rate.",
        )
    if between_keys:
        first, last = keyframes_around(armature, scene.frame_current)
        frames = last - first + 1
        prompt = next((one.prompt for one in props.segments if one.prompt.strip()), FIRST_PROMPT)
        segments = [(" ".join(prompt.split()), frames)]
        poses = [first, last]
    else:
        segments = segments_of(scene)
        first, frames = first_frame(scene), sum(count for _, count in segments)
        poses = _pose_frames(scene, armature, first, frames)
    if not SHORTEST_S <= frames / fps <= LONGEST_S:
        raise GengaError(
            "INVALID_REQUEST",
            f"{frames} frames are {frames / fps:.2f} s at {fps:g} frames a second; a motion has "
            f"{SHORTEST_S:g} to {LONGEST_S:g} s.",
            remedy="Give the sentences other lengths.",
        )
    root = root_bone_of(armature, skeleton) if props.root == "BONE" and not props.in_place else None
    params: dict[str, Any] = {
        "segments": [{"prompt": prompt, "duration_s": count / fps} for prompt, count in segments],
        "mode": props.mode,
        "seed": seed,
        "num_motions_per_prompt": props.num_motions_per_prompt,
        "variation": round(props.variation, 4),
        "speed": round(props.speed, 4),
        "style": props.style.strip(),
        "loop": props.loop and not between_keys,
        "in_place": props.in_place and not between_keys,
        "foot_lock": props.foot_lock,
        "rig": rig_message(skeleton, given_map=needs_given_map(armature, skeleton), root_bone=root),
        "output": {"formats": ["json"], "fps": fps},
        "preview": {"every_steps": 4, "max_size": PREVIEW_PIXELS},
    }
    if bundle is not None:
        params["bundle"] = bundle.id
    if props.own_sampling:
        params["num_inference_steps"] = props.num_inference_steps
        params["guidance_scale"] = round(props.guidance_scale, 4)
    if not between_keys:
        path = path_message(scene, skeleton.stage, first, frames, fps, scale=_known_ratio(skeleton))
        if path is not None:
            params["path"] = path
    if props.facing is not None:
        params["heading"] = headings(scene, skeleton.stage, props.facing, first, frames, fps)
    if poses:
        params["key_poses"] = _key_poses(scene, armature, skeleton, poses, first, fps)
    return MotionPlan(
        scene=scene.name,
        armature=armature.name,
        skeleton=skeleton,
        params=params,
        placing=Placing(
            start=first,
            target=props.target,
            few_keys=props.keyframes == "FEW",
            error_degrees=props.key_error_degrees,
            error_metres=props.key_error_cm / 100,
            loop=bool(params["loop"]),
            in_place=bool(params["in_place"]),
        ),
        title=segments[0][0] + (" …" if len(segments) > 1 else ""),
        bundle_name=bundle.name if bundle is not None else "",
    )


def leg_ratio(skeleton: RigSkeleton) -> float:
    """Gives the length of the armature's legs divided by that of the 22 joints'."""
    heads = {joint: skeleton.rest[skeleton.bones.index(name), :3, 3] for joint, name in skeleton.map.items()}

    def leg(side: str) -> float:
        hip, knee, ankle = (heads[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
        return float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee)) * skeleton.metres

    own = sum(float(np.linalg.norm(OFFSETS[JOINTS.index(joint)])) for joint in ("left_knee", "left_ankle"))
    return (leg("left") + leg("right")) / 2 / own


def _known_ratio(skeleton: RigSkeleton) -> float:
    return leg_ratio(skeleton) if all(joint in skeleton.map for joint in LEGS) else 1.0


def headings(
    scene: bpy.types.Scene, stage: Stage, target: bpy.types.Object, first: int, frames: int, fps: float
) -> list[dict[str, float]]:
    """Gives the protocol's `heading`: where an object's -Y axis points, four times a second."""
    count = min(1024, max(2, round((frames - 1) / fps * HEADINGS_PER_SECOND) + 1))
    current, angle, listed = scene.frame_current, 0.0, []
    try:
        for at in np.linspace(0, frames - 1, count):
            scene.frame_set(int(first + at), subframe=float(at % 1))
            evaluated = target.evaluated_get(bpy.context.evaluated_depsgraph_get())
            x, _, z = stage.axes @ -np.array(evaluated.matrix_world, np.float64)[:3, 1]
            now = float(np.degrees(np.arctan2(x, z)))
            angle = now + 360 * round((angle - now) / 360) if listed else now
            listed.append({"time_s": round(float(at) / fps, 6), "angle_degrees": round(angle, 3)})
    finally:
        scene.frame_set(current)
    return listed


def _pose_frames(scene: bpy.types.Scene, armature: bpy.types.Object, first: int, frames: int) -> list[int]:
    props = scene.genga_motion
    if props.key_poses == "NONE":
        return []
    marked = props.key_poses == "MARKERS"
    found = [
        frame
        for frame in (pose_frames(scene) if marked else keyframes_selected(armature))
        if first <= frame < first + frames
    ]
    if not found:
        what = "marker whose name begins with: pose" if marked else f'selected keyframe of "{armature.name}"'
        raise GengaError(
            "INVALID_REQUEST",
            f"No {what} lies in the frames {first} to {first + frames - 1}.",
            remedy="Mark a frame, or set Key Poses to None.",
        )
    return found


def _key_poses(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    skeleton: RigSkeleton,
    frames: list[int],
    first: int,
    fps: float,
) -> list[dict[str, Any]]:
    require_legs(armature, skeleton.map)
    joints = None
    if scene.genga_motion.pose_selected_bones:
        joints = {joint for joint, name in skeleton.map.items() if _is_selected(armature, name)}
        if not joints:
            raise GengaError(
                "INVALID_REQUEST",
                f'No bone of "{armature.name}" that moves is selected.',
                remedy="Select bones in Pose Mode, or switch Selected Bones Only off.",
            )
    poses = poses_at(scene, armature, skeleton, frames, scale=leg_ratio(skeleton), joints=joints)
    return [{"time_s": round((frame - first) / fps, 6), **pose} for frame, pose in poses.items()]


def _is_selected(armature: bpy.types.Object, name: str) -> bool:
    bone = armature.pose.bones[name]
    return bone.select if hasattr(bone, "select") else bone.bone.select
