"""The motion nodes in the real ComfyUI with the real core: what a graph gets, sees, saves and can stop."""

from __future__ import annotations

import io
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comfy_server import ComfyServer, Run
from genga_client import connect
from graphs import Graph, generate_motion, node, save_motion, sign_and_save
from PIL import Image
from real_core import TOKEN, RealCore


def succeeded(run: Run) -> Run:
    assert run.outcome == "execution_success", run.messages[-1]
    return run


def files_of(comfy: ComfyServer, run: Run, node_id: str) -> dict[str, Path]:
    """The files that Save Motion saved, by ending."""
    shown = succeeded(run).output(node_id)["genga_files"]
    folder = comfy.folder / "output"
    return {Path(f["filename"]).suffix: folder / f["subfolder"] / f["filename"] for f in shown}


def newest_record(core: RealCore) -> Any:
    """Record of the newest motion job."""
    with connect(core.url, TOKEN) as client:
        job = next(job for job in client.jobs(["succeeded"], limit=20).jobs if job.task == "motion")
        record = client.verify(job.outputs[0].sha256).record
        assert record is not None
        return record


def test_a_timeline_becomes_a_motion_with_progress_and_is_not_made_twice(
    comfy: ComfyServer, core: RealCore
) -> None:
    timeline = "a person walks forward | 1.5 s\n\na person waves\n"
    graph: Graph = {
        "1": generate_motion(timeline=timeline, duration=0.5, fps=30, seed=11, style="tired", steps=6),
        "2": save_motion(["1", 0], filename_prefix="motions/walk"),
    }
    run = comfy.run(graph)
    files = files_of(comfy, run, "2")
    motion = json.loads(files[".json"].read_bytes())
    assert (motion["format"], motion["fps"], motion["frames"]) == ("genga.motion.v1", 30, 60)
    assert [(s["prompt"], s["start_frame"], s["end_frame"]) for s in motion["segments"]] == [
        ("a person walks forward", 0, 45),
        ("a person waves", 45, 60),
    ]
    assert files[".glb"].read_bytes()[:4] == b"glTF"
    bvh = files[".bvh"].read_text()
    assert "Frames: 60" in bvh
    assert f"Frame Time: {1 / 30:.6f}"[:18] in bvh
    progress = run.progress("1")
    assert progress == sorted(progress)
    assert progress[-1] == 1
    shown = run.output("1")["genga_motion"]
    assert [one["seed"] for one in shown] == [11]
    params = newest_record(core).params
    assert (params["style"], params["num_inference_steps"], params["bundle"]) == (
        "tired",
        6,
        "tiny-random-motion",
    )

    assert {"1"} <= set(comfy.run(graph).cached)
    changed = comfy.run(graph | {"1": generate_motion(timeline=timeline, seed=12)})
    assert "1" not in succeeded(changed).cached


def test_saved_motions_are_numbered_together_and_trusted_by_their_credentials(comfy: ComfyServer) -> None:
    graph: Graph = {
        "1": generate_motion(batch_size=2, seed=21),
        "2": save_motion(["1", 0], filename_prefix="take"),
    }
    run = succeeded(comfy.run(graph))
    names = [one["filename"] for one in run.output("2")["genga_files"]]
    assert names == [f"take_{n:05}_.{form}" for n in (1, 2) for form in ("bvh", "glb", "json")]
    folder = comfy.folder / "output"
    first, second = (json.loads((folder / f"take_{n:05}_.json").read_bytes()) for n in (1, 2))
    assert first["rotations"] != second["rotations"]
    for name in names:
        told = comfy.run({"1": node("GengaVerify", image="", path=f"{name} [output]")}).output("1")["text"][0]
        assert f"{name}: trusted" in told
        assert "seed 21" in told or "seed 22" in told
    # One changed bit shows.
    file = folder / names[0]
    file.write_bytes(file.read_bytes().replace(b"Frame Time: ", b"Frame Time:  ", 1))
    told = comfy.run({"1": node("GengaVerify", image="", path=f"{names[0]} [output]")}).output("1")["text"][0]
    assert "tampered" in told
    # The next save takes the next number.
    again = comfy.run({**graph, "2": save_motion(["1", 0], filename_prefix="take", bvh=False, glb=False)})
    assert [one["filename"] for one in again.output("2")["genga_files"]] == [
        "take_00003_.json",
        "take_00004_.json",
    ]


