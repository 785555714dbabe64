"""Surface and simplification against Python: skimage's marching cubes and fast_simplification (trimesh's).

    .venv-full/bin/python core/bench/mesh-tail.py [--rounds 5] [--side 128] [--triangles 20000]

The core's stages and the references take turns in every round; times are of the processor, so that a busy
machine hardly changes them. Each ratio is the median of the rounds' ratios (below 1: the core is quicker).
Also says whether each result is watertight, the reference's as trimesh sees it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import fast_simplification
import numpy as np
import trimesh
from skimage.measure import marching_cubes

ROOT = Path(__file__).parents[2]


def sample_shape(side: int) -> np.ndarray:
    """Gives the shape of mesh-tail.ts on its grid, [z, y, x]."""
    axis = np.linspace(-1, 1, side, dtype=np.float64)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    wave = np.sin(6 * x) * np.cos(6 * y) + np.sin(6 * y) * np.cos(6 * z) + np.sin(6 * z) * np.cos(6 * x)
    ball = np.maximum(np.sqrt(x * x + y * y + z * z) - 0.85, (np.abs(wave) - 0.55) / 9)
    plate = np.maximum(np.hypot(x, z) - 0.6, np.abs(y + 0.82) - 0.07)
    return np.minimum(ball, plate).astype(np.float32)


def run_core(side: int, triangles: int) -> dict[str, Any]:
    """Runs mesh-tail.ts once and gives its report."""
    command = ["npx", "tsx", str(ROOT / "core/bench/mesh-tail.ts"), str(side), str(triangles), "256"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return json.loads(output)


def run_python(field: np.ndarray, triangles: int) -> dict[str, Any]:
    """Runs the references once: milliseconds and what came out."""
    start = time.process_time()
    vertices, faces, _, _ = marching_cubes(field, 0.0)
    surface_ms = (time.process_time() - start) * 1000
    largest = max(trimesh.Trimesh(vertices, faces).split(only_watertight=False), key=lambda piece: piece.area)
    points, sides = np.asarray(largest.vertices, np.float32), np.asarray(largest.faces, np.int32)
    start = time.process_time()
    simple = fast_simplification.simplify(points, sides, target_count=triangles)
    simplify_ms = (time.process_time() - start) * 1000
    mesh = trimesh.Trimesh(simple[0], simple[1])
    return {
        "surface_ms": surface_ms,
        "simplify_ms": simplify_ms,
        "surface_triangles": len(faces),
        "triangles": len(mesh.faces),
        "watertight": bool(mesh.is_watertight),
    }


def main() -> None:
    """Takes turns and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--triangles", type=int, default=20_000)
    options = parser.parse_args()
    field = sample_shape(options.side)
    rounds = [
        (run_core(options.side, options.triangles), run_python(field, options.triangles))
        for _ in range(options.rounds)
    ]
    core, python = rounds[-1]
    for stage in ("surface", "simplify"):
        ratios = [mine["stages_cpu_ms"][stage] / theirs[f"{stage}_ms"] for mine, theirs in rounds]
        mine_ms = statistics.median(mine["stages_cpu_ms"][stage] for mine, _ in rounds)
        theirs_ms = statistics.median(theirs[f"{stage}_ms"] for _, theirs in rounds)
        ratio = statistics.median(ratios)
        print(f"{stage}: core {mine_ms:.0f} ms, python {theirs_ms:.0f} ms, ratio {ratio:.2f}")
    print("core:", {key: core[key] for key in ("surface_triangles", "triangles", "watertight", "manifold")})
    print("python:", {key: python[key] for key in ("surface_triangles", "triangles", "watertight")})


if __name__ == "__main__":
    main()
