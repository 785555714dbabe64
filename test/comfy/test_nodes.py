"""The nodes in the real ComfyUI with the real core: what a graph gets, sees and can stop."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from comfy_server import ComfyServer, Run
from genga_client import connect
from graphs import Graph, generate, node
from PIL import Image
from real_core import TOKEN, RealCore

NODES = [
    "GengaControlLayer",
    "GengaCoreStatus",
    "GengaGenerateImage",
    "GengaGenerateMesh",
    "GengaGenerateMotion",
    "GengaLoadControlMaps",
    "GengaLoadMesh",
    "GengaLoadMotion",
    "GengaMeshToComfyUI",
    "GengaMotionKeyPose",
    "GengaMotionPath",
    "GengaMotionSegment",
    "GengaMotionToPoses",
    "GengaRegion",
    "GengaSaveMesh",
    "GengaSaveMotion",
    "GengaSignAndSaveImage",
    "GengaTextureMesh",
    "GengaVerify",
]


def saved(comfy: ComfyServer, run: Run, node_id: str) -> list[bytes]:
    """The files that a node saved."""
    assert run.outcome == "execution_success", run.messages[-1]
    images = run.output(node_id)["images"]
    return [
        (comfy.folder / "output" / image["subfolder"] / image["filename"]).read_bytes() for image in images
    ]


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


def newest_params(core: RealCore) -> dict[str, Any]:
    """Parameters of the newest job, as the core signed them."""
    with connect(core.url, TOKEN) as client:
        job = client.jobs(["succeeded"], limit=1).jobs[0]
        record = client.verify(job.outputs[0].sha256).record
        assert record is not None
        return record.params


def test_all_nodes_are_there_with_tooltips(comfy: ComfyServer) -> None:
    info = comfy.get("/object_info")
    assert sorted(name for name in info if name.startswith("Genga")) == NODES
    for name in NODES:
        assert info[name]["category"] == "Genga"
        assert info[name]["description"]
        inputs = info[name]["input"]
        for group in ("required", "optional"):
            for field, (_, options) in inputs.get(group, {}).items():
                assert options.get("tooltip"), f"{name}.{field}"
    choices = info["GengaGenerateImage"]["input"]["required"]["bundle"][1]["options"]
    assert choices == ["default", "starter-image", "tiny-random-sd"]
    assert "is left out" not in comfy.log


def test_progress_and_previews_come_and_the_second_run_is_not_run(comfy: ComfyServer) -> None:
    graph = {"1": generate(steps=6, seed=11), "2": node("PreviewImage", images=["1", 0])}
    run = comfy.run(graph)
    assert run.outcome == "execution_success", run.messages[-1]
    progress = run.progress("1")
    assert progress == sorted(progress)
    assert len({value for value in progress if 0 < value < 1}) >= 4
    assert progress[-1] == 1
    assert run.previews
    metadata, picture = run.previews[0]
    assert metadata["node_id"] == "1"
    with Image.open(io.BytesIO(picture)) as image:
        assert max(image.size) <= 512

    assert {"1", "2"} <= set(comfy.run(graph).cached)
    changed = comfy.run(graph | {"1": generate(steps=6, seed=12)})
    assert changed.outcome == "execution_success"
    assert changed.cached == []


def test_the_same_graph_gives_the_same_picture_and_the_tensor_is_right(comfy: ComfyServer) -> None:
    first = comfy.run({"1": generate(seed=21), "2": node("SaveImage", images=["1", 0], filename_prefix="a")})
    again = comfy.run(
        {"9": generate(seed=21, batch_size=2), "2": node("SaveImage", images=["9", 0], filename_prefix="a")}
    )
    one, two = saved(comfy, first, "2"), saved(comfy, again, "2")
    assert len(two) == 2
    assert pixels(one[0]) == pixels(two[0])
    assert pixels(two[1]) != pixels(two[0])


def test_controls_regions_init_image_and_mask_reach_the_core(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "map": node("EmptyImage", width=80, height=48, batch_size=1, color=0x808080),
        "first": node(
            "GengaControlLayer",
            image=["map", 0],
            kind="depth",
            strength=0.5,
            start=0.0,
            end=0.5,
            preprocessor="none",
        ),
        "second": node(
            "GengaControlLayer",
            image=["map", 0],
            kind="segmentation",
            strength=0.0,
            start=0.0,
            end=1.0,
            preprocessor="none",
            previous=["first", 0],
        ),
        "mask": node("SolidMask", value=1.0, width=80, height=48),
        "dark": node("GengaRegion", prompt="dark roof", color="#808080", weight=1.0),
        "red": node("GengaRegion", prompt="red roof", color="#808080", weight=2.0, previous=["dark", 0]),
        "tree": node(
            "GengaRegion", prompt="a tree", color="", weight=1.0, mask=["mask", 0], previous=["red", 0]
        ),
        "out": generate(
            width=0,
            height=0,
            controls=["second", 0],
            regions=["tree", 0],
            init_image=["map", 0],
            mask=["mask", 0],
            strength=0.7,
        ),
        "save": node("PreviewImage", images=["out", 0]),
    }
    assert comfy.run(graph).outcome == "execution_success"
    params = newest_params(core)
    assert (params["width"], params["height"]) == (104, 64)  # 80 × 48, no side below 64
    assert [(c["kind"], c["conditioning_scale"], c["control_guidance_end"]) for c in params["controls"]] == [
        ("depth", 0.5, 0.5),
        ("segmentation", 0, 1),
    ]
    assert [(r["prompt"], r["weight"], r.get("color")) for r in params["regions"]] == [
        ("red roof", 2, "#808080"),
        ("a tree", 1, None),
    ]
    assert params["strength"] == 0.7
    with connect(core.url, TOKEN) as client:
        depth = client.get_asset(params["controls"][0]["image"])
        with Image.open(io.BytesIO(depth)) as image:
            assert image.mode.startswith("I")
            assert image.getpixel((0, 0)) == round(0x80 / 255 * 65535)
        with Image.open(io.BytesIO(client.get_asset(params["mask_image"]))) as mask:
            assert mask.getpixel((0, 0)) == 255
        with Image.open(io.BytesIO(client.get_asset(params["init_image"]))) as init:
            assert init.getpixel((0, 0)) == (128, 128, 128)


def test_a_batch_of_maps_gives_a_picture_for_each(comfy: ComfyServer) -> None:
    graph: Graph = {
        "maps": node("EmptyImage", width=64, height=64, batch_size=3, color=0),
        "layer": node(
            "GengaControlLayer",
            image=["maps", 0],
            kind="depth",
            strength=1.0,
            start=0.0,
            end=1.0,
            preprocessor="none",
        ),
        "out": generate(controls=["layer", 0], steps=1),
        "save": node("PreviewImage", images=["out", 0]),
    }
    run = comfy.run(graph)
    assert run.outcome == "execution_success", run.messages[-1]
    assert len(run.output("save")["images"]) == 3
    progress = run.progress("out")
    assert progress == sorted(progress)


def test_maps_of_a_folder_go_as_they_are(comfy: ComfyServer, core: RealCore) -> None:
    folder = comfy.folder / "input" / "shot 010"
    folder.mkdir()
    source = Path(__file__).parents[1] / "fixtures" / "scene" / "maps"
    for name in ("depth.png", "segmentation.png", "regions.json"):
        (folder / name).write_bytes((source / name).read_bytes())
    graph: Graph = {
        "maps": node("GengaLoadControlMaps", folder="shot 010", kinds="depth, segmentation", strength=0.0),
        "look": node("PreviewImage", images=["maps", 2]),
        "out": generate(controls=["maps", 0], regions=["maps", 1], steps=1),
        "save": node("PreviewImage", images=["out", 0]),
    }
    run = comfy.run(graph)
    assert run.outcome == "execution_success", run.messages[-1]
    assert len(run.output("look")["images"]) == 2
    params = newest_params(core)
    with connect(core.url, TOKEN) as client:
        for control, name in zip(params["controls"], ("depth.png", "segmentation.png"), strict=True):
            assert client.get_asset(control["image"]) == (source / name).read_bytes()
    phrases = [region["prompt"] for region in json.loads((source / "regions.json").read_text())]
    assert [region["prompt"] for region in params["regions"]] == phrases
    # Another file in the folder is another result.
    (folder / "depth.png").write_bytes((source / "lineart.png").read_bytes())
    assert "maps" not in comfy.run(graph).cached


def test_interrupt_ends_the_job_of_the_core_soon(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": generate(steps=999, width=256, height=256, seed=31),
        "2": node("PreviewImage", images=["1", 0]),
    }
    at: list[float] = []

    def stop(run: Run, message: dict[str, Any]) -> None:
        if not at and message["type"] == "progress" and message["data"]["value"] > 0:
            at.append(time.monotonic())
            comfy.interrupt(run.prompt_id)

    run = comfy.run(graph, on_message=stop)
    ended = time.monotonic()
    assert run.outcome == "execution_interrupted", run.messages[-1]
    with connect(core.url, TOKEN) as client:
        deadline = time.monotonic() + 5
        while (job := client.jobs(limit=1).jobs[0]).state == "running" and time.monotonic() < deadline:
            time.sleep(0.02)
        assert job.state == "cancelled"
    assert ended - at[0] < 3  # 0.1 s until the node sees it, then one step on a busy machine
    # The next run is not touched by it.
    assert comfy.run({"1": generate(seed=32), "2": node("PreviewImage", images=["1", 0])}).outcome == (
        "execution_success"
    )


def test_interrupt_ends_all_that_runs_at_once(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {}
    for index in range(2):
        graph[f"make{index}"] = generate(steps=999, width=256, height=256, seed=40 + index)
        graph[f"show{index}"] = node("PreviewImage", images=[f"make{index}", 0])
    sent: list[str] = []

    def stop(run: Run, message: dict[str, Any]) -> None:
        if not sent and message["type"] == "progress" and message["data"]["value"] > 0:
            sent.append(run.prompt_id)
            comfy.interrupt(run.prompt_id)

    assert comfy.run(graph, on_message=stop).outcome == "execution_interrupted"
    with connect(core.url, TOKEN) as client:
        deadline = time.monotonic() + 20
        while any(job.state in ("running", "queued") for job in client.jobs(limit=5).jobs):
            assert time.monotonic() < deadline, client.jobs(limit=5)
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("change", "message", "remedy"),
    [
        ({"bundle": "none-such"}, 'No bundle is called "none-such"', None),
        ({"prompt": "x" * 20000}, "must have at most 16384 bytes", None),
        ({"mask": ["mask", 0]}, "A mask goes in, but no init_image", "Connect the picture"),
        ({"init_image": ["two", 0], "batch_size": 2}, "batch_size is 2", "Set batch_size to 1"),
    ],
)  # fmt: skip
def test_what_the_core_refuses_is_said_at_the_node(
    comfy: ComfyServer, change: dict[str, Any], message: str, remedy: str | None
) -> None:
    graph: Graph = {
        "mask": node("SolidMask", value=1.0, width=64, height=64),
        "two": node("EmptyImage", width=64, height=64, batch_size=2, color=0),
        "1": generate(**change),
        "2": node("PreviewImage", images=["1", 0]),
    }
    error = comfy.run(graph).error
    assert error["node_id"] == "1"
    assert error["exception_type"].endswith("GengaNodeError")
    assert message.lower() in error["exception_message"].lower(), error["exception_message"]
    assert "Traceback" not in error["exception_message"]
    if remedy is not None:
        assert remedy in error["exception_message"]


def test_a_region_says_what_it_lacks(comfy: ComfyServer) -> None:
    for fields, message in [
        ({"prompt": "a tree", "color": ""}, "neither a colour nor a mask"),
        ({"prompt": "a tree", "color": "red"}, '"red" is no colour'),
        ({"prompt": " ", "color": "#ff0000"}, "has no prompt"),
    ]:
        graph: Graph = {
            "region": node("GengaRegion", weight=1.0, **fields),
            "1": generate(regions=["region", 0]),
            "2": node("PreviewImage", images=["1", 0]),
        }
        error = comfy.run(graph).error
        assert error["node_id"] == "region"
        assert message in error["exception_message"]


def test_without_a_core_the_node_says_so_and_finds_it_once_it_runs(
    start_comfy: Callable[..., ComfyServer], start_core: Callable[..., RealCore], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    comfy = start_comfy({"GENGA_HOME": str(home), "GENGA_TOKEN": TOKEN})
    graph: Graph = {"1": generate(), "2": node("PreviewImage", images=["1", 0])}
    error = comfy.run(graph).error
    assert error["exception_type"].endswith("GengaNodeError")
    assert "genga serve" in error["exception_message"]
    status = comfy.run({"3": node("GengaCoreStatus")})
    assert status.outcome == "execution_success"
    assert "genga serve" in status.output("3")["text"][0]

    start_core(home)
    assert comfy.run(graph).outcome == "execution_success"
    assert comfy.run({"3": node("GengaCoreStatus")}).output("3")["text"][0].startswith("Genga ")


def test_a_wrong_token_is_said(core: RealCore, start_comfy: Callable[..., ComfyServer]) -> None:
    comfy = start_comfy({"GENGA_HOME": str(core.home), "GENGA_TOKEN": "a-wrong-token-of-some-length"})
    error = comfy.run({"1": generate(), "2": node("PreviewImage", images=["1", 0])}).error
    assert error["exception_type"].endswith("GengaNodeError")
    assert "token" in error["exception_message"].lower()


def test_of_a_whole_folder_a_bundle_gets_what_it_takes(comfy: ComfyServer, core: RealCore) -> None:
    folder = comfy.folder / "input" / "shot 020"
    folder.mkdir()
    source = Path(__file__).parents[1] / "fixtures" / "scene" / "maps"
    for kind, name in [("depth", "depth"), ("canny", "lineart"), ("segmentation", "segmentation")]:
        (folder / f"{kind}.png").write_bytes((source / f"{name}.png").read_bytes())
    graph: Graph = {
        "maps": node("GengaLoadControlMaps", folder="shot 020", kinds="", strength=0.6),
        "out": generate(bundle="starter-image", width=128, height=128, controls=["maps", 0], steps=1),
        "save": node("PreviewImage", images=["out", 0]),
    }
    run = comfy.run(graph)
    assert run.outcome == "execution_success", run.messages[-1]
    sent = {control["kind"]: control["conditioning_scale"] for control in newest_params(core)["controls"]}
    assert sent == {"depth": 0.6, "segmentation": 0.6}

    graph["maps"] = node("GengaLoadControlMaps", folder="shot 020", kinds="canny", strength=0.6)
    assert "takes: depth" in comfy.run(graph).error["exception_message"]
