"""What travels on the pack's motion links.

Metres, +Y up, right-handed; a figure at rest faces +Z, its left is +X. Quaternions are x, y, z, w.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from comfy_api.latest import io

from .errors import GengaNodeError
from .signed_file import SignedFile

MotionType = io.Custom("GENGA_MOTION")
SegmentsType = io.Custom("GENGA_SEGMENTS")
PathType = io.Custom("GENGA_PATH")
KeyPosesType = io.Custom("GENGA_KEY_POSES")

FORMAT = "genga.motion.v1"
MIME = "application/vnd.genga.motion+json"


@dataclass(frozen=True, kw_only=True)
class Motion:
    """One motion with its credential. GENGA_MOTION is a tuple of them, one for each variation."""

    files: dict[str, SignedFile]
    """By form: `json` always, `bvh` and `glb` where the core made them."""
    seed: int | None = None
    bundle: str | None = None

    @property
    def json(self) -> SignedFile:
        """The file that the core takes as `source`."""
        return self.files["json"]


def read_motion(data: bytes, name: str) -> dict[str, Any]:
    """Reads a motion file of the core. Raises GengaNodeError if it is none."""
    remedy = "Choose a JSON file that Genga Save Motion, Blender's add-on or `genga generate motion` wrote."
    try:
        found = json.loads(data)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise GengaNodeError(f"{name} is no motion of Genga: its format is not {FORMAT}.", remedy)
        frames, joints = found["frames"], len(found["skeleton"]["names"])
        fits = np.shape(found["root"]) == (frames, 3) and np.shape(found["rotations"]) == (frames, joints * 4)
        if not fits or not found["fps"] > 0 or frames < 1:
            raise GengaNodeError(f"{name} is damaged: its parts do not fit one another.", remedy)
    except (ValueError, KeyError, TypeError) as error:
        raise GengaNodeError(f"{name} cannot be read as a motion: {error}.", remedy) from None
    return found


def joint_positions(motion: dict[str, Any]) -> np.ndarray:
    """Gives where the joints are in the world, [frames, joints, 3] float64, by forward kinematics."""
    parents = motion["skeleton"]["parents"]
    offsets = np.asarray(motion["skeleton"]["offsets"], np.float64)
    local = np.asarray(motion["rotations"], np.float64).reshape(len(motion["root"]), -1, 4)
    world = np.empty_like(local)
    positions = np.empty((*local.shape[:2], 3))
    world[:, 0], positions[:, 0] = local[:, 0], np.asarray(motion["root"], np.float64)
    for joint in range(1, len(parents)):
        parent = parents[joint]
        world[:, joint] = _multiply(world[:, parent], local[:, joint])
        positions[:, joint] = positions[:, parent] + rotate(world[:, parent], offsets[joint])
    return positions


def rotate(turns: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Gives a vector [3] turned by unit quaternions [n, 4]: [n, 3]."""
    axis, w = turns[:, :3], turns[:, 3:]
    twice = 2 * np.cross(axis, vector)
    return vector + w * twice + np.cross(axis, twice)


def _multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The turn b, then a; both [n, 4]."""
    av, aw, bv, bw = a[:, :3], a[:, 3:], b[:, :3], b[:, 3:]
    vector = aw * bv + bw * av + np.cross(av, bv)
    scalar = aw * bw - (av * bv).sum(axis=1, keepdims=True)
    return np.concatenate([vector, scalar], axis=1)
