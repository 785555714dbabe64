"""What users install: the built pack, its texts, and the registry's rules."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomllib
from comfy_server import PACK, ComfyServer
from conftest import core_environ
from real_core import RealCore


def texts_of(info: dict[str, Any]) -> dict[str, Any]:
    """What a locale file holds of a node, in the node's own words."""
    fields = {
        name: {"name": name, "tooltip": spec[1]["tooltip"]}
        for group in ("required", "optional")
        for name, spec in info["input"].get(group, {}).items()
    }
    named = zip(info["output_name"], info["output_tooltips"], strict=True)
    outputs = {str(index): {"name": name, "tooltip": tooltip} for index, (name, tooltip) in enumerate(named)}
    return {
        "display_name": info["display_name"],
        "description": info["description"],
        "inputs": fields,
        "outputs": outputs,
    }


def shape(value: Any) -> Any:
    return {key: shape(item) for key, item in value.items()} if isinstance(value, dict) else bool(value)


def test_the_built_pack_runs_away_from_the_checkout(
    core: RealCore, start_comfy: Callable[..., ComfyServer], tmp_path: Path
) -> None:
    for name in ("one", "two"):
        command = [sys.executable, str(PACK / "build.py"), "--output", str(tmp_path / name)]
        subprocess.run(command, check=True, timeout=60)
    (first,) = (tmp_path / "one").glob("genga-*.zip")
    assert first.read_bytes() == (tmp_path / "two" / first.name).read_bytes()
    # Where start_comfy is going to start the server.
    with zipfile.ZipFile(first) as archive:
        archive.extractall(tmp_path / "comfyui-0" / "custom_nodes")
    comfy = start_comfy(core_environ(core), pack=False)
    info = comfy.get("/object_info")
    assert "GengaGenerateImage" in info
    run = comfy.run({"1": {"class_type": "GengaCoreStatus", "inputs": {}}})
    assert run.output("1")["text"][0].startswith("Genga ")
    assert comfy.get("/workflow_templates")["genga"]


def test_every_node_has_help_and_texts_in_both_languages(comfy: ComfyServer) -> None:
    info = {name: node for name, node in comfy.get("/object_info").items() if name.startswith("Genga")}
    own = {name: texts_of(node) for name, node in sorted(info.items())}
    locales = comfy.get("/i18n")
    assert locales["en"]["nodeDefs"] == own
    assert shape(locales["ja"]["nodeDefs"]) == shape(own)
    for name in info:
        page = comfy.get_bytes(f"/extensions/genga/docs/{name}.md").decode()
        assert page.startswith(f"# {info[name]['display_name']}")


def test_the_registrys_rules_hold() -> None:
    project = tomllib.loads((PACK / "pyproject.toml").read_text(encoding="utf-8"))
    assert "comfyui" not in project["project"]["name"].lower()
    listed = [
        line
        for line in (PACK / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert listed == project["project"]["dependencies"]
    for file in (PACK / "genga").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert called not in ("eval", "exec"), file
            if isinstance(node, ast.Import):
                assert not {"subprocess", "requests"} & {alias.name for alias in node.names}, file
    for example in (PACK / "example_workflows").glob("*.json"):
        text = example.read_text(encoding="utf-8").lower()
        assert "token" not in text, example
        json.loads(text)