def test_segments_path_and_key_pose_reach_the_core(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "first": node("GengaMotionSegment", prompt="a person\nruns", duration=1.0),
        "second": node("GengaMotionSegment", prompt="a person stops", duration=0.0, previous=["first", 0]),
        "path": node("GengaMotionPath", shape="circle", points="", size=2.0, closed=False, facing="along"),
        "source": generate_motion(seed=5),
        "pose": node(
            "GengaMotionKeyPose", motion=["source", 0], from_time=0.5, at_time=1.25, keep_place=False
        ),
        "out": generate_motion(
            timeline="a person waves | 1 s",
            duration=0.5,
            seed=31,
            segments=["second", 0],
            path=["path", 0],
            key_poses=["pose", 0],
        ),
        "save": save_motion(["source", 0], filename_prefix="source"),
        "saved": save_motion(["out", 0], filename_prefix="out"),
    }
    run = comfy.run(graph)
    source = json.loads(files_of(comfy, run, "save")[".json"].read_bytes())
    with connect(core.url, TOKEN) as client:
        jobs = [job for job in client.jobs(["succeeded"], limit=20).jobs if job.task == "motion"]
        records = [client.verify(job.outputs[0].sha256).record for job in jobs]
    params = next(r.params for r in records if r is not None and r.params["seed"] == 31)
    assert [(s["prompt"], s["duration_s"]) for s in params["segments"]] == [
        ("a person runs", 1),
        ("a person stops", 0.5),
        ("a person waves", 1),
    ]
    points = [tuple(point["position"]) for point in params["path"]["points"]]
    assert points[0] == points[-1] == (0, 0)
    # To the left (+x), forward first, every point one metre from the middle.
    assert points[1][1] > abs(points[1][0])
    assert all(math.dist(point, (1, 0)) == pytest.approx(1, abs=1e-5) for point in points)
    (pose,) = params["key_poses"]
    frame = round(0.5 * source["fps"])
    assert pose["time_s"] == 1.25
    assert "root" not in pose
    assert pose["rotations"]["left_elbow"] == pytest.approx(source["rotations"][frame][18 * 4 : 19 * 4])


def test_a_motion_becomes_pose_pictures_and_keypoints(comfy: ComfyServer) -> None:
    graph: Graph = {
        "1": generate_motion(timeline="a person walks | 1 s", mode="retrieved", seed=3),
        "2": node(
            "GengaMotionToPoses",
            motion=["1", 0],
            which=0,
            fps=8.0,
            width=256,
            height=384,
            azimuth=0.0,
            elevation=10.0,
            distance=0.0,
            fov=40.0,
        ),
        "3": node("SaveImage", images=["2", 0], filename_prefix="pose"),
        "4": node("PreviewAny", source=["2", 1]),
        "5": node("PreviewAny", source=["2", 2]),
    }
    run = succeeded(comfy.run(graph))
    keypoints = json.loads(run.output("4")["text"][0])
    assert json.loads(run.output("5")["text"][0]) == 8
    images = run.output("3")["images"]
    assert len(images) == len(keypoints) == 8
    for image, frame in zip(images, keypoints, strict=True):
        assert (frame["canvas_width"], frame["canvas_height"]) == (256, 384)
        (person,) = frame["people"]
        assert person["face_keypoints_2d"] is None
        points = np.reshape(person["pose_keypoints_2d"], (18, 3))
        body = points[1:14]
        assert (body[:, 2] == 1).all(), "the whole way is in sight"
        with Image.open(comfy.folder / "output" / image["filename"]) as picture:
            assert picture.size == (256, 384)
            pixels = np.asarray(picture)
        # The left wrist has the colour that OpenPose gives it, unless something lies over it.
        left = points[7]
        assert _covered(points, 7) or pixels[int(left[1]), int(left[0])].tolist() == [0, 255, 85]
        drawn = np.argwhere(pixels.any(axis=2))
        assert drawn[:, 0].min() >= points[points[:, 2] > 0][:, 1].min() - 6
        assert drawn[:, 0].max() <= points[:, 1].max() + 6
    # Upright: the nose above the neck above the hips.
    first = np.reshape(keypoints[0]["people"][0]["pose_keypoints_2d"], (18, 3))
    assert first[1, 1] < first[8, 1] < first[10, 1]


