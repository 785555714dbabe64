"""The mesh nodes in the real ComfyUI with the real core: what a graph gets, sees, saves and can stop."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from comfy_server import ComfyServer, Run
from genga_client import connect
from graphs import Graph, generate_mesh, node, texture_mesh
from real_core import TOKEN, RealCore


def succeeded(run: Run) -> Run:
    assert run.outcome == "execution_success", run.messages[-1]
    return run


def saved_by(comfy: ComfyServer, run: Run, node_id: str) -> list[Path]:
    shown = succeeded(run).output(node_id)["genga_files"]
    return [comfy.folder / "output" / one["subfolder"] / one["filename"] for one in shown]


def save_mesh(mesh: list[Any], prefix: str) -> dict[str, Any]:
    return node("GengaSaveMesh", mesh=mesh, filename_prefix=prefix)


def verified(comfy: ComfyServer, path: str) -> str:
    told: str = comfy.run({"1": node("GengaVerify", image="", path=path)}).output("1")["text"][0]
    return told


def test_words_become_meshes_with_all_their_files_and_are_not_made_twice(comfy: ComfyServer) -> None:
    graph: Graph = {
        "1": generate_mesh(batch_size=2, lods=1, obj=True, ply=True, target_triangles=600),
        "2": save_mesh(["1", 0], "meshes/chair"),
    }
    run = comfy.run(graph)
    files = saved_by(comfy, run, "2")
    names = {file.name for file in files}
    for number in (1, 2):
        for ending in ("glb", "obj", "ply", "LOD1.glb", "LOD1.obj", "LOD1.ply"):
            assert f"chair_{number:05}_.{ending}" in names
    first, second = (
        trimesh.load_mesh(comfy.folder / "output" / "meshes" / f"chair_{n:05}_.glb") for n in (1, 2)
    )
    assert len(first.faces) <= 600
    assert not np.array_equal(first.bounds, second.bounds)
    assert 0.7 < first.extents[1] < 1.4  # a chair stands upright, in metres
    progress = run.progress("1")
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert {"1"} <= set(comfy.run(graph).cached)
    for file in files:
        assert f"{file.name}: trusted" in verified(comfy, f"meshes/{file.name} [output]")


def test_the_record_says_which_source_answered(comfy: ComfyServer) -> None:
    graph: Graph = {
        "1": generate_mesh(prompt="a blue barrel", seed=3),
        "2": node("PreviewAny", source=["1", 2]),
    }
    (record,) = json.loads(succeeded(comfy.run(graph)).output("2")["text"][0])
    assert record["mesh"]["origin"]["source"] == "parametric"
    assert record["mesh"]["origin"]["category"] == "barrel"
    assert record["params"]["prompt"] == "a blue barrel"


def test_a_saved_mesh_is_loaded_with_its_credential_and_shown_by_comfyui(comfy: ComfyServer) -> None:
    graph: Graph = {
        "1": generate_mesh(seed=9),
        "2": save_mesh(["1", 0], "loaded/chair"),
        "3": node("GengaLoadMesh", file="", path=["2", 0]),
        "4": node("Preview3D", model_file=["3", 1]),
        "5": node("GengaMeshToComfyUI", mesh=["3", 0], index=0),
        "6": node("SaveGLB", mesh=["5", 0], filename_prefix="loaded/plain"),
        "7": node("PreviewAny", source=["3", 2]),
    }
    run = succeeded(comfy.run(graph))
    (signed,) = saved_by(comfy, run, "2")
    assert json.loads(run.output("7")["text"][0])["state"] == "trusted"
    shown = comfy.folder / "output" / run.output("4")["result"][0]
    assert shown.read_bytes() == signed.read_bytes()
    (plain,) = run.output("6")["3d"]
    ours = trimesh.load_mesh(signed)
    theirs = trimesh.load_mesh(comfy.folder / "output" / plain["subfolder"] / plain["filename"])
    np.testing.assert_allclose(theirs.bounds, ours.bounds, atol=1e-5)
    assert len(theirs.faces) == len(ours.faces)
    assert theirs.area == pytest.approx(ours.area, rel=1e-4)


def test_a_mesh_is_painted_and_names_what_it_was_made_from(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": generate_mesh(seed=5),
        "2": texture_mesh(mesh=["1", 0]),
        "3": save_mesh(["2", 0], "painted/chair"),
        "4": save_mesh(["1", 0], "painted/before"),
        "5": node("PreviewAny", source=["2", 2]),
    }
    run = succeeded(comfy.run(graph))
    (after,), (before,) = saved_by(comfy, run, "3"), saved_by(comfy, run, "4")
    (record,) = json.loads(run.output("5")["text"][0])
    assert record["task"] == "texture"
    assert record["texture"]["views"] == 2
    painted, plain = trimesh.load_mesh(after), trimesh.load_mesh(before)
    assert painted.area == pytest.approx(plain.area, rel=1e-6)
    sha256 = record["params"]["mesh"]
    assert sha256 in {one["sha256"] for one in record["inputs"]}
    # A GLB of another node comes in as what ComfyUI's own nodes give.
    again: Graph = {"1": generate_mesh(seed=5), "2": texture_mesh(model_3d=["1", 1])}
    again["3"] = node("PreviewAny", source=["2", 2])
    (record,) = json.loads(succeeded(comfy.run(again)).output("3")["text"][0])
    assert record["params"]["mesh"] == sha256
    assert f"{after.name}: trusted" in verified(comfy, f"painted/{after.name} [output]")


def test_cancel_ends_the_job_of_the_core(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": generate_mesh(source="generated", prompt="a vase", steps=1000, grid_resolution=128),
        "2": save_mesh(["1", 0], "stopped/vase"),
    }
    stopped: list[str] = []

    def stop(run: Run, message: dict[str, Any]) -> None:
        if not stopped and message["type"] == "progress":
            stopped.append(message["type"])
            comfy.interrupt(run.prompt_id)

    assert comfy.run(graph, on_message=stop).outcome == "execution_interrupted"
    with connect(core.url, TOKEN) as client:
        deadline = time.monotonic() + 10
        while (job := client.jobs(limit=1).jobs[0]).state == "running" and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (job.task, job.state) == ("mesh", "cancelled")


@pytest.mark.parametrize(
    ("graph", "says"),
    [
        ({"1": generate_mesh(prompt=""), "2": save_mesh(["1", 0], "x")}, "prompt"),
        ({"1": generate_mesh(grid_resolution=8), "2": save_mesh(["1", 0], "x")}, "grid_resolution"),
        (
            {"1": generate_mesh(bundle="not-there"), "2": save_mesh(["1", 0], "x")},
            "not-there",
        ),
        ({"1": texture_mesh(), "2": save_mesh(["1", 0], "x")}, "No mesh goes in"),
        (
            {"1": node("GengaLoadMesh", file="broken.glb"), "2": save_mesh(["1", 0], "x")},
            "broken.glb is no GLB",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(comfy: ComfyServer, graph: Graph, says: str) -> None:
    (comfy.folder / "input" / "broken.glb").write_bytes(b"not a model at all")
    run = comfy.run(graph)
    assert run.outcome == "execution_error"
    assert says in json.dumps(run.messages[-1], ensure_ascii=False)
