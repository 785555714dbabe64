"""Every example workflow of the pack runs, with its picture and with what it says of its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from comfy_server import PACK, ComfyServer, Run
from graphs import Graph
from PIL import Image
from workflow_to_prompt import workflow_to_prompt

EXAMPLES = sorted((PACK / "example_workflows").glob("*.json"))


def test_there_are_examples_and_comfyui_offers_them(comfy: ComfyServer) -> None:
    assert len(EXAMPLES) >= 5
    offered = comfy.get("/workflow_templates")
    assert sorted(offered["genga"]) == [example.stem for example in EXAMPLES]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_it_runs_and_what_it_saves_is_trusted(comfy: ComfyServer, example: Path) -> None:
    with Image.open(example.with_suffix(".jpg")) as picture:
        assert min(picture.size) >= 256
    Image.linear_gradient("L").convert("RGB").save(comfy.folder / "input" / "example.png")
    workflow = json.loads(example.read_text(encoding="utf-8"))
    prompt = workflow_to_prompt(workflow, comfy.get("/object_info"))
    run = comfy.run(prompt, workflow=workflow)
    assert run.outcome == "execution_success", run.messages[-1]
    for path in saved_by(run, prompt):
        verified = comfy.run({"1": {"class_type": "GengaVerify", "inputs": {"image": "", "path": path}}})
        assert ": trusted" in verified.output("1")["text"][0]
    for save in [node for node, body in prompt.items() if body["class_type"] == "GengaSignAndSaveImage"]:
        image, *_ = run.output(save)["images"]
        with Image.open(comfy.folder / "output" / image["subfolder"] / image["filename"]) as saved:
            assert json.loads(saved.info["workflow"]) == workflow
            restored = json.loads(saved.info["prompt"])
            assert {node: body["class_type"] for node, body in restored.items()} == {
                node: body["class_type"] for node, body in prompt.items()
            }


def saved_by(run: Run, prompt: Graph) -> list[str]:
    """Where the signed files of a run are, at least one; each form of a motion or mesh has its own."""
    saves = [node for node, body in prompt.items() if body["class_type"].startswith("GengaS")]
    files = [
        one for node in saves for kind in ("images", "genga_files") for one in run.output(node).get(kind, ())
    ]
    assert files
    return [f"{one['subfolder']}/{one['filename']} [output]" for one in files]
