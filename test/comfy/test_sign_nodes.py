"""Sign & Save and Verify in the real ComfyUI; c2pa-python has the last word."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import c2pa
from comfy_server import ComfyServer, Run
from conftest import core_environ
from graphs import Graph, generate, node, sign_and_save
from PIL import Image, PngImagePlugin
from real_core import RealCore

WORKFLOW = {"nodes": [{"id": 1, "title": "原画"}], "version": 0.4}


def judge(core: RealCore, mime: str, data: bytes) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The verdict of c2pa-python, the active manifest, and our signing record in it."""
    root = (core.home / "keys" / "root.pem").read_text()
    trust = {"user_anchors": root, "trust_config": "1.3.6.1.5.5.7.3.4\n1.3.6.1.4.1.62558.2.1"}
    verify = {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False}
    context = c2pa.Context(c2pa.Settings.from_dict({"trust": trust, "verify": verify}))
    reader = c2pa.Reader(mime, io.BytesIO(data), context=context)
    store = json.loads(reader.json())
    manifest = store["manifests"][store["active_manifest"]]
    assertions = {assertion["label"]: assertion["data"] for assertion in manifest["assertions"]}
    return str(reader.get_validation_state()), manifest, assertions["org.genga.signing"]


def saved(comfy: ComfyServer, run: Run, node_id: str) -> list[bytes]:
    assert run.outcome == "execution_success", run.messages[-1]
    images = run.output(node_id)["images"]
    return [
        (comfy.folder / "output" / image["subfolder"] / image["filename"]).read_bytes() for image in images
    ]


def actions_of(record: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(action["action"], action.get("digital_source_type")) for action in record["actions"]]


def test_a_generated_picture_keeps_its_credential_and_the_workflow(
    comfy: ComfyServer, core: RealCore
) -> None:
    graph: Graph = {
        "1": generate(seed=51, batch_size=2),
        "2": sign_and_save(["1", 0], filename_prefix="shots/castle", title="Castle"),
        "3": node("GengaVerify", image="", path=["2", 0]),
    }
    run = comfy.run(graph, workflow=WORKFLOW)
    files = saved(comfy, run, "2")
    assert len(files) == 2
    for data in files:
        state, manifest, record = judge(core, "image/png", data)
        assert state == "Trusted"
        assert record["title"] == "Castle"
        assert record["software_agent"] == {"name": "ComfyUI", "version": "0.3.75"}
        assert actions_of(record) == [("c2pa.opened", None), ("c2pa.edited.metadata", None)]
        (parent,) = record["ingredients"]
        assert (parent["relationship"], parent["credential"]) == ("parentOf", "trusted")
        assert manifest["ingredients"][0]["active_manifest"]  # with the record of how it was generated
        assert record["parameters"]["workflow"]["1"]["class_type"] == "GengaGenerateImage"
        with Image.open(io.BytesIO(data)) as image:
            assert json.loads(image.info["workflow"]) == WORKFLOW
            assert json.loads(image.info["prompt"])["1"]["inputs"]["seed"] == 51
    assert "trusted" in run.output("3")["text"][0]
    names = {path.name for path in (comfy.folder / "output" / "shots").iterdir()}
    assert names == {"castle_00001_.png", "castle_00002_.png"}


def test_models_and_input_pictures_of_any_graph_are_named_by_hash(comfy: ComfyServer, core: RealCore) -> None:
    weights = b"weights of an upscaler that is not run"
    folder = comfy.folder / "models" / "loras"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "toon style.safetensors").write_bytes(weights)
    Image.new("RGB", (32, 32), "#884422").save(comfy.folder / "input" / "photo.png")
    graph: Graph = {
        "photo": node("LoadImage", image="photo.png"),
        "model": node(
            "TestModelNames",
            image=["photo", 0],
            lora_name="toon style.safetensors",
            strength_model=0.6,
            text="a cat, embedding:grain",
        ),
        "unused": node("LoadImage", image="photo.png"),
        "save": sign_and_save(["model", 0], format="webp"),
    }
    (data,) = saved(comfy, comfy.run(graph, workflow=WORKFLOW), "save")
    state, _, record = judge(core, "image/webp", data)
    assert state == "Trusted"
    assert actions_of(record) == [("c2pa.created", "compositeWithTrainedAlgorithmicMedia")]
    lora, grain = record["models"]
    assert lora == {
        "name": "toon style.safetensors",
        "role": "lora",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "weight": 0.6,
        "training_data": "undeclared",
    }
    assert grain == {"name": "grain", "role": "embedding", "training_data": "undeclared"}
    (photo,) = record["ingredients"]
    assert (photo["name"], photo["relationship"]) == ("photo.png", "inputTo")
    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
        assert exif[0x0110].startswith("prompt:{")
        assert json.loads(exif[0x010F].removeprefix("workflow:")) == WORKFLOW