def _covered(points: np.ndarray, index: int) -> bool:
    """Whether a point that is drawn later lies over one."""
    later = points[index + 1 :]
    return any(math.dist(point[:2], points[index, :2]) < 6 for point in later if point[2])


def test_the_camera_stands_where_it_is_asked_to(comfy: ComfyServer) -> None:
    """From behind, left and right change sides; from the side, the shoulders stand over one another."""

    def shoulders(azimuth: float) -> float:
        graph: Graph = {
            "1": generate_motion(timeline="a person walks | 1 s", mode="retrieved", seed=3),
            "2": node(
                "GengaMotionToPoses",
                motion=["1", 0],
                which=0,
                fps=4.0,
                width=256,
                height=256,
                azimuth=azimuth,
                elevation=0.0,
                distance=0.0,
                fov=40.0,
            ),
            "4": node("PreviewAny", source=["2", 1]),
        }
        frames = json.loads(succeeded(comfy.run(graph)).output("4")["text"][0])
        points = np.reshape(frames[0]["people"][0]["pose_keypoints_2d"], (18, 3))
        return float(points[5, 0] - points[2, 0])  # left minus right

    front, back, side = shoulders(0), shoulders(180), shoulders(90)
    assert front > 8
    assert back < -8
    assert abs(side) < front / 2


def test_a_saved_motion_is_loaded_with_its_credential_and_written_otherwise(
    comfy: ComfyServer, core: RealCore
) -> None:
    made = comfy.run({"1": generate_motion(seed=41), "2": save_motion(["1", 0], filename_prefix="keep")})
    file = files_of(comfy, made, "2")[".json"]
    graph: Graph = {
        "1": node("GengaLoadMotion", file="", path=f"{file.name} [output]"),
        "2": save_motion(["1", 0], filename_prefix="other", fps=12.0, in_place=True, json=False),
        "3": node("PreviewAny", source=["1", 1]),
    }
    run = comfy.run(graph)
    files = files_of(comfy, run, "2")
    assert set(files) == {".bvh", ".glb"}
    original = json.loads(file.read_bytes())
    frames = round(original["frames"] / original["fps"] * 12)
    assert f"Frames: {frames}" in files[".bvh"].read_text()
    state = json.loads(run.output("3")["text"][0])
    assert state["state"] == "trusted"
    record = newest_record(core)
    assert record.params["in_place"] is True
    assert record.params["foot_lock"] is False
    with connect(core.url, TOKEN) as client:
        assert client.get_asset(record.params["source"]) == file.read_bytes()

    (comfy.folder / "input" / "broken.json").write_text('{"format": "genga.motion.v1", "fps": 24}')
    error = comfy.run({**graph, "1": node("GengaLoadMotion", file="broken.json")}).error
    assert error["node_id"] == "1"
    assert "broken.json cannot be read as a motion" in error["exception_message"]


def test_a_bvh_is_loaded_at_its_own_frame_rate_and_named_as_what_went_in(
    comfy: ComfyServer, core: RealCore
) -> None:
    made = comfy.run({"1": generate_motion(seed=43), "2": save_motion(["1", 0], filename_prefix="plain")})
    files = files_of(comfy, made, "2")
    bvh = comfy.folder / "input" / "from elsewhere.BVH"
    # Another file by its bytes, of which the core's log knows nothing.
    bvh.write_bytes(files[".bvh"].read_bytes() + b"\n")
    graph: Graph = {
        "1": node("GengaLoadMotion", file=bvh.name),
        "3": node("PreviewAny", source=["1", 1]),
    }
    assert json.loads(succeeded(comfy.run(graph)).output("3")["text"][0])["state"] == "unsigned"
    record = newest_record(core)
    with connect(core.url, TOKEN) as client:
        assert client.get_asset(record.params["source"]) == bvh.read_bytes()
    # It goes on as any motion does.
    again = comfy.run({**graph, "2": save_motion(["1", 0], filename_prefix="read")})
    read = json.loads(files_of(comfy, again, "2")[".json"].read_bytes())
    original = json.loads(files[".json"].read_bytes())
    assert (read["fps"], read["frames"]) == (original["fps"], original["frames"])
    assert np.abs(np.array(read["root"]) - original["root"]).max() < 2e-4

    bvh.write_text("HIERARCHY\nROOT Hips\n{\n}\n")
    error = comfy.run({**graph, "3": node("PreviewAny", source=["1", 0])}).error
    assert error["node_id"] == "1"
    assert "BVH" in error["exception_message"]


