"""Five control maps at 512 x 512 of a scene with 100 000 triangles, against a Cycles render of passes.

    .venv-bpy-4.5/bin/python blender-addon/bench/maps.py

Drives the installed package in this Blender; see test/blender/conftest.py. Prints a table and, last, JSON.
The first capture compiles shaders and brings the meshes to the graphics card; later ones do not. Processor
time is that of the whole process (Mesa's llvmpipe draws on the processor), since other programs slow the
wall clock.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "blender"))
os.environ.setdefault("LP_NUM_THREADS", "2")

import conftest  # noqa: E402  sets Blender's user folder before bpy is imported

conftest.pytest_configure(None)
import bpy  # noqa: E402
from bl_ext.user_default.genga import capture  # noqa: E402
from mathutils import Matrix  # noqa: E402
from scenes import add_camera, add_cube, add_plane, add_sphere, add_sun  # noqa: E402

SIZE = 512
KINDS = ("depth", "normal", "lineart", "segmentation", "light")
REPEATS = 7


def build_scene() -> int:
    """Builds 25 balls of 4000 triangles on a ground under a sun; gives the number of triangles."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    for index in range(25):
        place = Matrix.Translation((index % 5 - 2, index // 5, 0.4))
        add_sphere(f"ball {index}", 0.4, segments=64, matrix=place, color=(index / 25, 0.4, 0.6))
    add_cube("block", 0.6, matrix=Matrix.Translation((0, -1, 0.3)), color=(0.8, 0.3, 0.2))
    add_plane("ground", 30, color=(0.3, 0.5, 0.2))
    add_sun((0.5, 0.6, -0.8), 3)
    add_camera((0.5, -6, 3), (0, 1, 0), lens=42)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    return sum(len(item.object.data.loop_triangles) for item in depsgraph.object_instances if measure(item))


def measure(item: bpy.types.DepsgraphObjectInstance) -> bool:
    """Whether an instance has triangles; makes them."""
    if item.object.type != "MESH":
        return False
    item.object.data.calc_loop_triangles()
    return True


def capture_once() -> tuple[float, float, float, dict[str, float]]:
    """Gives seconds, processor seconds, the longest slice, and the seconds of each part."""
    scene = bpy.context.scene
    depsgraph = bpy.context.evaluated_depsgraph_get()
    view = capture.view_of_camera(depsgraph, scene, scene.camera, SIZE, SIZE)
    begun, used, longest = time.perf_counter(), time.process_time(), 0.0
    work = capture.capture_maps(depsgraph, view, KINDS, scene=scene)
    while True:
        slice_begun = time.perf_counter()
        try:
            next(work)
        except StopIteration as stop:
            return (
                time.perf_counter() - begun,
                time.process_time() - used,
                max(longest, time.perf_counter() - slice_begun),
                stop.value.seconds,
            )
        longest = max(longest, time.perf_counter() - slice_begun)


def render_passes() -> tuple[float, float]:
    """Renders one sample with depth, normal, index and light passes in Cycles; gives seconds, processor
    seconds.
    """
    scene, layer = bpy.context.scene, bpy.context.view_layer
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    layer.use_pass_z = layer.use_pass_normal = layer.use_pass_object_index = True
    layer.use_pass_diffuse_direct = True
    begun, used = time.perf_counter(), time.process_time()
    bpy.ops.render.render()
    return time.perf_counter() - begun, time.process_time() - used


def main() -> None:
    """Runs the bench."""
    triangles = build_scene()
    begun = time.perf_counter()
    from bl_ext.user_default.genga.capture.gpu_context import ensure_gpu

    ensure_gpu()
    graphics = time.perf_counter() - begun
    first = capture_once()
    later, cycles = [], []
    for _ in range(REPEATS):  # in turn, so that both meet the same load
        later.append(capture_once())
        cycles.append(render_passes())
    wall, used, longest = (statistics.median(run[k] for run in later) for k in range(3))
    best = min(run[0] for run in later)
    cycles_wall, cycles_used = (statistics.median(run[k] for run in cycles) for k in range(2))
    parts = {name: statistics.median(run[3][name] for run in later) for name in later[0][3]}

    print(f"{triangles} triangles, {SIZE} x {SIZE}, Blender {bpy.app.version_string}, {', '.join(KINDS)}")
    print(f"{'':34}{'seconds':>9}{'processor':>11}{'longest slice':>15}")
    print(f"{'first capture':34}{first[0]:9.3f}{first[1]:11.3f}{first[2]:15.3f}")
    print(f"{f'later captures, median of {REPEATS}':34}{wall:9.3f}{used:11.3f}{longest:15.3f}")
    print(f"{'later captures, best':34}{best:9.3f}")
    print(f"{'Cycles, 1 sample with passes':34}{cycles_wall:9.3f}{cycles_used:11.3f}")
    print("parts of a later capture: " + ", ".join(f"{name} {s * 1000:.0f} ms" for name, s in parts.items()))
    print(f"graphics without a window, once: {graphics:.2f} s")
    figures = {
        "bench": "blender-maps",
        "triangles": triangles,
        "first_s": round(first[0], 3),
        "later_s": round(wall, 3),
        "later_best_s": round(best, 3),
        "later_cpu_s": round(used, 3),
        "longest_slice_s": round(longest, 3),
        "cycles_s": round(cycles_wall, 3),
        "ratio_to_cycles": round(wall / cycles_wall, 3),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
    conftest.pytest_sessionfinish(0)
    conftest.pytest_unconfigure()