def test_graphs_without_models_say_what_the_graph_shows(comfy: ComfyServer, core: RealCore) -> None:
    for name in ("one.png", "two.png"):
        Image.new("RGB", (32, 32), "#224488").save(comfy.folder / "input" / name)
    one, two = node("LoadImage", image="one.png"), node("LoadImage", image="two.png")
    blend = node("ImageBlend", image1=["1", 0], image2=["2", 0], blend_factor=0.5, blend_mode="normal")
    cases: list[tuple[Graph, list[tuple[str, str | None]], list[str]]] = [
        (
            {
                "1": node("EmptyImage", width=32, height=32, batch_size=1, color=5),
                "s": sign_and_save(["1", 0]),
            },
            [("c2pa.created", "algorithmicMedia")],
            [],
        ),
        (
            {"1": one, "2": node("ImageInvert", image=["1", 0]), "s": sign_and_save(["2", 0])},
            [("c2pa.opened", None), ("c2pa.edited", None)],
            ["parentOf"],
        ),
        (
            {"1": one, "2": two, "3": blend, "s": sign_and_save(["3", 0])},
            [("c2pa.created", "composite"), ("c2pa.placed", None)],
            ["componentOf", "componentOf"],
        ),
    ]
    for graph, actions, relationships in cases:
        (data,) = saved(comfy, comfy.run(graph), "s")
        state, _, record = judge(core, "image/png", data)
        assert state == "Trusted"
        assert actions_of(record) == actions
        assert [ingredient["relationship"] for ingredient in record["ingredients"]] == relationships
        assert record["models"] == []


def test_a_generated_picture_that_was_changed_names_it_as_parent(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": generate(seed=61),
        "2": node("ImageInvert", image=["1", 0]),
        "3": sign_and_save(["2", 0]),
    }
    (data,) = saved(comfy, comfy.run(graph), "3")
    _, _, record = judge(core, "image/png", data)
    assert actions_of(record) == [
        ("c2pa.opened", None),
        ("c2pa.edited", "compositeWithTrainedAlgorithmicMedia"),
    ]
    # Again from the cache of the first node: still known.
    graph["3"] = sign_and_save(["2", 0], filename_prefix="again")
    run = comfy.run(graph)
    assert "1" in run.cached
    (data,) = saved(comfy, run, "3")
    assert judge(core, "image/png", data)[2]["ingredients"][0]["relationship"] == "parentOf"


def test_private_leaves_prompts_and_workflow_out_and_says_so(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": node("EmptyImage", width=32, height=32, batch_size=1, color=7),
        "2": node(
            "TestModelNames", image=["1", 0], lora_name="none", strength_model=1.0, text="a secret castle"
        ),
        "3": sign_and_save(["2", 0], private=True),
    }
    run = comfy.run(graph, workflow={"note": "a secret castle"})
    (data,) = saved(comfy, run, "3")
    assert b"secret" not in data
    state, _, record = judge(core, "image/png", data)
    assert (state, record["prompt_privacy"]) == ("Trusted", True)
    # A node of another pack may use models that no input names: no word on how it came about.
    assert actions_of(record) == [("c2pa.opened", None), ("c2pa.unknown", None)]
    assert record["parameters"]["workflow"].startswith("sha256:")
    assert "left out" in run.output("3")["text"][0]


def test_private_leaves_the_prompt_of_a_generated_picture_out_too(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": generate(prompt="a secret castle", seed=63),
        "2": sign_and_save(["1", 0], private=True),
    }
    (data,) = saved(comfy, comfy.run(graph), "2")
    assert b"secret" not in data
    (parent,) = judge(core, "image/png", data)[2]["ingredients"]
    assert (parent["relationship"], parent["credential"]) == ("parentOf", "trusted")


def test_of_a_batch_the_picture_that_was_taken_is_the_parent(comfy: ComfyServer, core: RealCore) -> None:
    graph: Graph = {
        "1": generate(seed=71, batch_size=3),
        "2": node("ImageFromBatch", image=["1", 0], batch_index=2, length=1),
        "3": sign_and_save(["2", 0]),
        "4": node("ImageInvert", image=["2", 0]),
        "5": sign_and_save(["4", 0], filename_prefix="changed"),
    }
    run = comfy.run(graph)
    assets = run.output("1")["genga_assets"]
    (taken,), (changed,) = saved(comfy, run, "3"), saved(comfy, run, "5")
    record = judge(core, "image/png", taken)[2]
    assert actions_of(record) == [("c2pa.opened", None), ("c2pa.edited.metadata", None)]
    assert [ingredient["sha256"] for ingredient in record["ingredients"]] == [assets[2]["sha256"]]
    # Changed too, it may come from any of them.
    record = judge(core, "image/png", changed)[2]
    assert actions_of(record) == [("c2pa.created", "compositeWithTrainedAlgorithmicMedia")]
    assert {ingredient["relationship"] for ingredient in record["ingredients"]} == {"inputTo"}
    assert len(record["ingredients"]) == 3


