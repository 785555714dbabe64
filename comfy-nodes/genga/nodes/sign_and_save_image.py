"""Sign & Save Image: saves pictures of any graph with a credential that names what made them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folder_paths
import torch
from comfy.cli_args import args
from comfy_api.latest import io, ui
from genga_client import Client

from ..compat import comfyui_version, schema, show_text
from ..core import node_link
from ..graph import Prompt
from ..images import png_of, webp_of
from ..origin import Account, account_of, origin_of
from ..running import CheckInterrupt, in_thread
from ..saving import reserve, reserving, write_whole
from ..settings import load_settings

# Half of what the core takes for all parameters together.
LARGEST_WORKFLOW = 128 * 1024


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
        if text:
            show_text(text, cls.hidden.unique_id)
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


def _sign_all(request: _Request, check: CheckInterrupt) -> tuple[list[tuple[Path, str]], bool]:
    with reserving(check) as reserved:
        return _sign_reserved(request, reserved, check)


def _sign_reserved(
    request: _Request, reserved: list[Path], check: CheckInterrupt
) -> tuple[list[tuple[Path, str]], bool]:
    client = node_link.client()
    private = request.private or load_settings().prompt_privacy or bool(client.status().prompt_privacy)
    origin = origin_of(client, request.prompt, request.node_id, check)
    height, width = request.images.shape[1:3]
    folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(
        request.filename_prefix, folder_paths.get_output_directory(), width, height
    )
    for index in range(len(request.images)):
        name = stem.replace("%batch_num%", str(index))
        counter = reserve(Path(folder), name, counter, [request.format], reserved) + 1
    # All are signed before the first is saved: a batch is there whole or not at all.
    signed: list[bytes] = []
    for index, (picture, path) in enumerate(zip(request.images, reserved, strict=True)):
        check()
        data = _encoded(picture, request, private)
        signed.append(
            _sign(client, request, account_of(origin, index, request.images), private, data, path.name)
        )
    for path, data in zip(reserved, signed, strict=True):
        write_whole(path, data)
    return [(path, subfolder) for path in reserved], private


def _encoded(picture: torch.Tensor, request: _Request, private: bool) -> bytes:
    texts: dict[str, str] = {}
    if not private and not args.disable_metadata:
        # What ComfyUI's own Save Image writes, so that its page reads it back.
        texts["prompt"] = json.dumps(request.prompt)
        texts |= {name: json.dumps(value) for name, value in request.extra.items()}
    if request.format == "png":
        return png_of(picture, texts=texts)
    return webp_of(picture, quality=request.quality, texts=texts)


def _sign(
    client: Client, request: _Request, account: Account, private: bool, data: bytes, name: str
) -> bytes:
    asset = client.put_asset(data, mime=f"image/{request.format}", name=name)
    version = comfyui_version()
    signed = client.sign(
        asset.sha256,
        title=request.title or name,
        actions=[account.action],
        ingredients=account.ingredients,
        models=account.models,
        software_agent={"name": "ComfyUI", **({"version": version} if version else {})},
        parameters={} if args.disable_metadata else _parameters(request.prompt),
        prompt_privacy=private,
    )
    return client.get_asset(signed.asset.sha256)


def _parameters(prompt: Prompt) -> dict[str, Any]:
    # Prompt privacy replaces `workflow` by its hash; a very large one is named by the file's own texts alone.
    graph = {
        node: {key: value[key] for key in ("class_type", "inputs") if key in value}
        for node, value in prompt.items()
    }
    text = json.dumps(graph)
    return {"workflow": json.loads(text)} if len(text) <= LARGEST_WORKFLOW else {}
