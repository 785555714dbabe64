"""Writes HumanML3D features of the golden motion walk.json, by numpy from the data set's definition.

Guo et al. 2022, section 4: root turn and velocity, height, joints about the root, velocities, contacts. The
heading of a frame is square to hips and shoulders, as the data set reckons it. Six-number turns are left at
those of a rest pose; nothing reads them. In an environment with numpy:
python test/golden/motion/make_humanml3d.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SOLE = 0.03
"""Of our ball above the ground, metres; HumanML3D puts it on the ground."""


def matrix(q: np.ndarray) -> np.ndarray:
    """Gives matrices [..., 3, 3] of x y z w."""
    x, y, z, w = np.moveaxis(q, -1, 0)
    return np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], -1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], -1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], -1),
        ],
        -2,
    )


def joints_of(motion: dict) -> np.ndarray:
    """Gives joints [frames, 22, 3] by matrices."""
    frames = motion["frames"]
    local = matrix(np.array(motion["rotations"]).reshape(frames, 22, 4))
    offsets, parents = np.array(motion["skeleton"]["offsets"]), motion["skeleton"]["parents"]
    world, places = np.zeros((frames, 22, 3, 3)), np.zeros((frames, 22, 3))
    for joint, parent in enumerate(parents):
        world[:, joint] = local[:, joint] if parent < 0 else world[:, parent] @ local[:, joint]
        places[:, joint] = (
            np.array(motion["root"]) if parent < 0 else places[:, parent] + world[:, parent] @ offsets[joint]
        )
    return places


def features_of(joints: np.ndarray) -> np.ndarray:
    """Gives [frames - 1, 263]."""
    joints = joints - [0, SOLE, 0]
    across = joints[:, 1] - joints[:, 2] + joints[:, 16] - joints[:, 17]
    forward = np.cross(across, [0, 1, 0])
    yaw = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    joints = joints - joints[0, 0] * [1, 0, 1]
    cos, sin = np.cos(yaw), np.sin(yaw)
    zero, one = np.zeros_like(yaw), np.ones_like(yaw)
    # Takes the world to the heading of each frame: about +Y by -yaw.
    rows = [[cos, zero, -sin], [zero, one, zero], [sin, zero, cos]]
    to_heading = np.stack([np.stack(row, -1) for row in rows], -2)
    velocity = np.einsum("fij,fj->fi", to_heading[1:], np.diff(joints[:, 0], axis=0))
    local = np.einsum("fij,fkj->fki", to_heading, joints - joints[:, :1] * [1, 0, 1])
    speeds = np.einsum("fij,fkj->fki", to_heading[:-1], np.diff(joints, axis=0))
    contacts = (np.diff(joints[:, [7, 10, 8, 11]], axis=0) ** 2).sum(-1) < 0.002
    six = np.tile(np.array([1, 0, 0, 0, 1, 0.0]), (len(yaw) - 1, 21))
    columns = [
        -np.diff(yaw)[:, None] / 2,
        velocity[:, [0, 2]],
        joints[:-1, 0, 1:2],
        local[:-1, 1:].reshape(len(yaw) - 1, 63),
        six,
        speeds.reshape(len(yaw) - 1, 66),
        contacts,
    ]
    return np.concatenate(columns, 1)


def main() -> None:
    """Writes the file: features, and the joints that they stand for, facing +Z at the start."""
    joints = joints_of(json.loads((HERE / "walk.json").read_text()))
    features = features_of(joints)
    across = joints[0, 1] - joints[0, 2] + joints[0, 16] - joints[0, 17]
    forward = np.cross(across, [0, 1, 0])
    yaw = np.arctan2(forward[0], forward[2])
    turn = np.array([[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]])
    faced = (joints[:-1] - joints[0, 0] * [1, 0, 1]) @ turn.T
    text = json.dumps(
        {
            "frames": len(features),
            "features": [[round(float(value), 6) + 0.0 for value in row] for row in features],
            "joints": [
                [round(float(value), 6) + 0.0 for value in row] for row in faced.reshape(len(features), 66)
            ],
        },
        separators=(",", ":"),
    )
    (HERE / "walk-humanml3d.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
