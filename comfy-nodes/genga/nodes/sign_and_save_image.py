"""Sign & Save Image: saves pictures of any graph with a credential that names what made them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import folder_paths
import torch
from comfy.cli_args import args
from comfy_api.latest import io, ui
from genga_client import Client, GengaError

from ..compat import comfyui_version, schema
from ..core import node_link
from ..declarations import declared_of
from ..errors import GengaNodeError
from ..file_hash import file_sha256
from ..graph import Prompt, images_of, models_of, result_key, upstream
from ..images import png_of, webp_of
from ..made import MadeFile, made_by, pixel_hash
from ..running import CheckInterrupt, in_thread
from ..settings import load_settings

GENERATE = "GengaGenerateImage"
# Half of what the core takes for all parameters together.
LARGEST_WORKFLOW = 128 * 1024
Relationship = Literal["parentOf", "componentOf", "inputTo"]


class GengaSignAndSaveImage(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaSignAndSaveImage",
            display_name="Genga Sign & Save Image",
            category="Genga",
            description="Saves pictures with a signed credential (C2PA): the models of this graph by hash, its input pictures, and the workflow. Dragging the file back onto the page restores the graph. Nothing is saved that is not signed.",
            search_aliases=["save image", "c2pa", "content credentials", "provenance", "sign"],
            inputs=[
                io.Image.Input("images", tooltip="The pictures to save."),
                io.String.Input(
                    "filename_prefix",
                    default="genga",
                    tooltip="Start of the file name; may hold folders and %date:yyyy-MM-dd% and the like, as in Save Image.",
                ),
                io.Combo.Input(
                    "format",
                    options=["png", "webp"],
                    default="png",
                    tooltip="Both keep the workflow and carry the credential.",
                ),
                io.Int.Input("quality", default=100, min=1, max=100, tooltip="Of WebP; 100 loses nothing."),
                io.Boolean.Input(
                    "private",
                    default=False,
                    label_on="without prompts",
                    label_off="with workflow",
                    tooltip="Leaves prompts and workflow out of file and credential. The setting of the pack and of the core do so for all files.",
                ),
                io.String.Input(
                    "title",
                    default="",
                    optional=True,
                    tooltip="Title in the credential; empty = the file's name.",
                ),
            ],
            outputs=[
                io.String.Output(
                    display_name="path", tooltip="Where the pictures are, one line each; for Genga Verify."
                )
            ],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo, io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> str:
        return f"private {load_settings().prompt_privacy}"

    @classmethod
    async def execute(
        cls,
        images: torch.Tensor,
        filename_prefix: str,
        format: str,
        quality: int,
        private: bool,
        title: str = "",
    ) -> io.NodeOutput:
        request = _Request(
            images=images,
            filename_prefix=filename_prefix,
            format=format,
            quality=quality,
            private=private,
            title=title.strip(),
            prompt=cls.hidden.prompt or {},
            extra=cls.hidden.extra_pnginfo or {},
            node_id=cls.hidden.unique_id or "",
        )
        saved, left_out = await in_thread(lambda check: _sign_all(request, check))
        folder = [ui.SavedResult(path.name, subfolder, io.FolderType.output) for path, subfolder in saved]
        text = "Prompts and workflow were left out." if left_out else ""
        shown: dict[str, Any] = ui.SavedImages(folder).as_dict() | ({"text": [text]} if text else {})
        lines = [f"{Path(subfolder) / path.name} [output]" for path, subfolder in saved]
        return io.NodeOutput("\n".join(lines), ui=shown)


@dataclass(frozen=True, kw_only=True)
class _Request:
    images: torch.Tensor
    filename_prefix: str
    format: str
    quality: int
    private: bool
    title: str
    prompt: Prompt
    extra: dict[str, Any]
    node_id: str


@dataclass(frozen=True, kw_only=True)
class _Origin:
    """What the graph before the node says of the pictures."""

    models: list[dict[str, Any]]
    images: list[Path]
    made: list[list[MadeFile]]
    """Pictures of each Generate Image node."""


def _sign_all(request: _Request, check: CheckInterrupt) -> tuple[list[tuple[Path, str]], bool]:
    client = node_link.client()
    private = request.private or load_settings().prompt_privacy or bool(client.status().prompt_privacy)
    origin = _origin(request, check)
    texts = {} if private or args.disable_metadata else _texts(request)
    height, width = request.images.shape[1:3]
    folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(
        request.filename_prefix, folder_paths.get_output_directory(), width, height
    )
    inputs = [(client.put_asset(path).sha256, "input image") for path in origin.images]
    # All are signed before the first is saved: a batch is there whole or not at all.
    signed: list[tuple[str, bytes]] = []
    for index, picture in enumerate(request.images):
        check()
        name = f"{stem.replace('%batch_num%', str(index))}_{counter + index:05}_.{request.format}"
        signed.append((name, _sign(client, request, origin, inputs, private, texts, index, picture, name)))
    saved: list[tuple[Path, str]] = []
    for name, data in signed:
        path = Path(folder) / name
        part = path.with_name(f".{name}.part")
        part.write_bytes(data)
        os.replace(part, path)
        saved.append((path, subfolder))
    return saved, private


def _sign(
    client: Client,
    request: _Request,
    origin: _Origin,
    inputs: list[tuple[str, str]],
    private: bool,
    texts: dict[str, str],
    index: int,
    picture: torch.Tensor,
    name: str,
) -> bytes:
    data = (
        png_of(picture, texts=texts)
        if request.format == "png"
        else webp_of(picture, quality=request.quality, texts=texts)
    )
    asset = client.put_asset(data, mime=f"image/{request.format}", name=name)
    ingredients, models, action = _account(client, origin, inputs, index, picture)
    version = comfyui_version()
    signed = client.sign(
        asset.sha256,
        title=request.title or name,
        actions=[action],
        ingredients=ingredients,
        models=models,
        software_agent={"name": "ComfyUI", **({"version": version} if version else {})},
        parameters={} if args.disable_metadata else _parameters(request),
        prompt_privacy=private,
    )
    return client.get_asset(signed.asset.sha256)


def _account(
    client: Client, origin: _Origin, inputs: list[tuple[str, str]], index: int, picture: torch.Tensor
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """Gives ingredients, models and the action of one picture: no more than the graph shows for certain."""
    models = list(origin.models)
    relationship: Relationship = "inputTo"
    alone = len(origin.made) == 1 and not inputs and not models
    made = origin.made[0] if alone else []
    parent = made[index] if alone and len(made) > index else None
    ingredients: list[dict[str, Any]] = []

    if parent is not None and _is_there(client, parent):
        same = parent.pixels == pixel_hash(picture[:, :, :3])
        ingredients.append({"sha256": parent.sha256, "relationship": "parentOf", "role": "generated image"})
        if same:
            return (
                ingredients,
                [],
                {"action": "c2pa.edited.metadata", "description": "Saved with its ComfyUI workflow."},
            )
        action = {
            "action": "c2pa.edited",
            "digital_source_type": "compositeWithTrainedAlgorithmicMedia",
            "description": "Changed by a ComfyUI graph.",
        }
        return ingredients, [], action

    generated: dict[str, dict[str, Any]] = {}
    for files in origin.made:
        for file in files:
            if _is_there(client, file):
                generated[file.sha256] = {
                    "sha256": file.sha256,
                    "relationship": relationship,
                    "role": "generated image",
                }
            else:
                # The core has the file no more; its models are still known.
                models += [model for model in file.models if model not in models]
    trained = bool(models or generated)
    if not trained and len(inputs) == 1:
        parent_of = {"sha256": inputs[0][0], "relationship": "parentOf", "role": "input image"}
        return [parent_of], [], {"action": "c2pa.edited", "description": "Changed by a ComfyUI graph."}
    if not trained and inputs:
        relationship = "componentOf"
    ingredients = [
        *generated.values(),
        *({"sha256": sha, "relationship": relationship, "role": role} for sha, role in inputs),
    ]
    if trained:
        kind = "compositeWithTrainedAlgorithmicMedia" if inputs or generated else "trainedAlgorithmicMedia"
    else:
        kind = "composite" if inputs else "algorithmicMedia"
    return (
        ingredients,
        models,
        {"action": "c2pa.created", "digital_source_type": kind, "description": "Made by a ComfyUI graph."},
    )


def _origin(request: _Request, check: CheckInterrupt) -> _Origin:
    nodes = upstream(request.prompt, request.node_id)
    generators = [node for node in nodes if request.prompt[node].get("class_type") == GENERATE]
    # What went into a generated picture stands in its own credential.
    covered = {node for generator in generators for node in upstream(request.prompt, generator)}
    made: list[list[MadeFile]] = []
    models: list[dict[str, Any]] = []
    for node in generators:
        if node in covered:
            continue
        files = made_by(result_key(request.prompt, node))
        if files is None:
            models.append(
                {
                    "name": f"Genga {request.prompt[node]['inputs'].get('bundle', '')}".strip(),
                    "role": "bundle",
                }
            )
        else:
            made.append(files)
    direct = [node for node in nodes if node not in covered or _feeds_past(request, node, set(generators))]
    direct = [node for node in direct if node not in generators]
    for model in models_of(request.prompt, direct):
        sha256 = None
        if model.path is not None:
            try:
                sha256 = file_sha256(model.path, check)
            except OSError as error:
                raise GengaNodeError(f"The model {model.name} cannot be read: {error}.") from None
        facts = {"name": Path(model.name.replace("\\", "/")).name, "role": model.role, **declared_of(sha256)}
        if sha256 is not None:
            facts["sha256"] = sha256
        if model.weight is not None:
            facts["weight"] = float(model.weight)
        models.append(facts)
    return _Origin(models=models, images=images_of(request.prompt, direct), made=made)


def _feeds_past(request: _Request, node: str, generators: set[str]) -> bool:
    """Whether a node reaches the picture also by a way that goes through no Generate Image node."""
    cut = {
        key: ({**value, "inputs": {}} if key in generators else value)
        for key, value in request.prompt.items()
    }
    return node in upstream(cut, request.node_id)


def _is_there(client: Client, file: MadeFile) -> bool:
    try:
        client.verify(file.sha256)
    except GengaError as error:
        if error.code in ("ASSET_NOT_FOUND", "ASSET_CORRUPT"):
            return False
        raise
    return True


def _texts(request: _Request) -> dict[str, str]:
    """What ComfyUI's own Save Image writes, so that its page reads it back."""
    texts = {"prompt": json.dumps(request.prompt)}
    return texts | {name: json.dumps(value) for name, value in request.extra.items()}


def _parameters(request: _Request) -> dict[str, Any]:
    # Prompt privacy replaces `workflow` by its hash; a very large one is named by the file's own texts alone.
    graph = {
        node: {key: value[key] for key in ("class_type", "inputs") if key in value}
        for node, value in request.prompt.items()
    }
    text = json.dumps(graph)
    return {"workflow": json.loads(text)} if len(text) <= LARGEST_WORKFLOW else {}