def test_a_picture_of_poses_names_the_motion_as_what_went_in(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": generate_motion(timeline="a person walks | 1 s", seed=51),
        "2": node(
            "GengaMotionToPoses",
            motion=["1", 0],
            which=0,
            fps=2.0,
            width=64,
            height=64,
            azimuth=0.0,
            elevation=0.0,
            distance=0.0,
            fov=40.0,
        ),
        "3": sign_and_save(["2", 0], filename_prefix="poses"),
    }
    run = succeeded(comfy.run(graph))
    image = run.output("3")["images"][0]
    data = (comfy.folder / "output" / image["subfolder"] / image["filename"]).read_bytes()
    with connect(core.url, TOKEN) as client:
        found = client.verify(client.put_asset(data, mime="image/png").sha256)
    assert found.state == "trusted"
    assert found.signing is not None
    (ingredient,) = found.signing.ingredients
    assert (ingredient.role, ingredient.relationship, ingredient.credential) == (
        "motion",
        "inputTo",
        "trusted",
    )
    assert [a.digital_source_type for a in found.signing.actions] == ["compositeWithTrainedAlgorithmicMedia"]


def test_interrupt_ends_the_job_of_the_core_soon(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": generate_motion(timeline="a person dances | 30 s", mode="generated", steps=1000, seed=61),
        "2": save_motion(["1", 0]),
    }
    at: list[float] = []

    def stop(run: Run, message: dict[str, Any]) -> None:
        if not at and message["type"] == "progress" and run.previews:
            at.append(time.monotonic())
            comfy.interrupt(run.prompt_id)

    run = comfy.run(graph, on_message=stop)
    ended = time.monotonic()
    assert run.outcome == "execution_interrupted", run.messages[-1]
    assert run.previews
    metadata, picture = run.previews[0]
    assert metadata["node_id"] == "1"
    with Image.open(io.BytesIO(picture)) as image:
        assert max(image.size) <= 512
    assert ended - at[0] < 3
    with connect(core.url, TOKEN) as client:
        deadline = time.monotonic() + 5
        while (job := client.jobs(limit=1).jobs[0]).state == "running" and time.monotonic() < deadline:
            time.sleep(0.02)
        assert job.state == "cancelled"


@pytest.mark.parametrize(
    ("changed", "fields", "message"),
    [
        ("1", {"timeline": "a person walks | fast"}, 'Line 1 of the timeline lasts "fast"'),
        ("1", {"timeline": " \n"}, "The timeline is empty"),
        ("1", {"timeline": "| 3 s"}, "Line 1 of the timeline has a duration, but no words"),
        ("1", {"bundle": "none-such"}, 'No bundle is called "none-such"'),
        ("1", {"timeline": "a person walks | 500 s"}, "120"),
        ("2", {"bvh": False, "glb": False, "json": False}, "No file form is chosen"),
    ],
)
def test_what_is_wrong_is_said_at_the_node(
    comfy: ComfyServer, changed: str, fields: dict[str, Any], message: str
) -> None:
    graph: Graph = {"1": generate_motion(), "2": save_motion(["1", 0])}
    graph[changed]["inputs"] |= fields
    error = comfy.run(graph).error
    assert error["node_id"] == changed
    assert error["exception_type"].endswith("GengaNodeError")
    assert message.lower() in error["exception_message"].lower(), error["exception_message"]


def test_a_path_says_which_line_cannot_be_read(comfy: ComfyServer) -> None:
    for points, message in [("0, 0\n1; x", "Line 2 of the path"), ("0 0", "has 1 points")]:
        graph: Graph = {
            "path": node(
                "GengaMotionPath", shape="points", points=points, size=1.0, closed=False, facing="free"
            ),
            "1": generate_motion(path=["path", 0]),
            "2": save_motion(["1", 0]),
        }
        error = comfy.run(graph).error
        assert error["node_id"] == "path"
        assert message in error["exception_message"]
