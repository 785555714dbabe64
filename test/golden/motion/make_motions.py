"""Writes motions of the procedural generator as motion files of the core, without their segments.

Contacts are those of models/training/motion/motion.py. In an environment with numpy and scipy:
python test/golden/motion/make_motions.py
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2]))

# E402: the checkout's own packages are found only after its folder is on the path.
from models.training.motion.motion import Motion, contacts_of, joints_of  # noqa: E402
from models.training.motion.procedural.generator import generate  # noqa: E402
from models.training.motion.skeleton import FPS, NAMES, OFFSETS, PARENTS  # noqa: E402

MOTIONS = {
    "walk": ("going", 14),
    "run": ("going", 3),
    "squat": ("squat", 1),
    "jump": ("jump", 1),
    "wave": ("gesture", 2),
    "sit": ("sit", 4),
}
"""File → recipe and number; seed 7."""
FRAMES = 80
"""Longest that is kept: four seconds."""


def rows(values: np.ndarray) -> list[list[float]]:
    """Gives rows rounded as the core rounds them."""
    return [[round(float(value), 6) + 0.0 for value in row] for row in values]


def motion_file(motion: Motion) -> dict[str, object]:
    """Gives the motion in the form of core/src/formats/motion-json.ts."""
    xyzw = np.roll(motion.rotations, -1, axis=-1)
    return {
        "format": "genga.motion.v1",
        "fps": FPS,
        "frames": len(motion),
        "skeleton": {"names": list(NAMES), "parents": list(PARENTS), "offsets": rows(OFFSETS)},
        "root": rows(motion.root),
        "rotations": rows(xyzw.reshape(len(motion), -1)),
        "contacts": contacts_of(joints_of(motion)).astype(int).tolist(),
        "segments": [],
        "origin": [],
    }


def main() -> None:
    """Writes the files."""
    for name, (recipe, number) in MOTIONS.items():
        motion = generate(7, number, recipe)
        kept = Motion(motion.root[:FRAMES], motion.rotations[:FRAMES])
        (HERE / f"{name}.json").write_text(json.dumps(motion_file(kept), separators=(",", ":")) + "\n")
        print(name, len(kept), motion.captions[:1], kept.root[-1].round(2))


if __name__ == "__main__":
    main()
