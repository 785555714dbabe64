"""A motion as the core sent it. Free of `bpy`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from genga_client import GengaError

FORMAT = "genga.motion.v1"


@dataclass(frozen=True, kw_only=True)
class Take:
    """One motion on one armature; made by `read_take`."""

    fps: float
    frames: int
    root: np.ndarray
    """Pelvis of the 22 joints, [frames, 3], metres."""
    contacts: np.ndarray
    """1 where a foot bears weight, [frames, 4]: left ankle, right ankle, left ball, right ball."""
    rotations: dict[str, np.ndarray]
    """Bone → quaternions x, y, z, w in its pose space, [frames, 4]."""
    locations: dict[str, np.ndarray]
    """Bone → metres in its pose space, [frames, 3]."""
    map: dict[str, str]
    """Joint → bone, as the core used it."""
    root_bone: str | None
    scale: float
    """Leg of the armature divided by the leg of the 22 joints."""
    notes: tuple[str, ...]
    """What a person should know of the transfer."""
    origin: tuple[dict[str, Any], ...]
    """Of each sentence: retrieved, varied or generated, and from which clips."""


def read_take(data: bytes) -> Take:
    """Reads the core's JSON motion with the curves of an armature.

    Raises GengaError ASSET_UNREADABLE for other bytes, and for a motion without an armature.
    """
    try:
        motion = json.loads(data)
    except ValueError as error:
        raise GengaError("ASSET_UNREADABLE", f"These {len(data)} bytes are no JSON: {error}.") from error
    if not isinstance(motion, dict) or motion.get("format") != FORMAT:
        met = motion.get("format") if isinstance(motion, dict) else type(motion).__name__
        raise GengaError("ASSET_UNREADABLE", f'The motion is of the form "{met}"; expected {FORMAT}.')
    rig, frames = motion.get("rig"), int(motion["frames"])
    if rig is None:
        raise GengaError("ASSET_UNREADABLE", "The motion holds no curves for an armature.")
    rotations, locations = {}, {}
    for curve in rig["curves"]:
        values = np.array(curve["values"], np.float64)
        if curve["channel"] == "rotation":
            rotations[curve["bone"]] = _every_frame(values.reshape(-1, 4), curve.get("frames"), frames)
        else:
            locations[curve["bone"]] = _every_frame(values.reshape(-1, 3), curve.get("frames"), frames)
    contacts = motion.get("contacts") or np.zeros((frames, 4))
    return Take(
        fps=float(motion["fps"]),
        frames=frames,
        root=np.array(motion["root"], np.float64).reshape(frames, 3),
        contacts=np.array(contacts, np.uint8).reshape(frames, 4),
        rotations={
            bone: values / np.linalg.norm(values, axis=1, keepdims=True) for bone, values in rotations.items()
        },
        locations=locations,
        map=dict(rig.get("map") or {}),
        root_bone=rig.get("root_bone"),
        scale=float(rig.get("scale") or 1.0),
        notes=tuple(rig.get("notes") or ()),
        origin=tuple(motion.get("origin") or ()),
    )


def _every_frame(values: np.ndarray, keys: list[int] | None, frames: int) -> np.ndarray:
    """Fills the frames between keys, straight as the core means them."""
    at = np.arange(len(values)) if keys is None else np.array(keys, np.float64)
    if len(at) == frames:
        return values
    return np.stack(
        [np.interp(np.arange(frames), at, values[:, axis]) for axis in range(values.shape[1])], -1
    )
