"""Writes library.json: what models/training/mesh/library.py reads from models/tiny-random-mesh, and the names
that colours.py gives to a grid of colours. `python -m test.golden.mesh.library`, numpy and pillow.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from models.training.mesh.colours import NAMES, linear_of, name_colours
from models.training.mesh.library import read_library

ROOT = Path(__file__).parents[3]


def main() -> None:
    """Writes the file."""
    library = read_library(ROOT / "models/tiny-random-mesh")
    models = []
    for number, item in enumerate(library.index["models"]):
        parts = []
        for part in library.parts(number):
            corners = part.positions[part.triangles].astype(np.float64)
            cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            parts.append(
                {
                    "area": float(np.linalg.norm(cross, axis=1).sum() / 2),
                    "low": part.positions.min(0).tolist(),
                    "high": part.positions.max(0).tolist(),
                    "first_normal": part.normals[part.triangles[0, 0]].tolist(),
                    "uv_sum": None if part.uvs is None else float(part.uvs.astype(np.float64).sum()),
                    "base_colour": list(part.surface.base_colour),
                }
            )
        models.append({"id": item["id"], "closed": item["closed"], "parts": parts})
    steps = [0, 36, 73, 110, 146, 182, 219, 255]
    grid = np.array([[r, g, b] for r in steps for g in steps for b in steps])
    names = [NAMES[name] for name in name_colours(linear_of(grid / 255))]
    golden = {"models": models, "steps": steps, "colours": names}
    (Path(__file__).parent / "library.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
