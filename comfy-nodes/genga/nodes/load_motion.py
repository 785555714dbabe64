"""Load Motion: a motion of the core from a file, with its credential; BVH of a human figure is read by the core."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import folder_paths
from comfy_api.latest import io
from genga_client.codec import encode

from ..comfy_files import named_file
from ..compat import schema, show_text
from ..core import node_link
from ..graph import result_key
from ..made import keep_made
from ..motion import FORMAT, MIME, Motion, MotionType, read_motion
from ..motion_job import made_files, run_motion, shown_motions
from ..running import CheckInterrupt, in_thread
from ..signed_file import file_mark, read_file

BVH_ENDING = ".bvh"
BVH_MIME = "application/x-bvh"
_FRAME_TIME = re.compile(rb"^\s*Frame Time:\s*(\d+\.?\d*(?:[eE][-+]?\d+)?)", re.MULTILINE)
_HEAD_BYTES = 200
"""The format stands at the start of a file of the core."""


class GengaLoadMotion(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaLoadMotion",
            display_name="Genga Load Motion",
            category="Genga",
            description="Loads a motion: JSON that Genga made, with the credential beside it (`.c2pa`), or BVH of one human figure, which the core puts on its 22 joints. From ComfyUI's input folder, or from the path that Genga Save Motion gives.",
            search_aliases=["open motion", "import animation", "bvh"],
            inputs=[
                io.Combo.Input(
                    "file",
                    options=_input_motions(),
                    tooltip="Motion (JSON or BVH) of the input folder. Not looked at when a path is connected.",
                ),
                io.String.Input(
                    "path",
                    optional=True,
                    force_input=True,
                    tooltip="From Genga Save Motion: `name.json [output]`, or a BVH. Of several lines the first JSON counts.",
                ),
            ],
            outputs=[
                MotionType.Output(display_name="motion", tooltip="The motion."),
                io.String.Output(display_name="record", tooltip="What is known of the file: JSON."),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
        )

    @classmethod
    def validate_inputs(cls, file: str = "") -> bool:
        # The list on the node may be older than the folder; a missing file is told when it runs.
        return True

    @classmethod
    def fingerprint_inputs(cls, file: str | None = None, **_: Any) -> str:
        if not file:
            return "by path"
        return file_mark(Path(folder_paths.get_annotated_filepath(file)))

    @classmethod
    async def execute(cls, file: str = "", path: str | None = None) -> io.NodeOutput:
        node_id = cls.hidden.unique_id
        graph = cls.hidden.prompt or {}
        lines = [line.strip() for line in (path or "").splitlines() if line.strip()]
        named = next((line for line in lines if line.split(" [")[0].endswith(".json")), *lines[:1] or [file])

        def work(check: CheckInterrupt) -> tuple[Motion, str, str]:
            path = named_file(named, "Genga Save Motion")
            bvh = path.suffix.lower() == BVH_ENDING
            motion, record, state = _load_bvh(path, node_id, check) if bvh else _load(path, check)
            if node_id is not None:
                keep_made(result_key(graph, node_id), made_files((motion,)))
            return motion, record, state

        motion, record, state = await in_thread(work)
        show_text(f"{motion.json.name}: {state}", node_id)
        return io.NodeOutput(
            (motion,), record, ui={**shown_motions((motion,)), "genga_assets": [motion.json.asset]}
        )


def _load(path: Path, check: CheckInterrupt) -> tuple[Motion, str, str]:
    data = path.read_bytes()
    read_motion(data, path.name)
    check()
    file, found = read_file(node_link.client(), path, data, MIME)
    record = file.record
    params = (record or {}).get("params", {})
    motion = Motion(files={"json": file}, seed=(record or {}).get("seed"), bundle=params.get("bundle"))
    return motion, json.dumps(encode(found), indent=2, ensure_ascii=False), found.state


def _load_bvh(path: Path, node_id: str | None, check: CheckInterrupt) -> tuple[Motion, str, str]:
    """Has the core read a BVH, at its own frame rate; the core says what is wrong with one that it cannot read."""
    data = path.read_bytes()
    client = node_link.client()
    file, found = read_file(client, path, data, BVH_MIME)
    line = _FRAME_TIME.search(data)
    fps = 24.0 if line is None else min(240.0, max(1.0, round(1 / max(float(line[1]), 1e-3), 2)))
    output = {"formats": ["json"], "fps": fps}
    (files,) = run_motion(
        client, {"source": file.sha256, "foot_lock": False, "output": output}, node_id, check
    )
    return Motion(files=files), json.dumps(encode(found), indent=2, ensure_ascii=False), found.state


def _input_motions() -> list[str]:
    root = Path(folder_paths.get_input_directory())
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix.lower() == BVH_ENDING or (path.suffix == ".json" and _is_motion(path))
    )


def _is_motion(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return FORMAT.encode() in file.read(_HEAD_BYTES)
    except OSError:
        return False
