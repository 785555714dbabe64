"""Verify: what a file's credential says, as values for a graph."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import folder_paths
from comfy_api.latest import io, ui
from genga_client import Client
from genga_client.codec import encode
from genga_client.protocol import Verification

from ..comfy_files import named_file
from ..compat import schema, show_text
from ..core import node_link
from ..running import CheckInterrupt, in_thread

STATES = {
    "trusted": "as signed, by an issuer trusted here",
    "valid": "as signed, by an issuer not among those trusted here",
    "tampered": "CHANGED after it was signed",
    "known": "no credential left, but known to the core's log",
    "unsigned": "no credential, and nothing known of it",
}


class GengaVerify(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaVerify",
            display_name="Genga Verify",
            category="Genga",
            description="Reads a file's credential: whether every byte is as it was signed, by whom, and what made it. Takes a picture of the input folder, or the path that Genga Sign & Save Image gives.",
            search_aliases=["c2pa", "content credentials", "provenance", "check signature"],
            inputs=[
                io.Combo.Input(
                    "image",
                    options=_input_images(),
                    upload=io.UploadType.image,
                    tooltip="Picture of the input folder. Not looked at when a path is connected.",
                ),
                io.String.Input(
                    "path",
                    optional=True,
                    force_input=True,
                    tooltip="From Genga Sign & Save Image or Genga Save Motion: `name.png [output]`. Of several lines the first counts.",
                ),
            ],
            outputs=[
                io.Boolean.Output(
                    display_name="is_valid", tooltip="Whether it is as signed: trusted or valid."
                ),
                io.String.Output(
                    display_name="state", tooltip="trusted, valid, tampered, known or unsigned."
                ),
                io.String.Output(display_name="record", tooltip="All that is known of it: JSON."),
            ],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, image: str = "") -> bool:
        # The list on the node may be older than the folder; a missing file is told when it runs.
        return True

    @classmethod
    def fingerprint_inputs(cls, image: str | None = None, **_: Any) -> str:
        if not image:
            return "by path"
        try:
            stat = os.stat(folder_paths.get_annotated_filepath(image))
        except OSError:
            return "not there"
        return f"{stat.st_mtime_ns} {stat.st_size}"

    @classmethod
    async def execute(cls, image: str, path: str | None = None) -> io.NodeOutput:
        named = (path or "").strip().splitlines()
        file = named_file(named[0] if named else image, "Genga Sign & Save Image")

        def work(check: CheckInterrupt) -> Verification:
            check()
            return _verify(node_link.client(), file)

        found = await in_thread(work)
        record = json.dumps(encode(found), indent=2, ensure_ascii=False)
        is_valid = found.state in ("trusted", "valid")
        told = _describe(file.name, found)
        show_text(told, cls.hidden.unique_id)
        return io.NodeOutput(is_valid, found.state, record, ui=ui.PreviewText(told))


def _input_images() -> list[str]:
    folder = folder_paths.get_input_directory()
    files = [name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name))]
    return sorted(folder_paths.filter_files_content_types(files, ["image"]))


def _verify(client: Client, file: Path) -> Verification:
    beside = file.with_name(f"{file.name}.c2pa")
    sidecar = client.put_asset(beside).sha256 if beside.is_file() else None
    return client.verify(client.put_asset(file).sha256, sidecar)


def _describe(name: str, found: Verification) -> str:
    lines = [f"{name}: {found.state} - {STATES.get(found.state, '')}"]
    if found.issuer:
        lines.append(f"Signed by {found.issuer}")
    if found.record is not None:
        made = found.record
        lines.append(f"Made {made.created} by {made.software} for {made.who.client}, seed {made.seed}")
        for model in made.models:
            data = (
                "training data undeclared"
                if model.training_data == "undeclared"
                else "training data declared"
            )
            lines.append(f"Model {model.name} {model.version}, {model.licence.spdx}, {data}")
    if found.signing is not None:
        told = found.signing
        program = told.software_agent.name if told.software_agent else told.declared_by.client
        lines.append(f"Declared {told.created} by {told.declared_by.client}, made with {program}")
        lines.append(f"Actions: {', '.join(action.action for action in told.actions)}")
        for model in told.models:
            known = "no hash" if model.sha256 is None else f"SHA-256 {model.sha256[:12]}…"
            data = (
                "training data undeclared"
                if model.training_data == "undeclared"
                else "training data declared"
            )
            lines.append(f"Model {model.name} ({model.role}), {known}, {data}")
        for ingredient in told.ingredients:
            lines.append(
                f"{ingredient.relationship}: {ingredient.name or ingredient.sha256[:12]} ({ingredient.credential})"
            )
    lines += [f"Problem {problem.code}: {problem.explanation}" for problem in found.problems]
    return "\n".join(lines)
