"""What the judge is told of a mesh: what a photo network sees in its clay pictures, and its profile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.image.glb import read_glb

from .photo_features import WIDTH, PhotoFeatures
from .shape_profile import PROFILE, shape_profile
from .views import cloud_of

INPUTS = 2 * WIDTH + PROFILE
SEED = 31


class JudgeInputs:
    """Looks at meshes."""

    def __init__(self) -> None:
        self._photo = PhotoFeatures()

    def of(self, positions: NDArray[np.floating], normals: NDArray[np.floating]) -> NDArray[np.float32]:
        """Gives [INPUTS] of loose triangles, [t, 3, 3] each, +Y up, front +Z."""
        cloud = cloud_of(positions, np.zeros_like(positions), SEED)
        return joined(self._photo.of(positions, normals), shape_profile(cloud))

    def of_file(self, file: Path) -> NDArray[np.float32]:
        """Gives [INPUTS] of a GLB."""
        positions, normals, _ = read_glb(file)
        return self.of(positions, normals)


def joined(photo: NDArray[np.float16], profile: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gives [INPUTS] of what is seen, [VIEWS, WIDTH], whatever the order of the views, and a profile."""
    roots = np.sqrt(np.maximum(photo.astype(np.float32), 0))
    both = [seen / max(np.linalg.norm(seen), 1e-9) for seen in (roots.mean(0), roots.max(0))]
    return np.concatenate([*(part * len(part) ** 0.5 for part in both), profile]).astype(np.float32)
