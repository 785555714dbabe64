"""Motion files of the core, read by Blender's own importers: joints within 1 mm, exact frame counts."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = json.loads((ROOT / "test/golden/motion/walk.json").read_text())["skeleton"]["names"]
CASES = [(name, fps) for name in ("walk", "squat", "jump") for fps in (24, 25, 30, 60)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gives the folder that write-motion-files.ts filled."""
    folder = tmp_path_factory.mktemp("motion-files")
    script = ROOT / "test/formats/write-motion-files.ts"
    command = ["node", "--import", "tsx", str(script), str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300, capture_output=True)
    return folder


@pytest.fixture(autouse=True)
def empty_file() -> Iterator[None]:
    """Every test starts with an empty file."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    yield


def joints_in_blender(armature: Any, first: int, frames: int) -> np.ndarray:
    """Gives heads of the bones in the core's axes, [frames, 22, 3]."""
    places = []
    for frame in range(first, first + frames):
        bpy.context.scene.frame_set(frame)
        heads = [armature.matrix_world @ armature.pose.bones[name].head for name in NAMES]
        places.append([(head.x, head.z, -head.y) for head in heads])
    return np.array(places)


@pytest.mark.parametrize(("name", "fps"), CASES)
def test_blender_reads_bvh(files: Path, name: str, fps: int) -> None:
    """Joints, frames and rate of a BVH file are the motion's."""
    truth = json.loads((files / f"{name}-{fps}.json").read_text())
    bpy.ops.import_anim.bvh(
        filepath=str(files / f"{name}-{fps}.bvh"), update_scene_fps=True, update_scene_duration=True
    )
    scene, armature = bpy.context.scene, bpy.context.object
    assert scene.render.fps / scene.render.fps_base == pytest.approx(fps, rel=1e-4)
    start, end = (int(value) for value in armature.animation_data.action.frame_range)
    assert end - start + 1 == truth["frames"]
    joints = joints_in_blender(armature, start, truth["frames"])
    expected = np.array(truth["joints"]).reshape(joints.shape)
    assert np.linalg.norm(joints - expected, axis=-1).max() < 0.001


@pytest.mark.parametrize(("name", "fps"), CASES)
def test_blender_reads_glb(files: Path, name: str, fps: int) -> None:
    """Joints and frames of a GLB file are the motion's, and the mannequin is bound to them."""
    truth = json.loads((files / f"{name}-{fps}.json").read_text())
    bpy.context.scene.render.fps = fps
    bpy.ops.import_scene.gltf(filepath=str(files / f"{name}-{fps}.glb"))
    armature = next(one for one in bpy.context.scene.objects if one.type == "ARMATURE")
    skinned = [
        one for one in bpy.context.scene.objects if one.type == "MESH" and one.find_armature() == armature
    ]
    assert len(skinned) == 1
    assert {group.name for group in skinned[0].vertex_groups} == set(NAMES)
    start, end = armature.animation_data.action.frame_range
    assert end - start + 1 == pytest.approx(truth["frames"], abs=1e-3)
    joints = joints_in_blender(armature, round(start), truth["frames"])
    expected = np.array(truth["joints"]).reshape(joints.shape)
    assert np.linalg.norm(joints - expected, axis=-1).max() < 0.001


def test_mannequin_stands_on_the_ground(files: Path) -> None:
    """At rest the soles are on z = 0 and the figure is a grown-up's size."""
    bpy.ops.import_scene.gltf(filepath=str(files / "walk-24.glb"))
    mesh = next(one for one in bpy.context.scene.objects if one.type == "MESH" and one.find_armature())
    heights = [(mesh.matrix_world @ vertex.co).z for vertex in mesh.data.vertices]
    assert min(heights) == pytest.approx(0, abs=0.005)
    assert 1.65 < max(heights) < 1.8