def test_verify_tells_good_from_changed_from_unknown(comfy: ComfyServer) -> None:
    run = comfy.run(
        {
            "1": node("EmptyImage", width=32, height=32, batch_size=1, color=9),
            "2": sign_and_save(["1", 0], filename_prefix="kept"),
        }
    )
    (data,) = saved(comfy, run, "2")
    folder = comfy.folder / "input"
    (folder / "good.png").write_bytes(data)
    changed = bytearray(data)
    changed[data.index(b"IDAT") + 12] ^= 1
    (folder / "changed.png").write_bytes(changed)
    info = PngImagePlugin.PngInfo()
    Image.effect_noise((64, 64), 90).save(folder / "unknown.png", pnginfo=info)
    for name, state in [("good.png", "trusted"), ("changed.png", "tampered"), ("unknown.png", "unsigned")]:
        verified = comfy.run({"1": node("GengaVerify", image=name)})
        assert verified.outcome == "execution_success", verified.messages[-1]
        assert verified.output("1")["text"][0].startswith(f"{name}: {state}")
    comfy.run({"1": node("GengaVerify", image="good.png")})
    assert comfy.run({"1": node("GengaVerify", image="good.png")}).cached == ["1"]
    (folder / "good.png").write_bytes(changed)
    assert "tampered" in comfy.run({"1": node("GengaVerify", image="good.png")}).output("1")["text"][0]
    for fields, message in [
        ({"image": ""}, "No file was chosen"),
        ({"image": "../../secret.png"}, "outside ComfyUI"),
    ]:
        assert message in comfy.run({"1": node("GengaVerify", **fields)}).error["exception_message"]


def test_nothing_is_saved_that_is_not_signed(
    core: RealCore, start_comfy: Callable[..., ComfyServer], tmp_path: Path
) -> None:
    comfy = start_comfy(core_environ(core) | {"GENGA_HOME": str(tmp_path / "no core here")})
    graph: Graph = {
        "1": node("EmptyImage", width=32, height=32, batch_size=1, color=5),
        "2": sign_and_save(["1", 0]),
    }
    error = comfy.run(graph).error
    assert "genga serve" in error["exception_message"]
    assert [path for path in (comfy.folder / "output").rglob("*") if path.is_file()] == []


def test_nodes_that_save_side_by_side_overwrite_nothing(comfy: ComfyServer) -> None:
    graph: Graph = {}
    for index in range(4):
        graph[f"make{index}"] = node("EmptyImage", width=32, height=32, batch_size=2, color=index)
        graph[f"save{index}"] = sign_and_save([f"make{index}", 0], filename_prefix="side/by side")
    run = comfy.run(graph)
    files = [data for index in range(4) for data in saved(comfy, run, f"save{index}")]
    assert len({hashlib.sha256(data).digest() for data in files}) == 8
    names = sorted(path.name for path in (comfy.folder / "output" / "side").iterdir())
    assert names == [f"by side_{number:05}_.png" for number in range(1, 9)]


def test_policy_and_privacy_of_the_core_hold_in_the_graph(
    start_core: Callable[..., RealCore], start_comfy: Callable[..., ComfyServer], tmp_path: Path
) -> None:
    home = tmp_path / "core"
    home.mkdir()
    (home / "config.json").write_text(json.dumps({"policy": "declared", "prompt_privacy": True}))
    core = start_core(home)
    names = tmp_path / "comfyui-0" / "custom_nodes" / "genga_test_nodes"
    shutil.copytree(Path(__file__).with_name("test_nodes_pack"), names)
    comfy = start_comfy(core_environ(core))
    weights = comfy.folder / "models" / "checkpoints" / "ours.safetensors"
    weights.parent.mkdir(parents=True, exist_ok=True)
    weights.write_bytes(b"weights")
    graph: Graph = {
        "1": node("EmptyImage", width=32, height=32, batch_size=1, color=7),
        "2": node(
            "TestModelNames", image=["1", 0], lora_name="ours.safetensors", strength_model=1.0, text=""
        ),
        "3": sign_and_save(["2", 0]),
    }
    error = comfy.run(graph).error
    assert error["node_id"] == "3"
    assert 'does not allow the model "ours.safetensors"' in error["exception_message"]
    assert not list((comfy.folder / "output").rglob("*.png"))

    declared = {
        "licence": {"spdx": "CC-BY-4.0", "commercial_use": True},
        "training_data": [{"name": "Ours", "source": "us", "licence": "CC0-1.0", "used_for": "training"}],
    }
    settings = next((comfy.folder / "user").rglob("model-hashes.json")).parent
    sha256 = hashlib.sha256(b"weights").hexdigest()
    (settings / "models.json").write_text(json.dumps({sha256: declared}))
    run = comfy.run(graph, workflow=WORKFLOW)
    (data,) = saved(comfy, run, "3")
    state, _, record = judge(core, "image/png", data)
    assert (state, record["policy"], record["prompt_privacy"]) == ("Trusted", "declared", True)
    with Image.open(io.BytesIO(data)) as image:
        assert not {"prompt", "workflow"} & set(image.info)
    assert "left out" in run.output("3")["text"][0]
    (model,) = record["models"]
    assert (model["role"], model["sha256"], model["licence"]["spdx"]) == ("checkpoint", sha256, "CC-BY-4.0")
