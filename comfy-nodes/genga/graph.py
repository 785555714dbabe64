"""Reads what made a picture out of ComfyUI's prompt: a map of node id to `class_type` and `inputs`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folder_paths
import nodes

Prompt = Mapping[str, Mapping[str, Any]]

MODEL_SUFFIXES = {".safetensors", ".sft", ".ckpt", ".pt", ".pth", ".bin", ".gguf", ".onnx", ".pkl"}
IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".exr"}

# Words for people and for policies; any other folder of models keeps its own name.
ROLES = {
    "checkpoints": "checkpoint",
    "loras": "lora",
    "vae": "vae",
    "controlnet": "controlnet",
    "text_encoders": "text_encoder",
    "clip": "text_encoder",
    "clip_vision": "image_encoder",
    "diffusion_models": "diffusion_model",
    "unet": "diffusion_model",
    "upscale_models": "upscaler",
    "latent_upscale_models": "upscaler",
    "embeddings": "embedding",
    "hypernetworks": "hypernetwork",
    "style_models": "style_model",
}
# Of two folders that hold a file of one name, what the input is called tells.
HINTS = {
    "ckpt": "checkpoints",
    "lora": "loras",
    "vae": "vae",
    "control_net": "controlnet",
    "unet": "diffusion_models",
    "clip_vision": "clip_vision",
    "clip": "text_encoders",
    "upscale": "upscale_models",
    "style_model": "style_models",
    "hypernetwork": "hypernetworks",
}
_EMBEDDING = re.compile(r"embedding:([\w.\-/\\]+)")


@dataclass(frozen=True, kw_only=True)
class GraphModel:
    """A model file that a node of the graph names."""

    name: str
    role: str
    path: Path | None
    """None when no such file is there (a node that loads from elsewhere)."""
    weight: float | None = None


def upstream(prompt: Prompt, node_id: str) -> list[str]:
    """Gives the nodes that a node depends on, nearest first, itself left out."""
    seen: list[str] = []
    waiting = [node_id]
    while waiting:
        for source, _ in _links(prompt.get(waiting.pop(0), {})):
            if source not in seen and source != node_id and source in prompt:
                seen.append(source)
                waiting.append(source)
    return seen


def result_key(prompt: Prompt, node_id: str) -> str:
    """Gives what names a node's result: the same graph before it gives the same key, whatever its ids are."""
    known: dict[str, str] = {}

    def key(identifier: str, path: tuple[str, ...]) -> str:
        if identifier in path or identifier not in prompt:
            return f"?{identifier}"
        if identifier not in known:
            node = prompt[identifier]
            inputs = {
                name: [key(value[0], (*path, identifier)), value[1]] if _is_link(value) else value
                for name, value in sorted(node.get("inputs", {}).items())
            }
            text = json.dumps([node.get("class_type"), inputs], sort_keys=True, default=str)
            known[identifier] = hashlib.sha256(text.encode()).hexdigest()
        return known[identifier]

    return key(node_id, ())


def models_of(prompt: Prompt, node_ids: list[str]) -> list[GraphModel]:
    """Gives the model files that nodes name, of any loader: texts that are files in a folder of models."""
    found: dict[tuple[str, str], GraphModel] = {}
    for node_id in node_ids:
        inputs = prompt[node_id].get("inputs", {})
        for name, text in _texts(inputs):
            for embedding in _EMBEDDING.findall(text):
                path = _find(embedding, "embeddings") or _find(f"{embedding}.safetensors", "embeddings")
                found[("embedding", embedding)] = GraphModel(name=embedding, role="embedding", path=path)
            # ComfyUI's DiffusersLoader takes a folder, which has no ending.
            if (Path(text).suffix.lower() not in MODEL_SUFFIXES and name != "model_path") or "\n" in text:
                continue
            folder, path = _locate(name, text)
            role = ROLES.get(folder, folder)
            weight = next(
                (inputs[key] for key in ("strength_model", "strength") if _is_number(inputs.get(key))), None
            )
            model = GraphModel(
                name=text, role=role, path=path, weight=weight if role in ("lora", "hypernetwork") else None
            )
            found[(role, text)] = model
    return list(found.values())


def images_of(prompt: Prompt, node_ids: list[str]) -> list[Path]:
    """Gives the picture files of ComfyUI's folders that nodes name: those of Load Image and its like."""
    found: list[Path] = []
    for node_id in node_ids:
        for _, text in _texts(prompt[node_id].get("inputs", {})):
            if Path(text.split(" [")[0]).suffix.lower() not in IMAGE_SUFFIXES or "\n" in text:
                continue
            path = Path(folder_paths.get_annotated_filepath(text)).resolve()
            roots = (folder_paths.get_input_directory(), folder_paths.get_output_directory())
            inside = any(
                path.is_relative_to(Path(root).resolve())
                for root in (*roots, folder_paths.get_temp_directory())
            )
            if inside and path.is_file() and path not in found:
                found.append(path)
    return found


def is_known(class_type: Any) -> bool:
    """Whether a node is ComfyUI's own or of this pack; nodes of other packs and of paid services are not."""
    kind = nodes.NODE_CLASS_MAPPINGS.get(class_type)
    module = getattr(kind, "RELATIVE_PYTHON_MODULE", "nodes")
    own = kind is not None and (module == "nodes" or module.startswith("comfy_extras."))
    return own or str(class_type).startswith("Genga")


def _links(node: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for value in node.get("inputs", {}).values():
        if _is_link(value):
            yield value[0], value[1]


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and type(value[1]) is int


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a node's inputs with the input's name; loaders of packs keep some in maps and lists."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, str(key))
    elif isinstance(value, list) and not _is_link(value):
        for item in value:
            yield from _texts(item, name)


def _locate(input_name: str, file: str) -> tuple[str, Path | None]:
    hint = next((folder for word, folder in HINTS.items() if word in input_name), None)
    folders = [hint] if hint else []
    skipped = {"custom_nodes", "configs", hint}
    folders += [folder for folder in folder_paths.folder_names_and_paths if folder not in skipped]
    for folder in folders:
        path = _find(file, folder)
        if path is not None:
            return folder, path
    return hint or "model", None


def _find(file: str, folder: str) -> Path | None:
    if folder not in folder_paths.folder_names_and_paths:
        return None
    path = folder_paths.get_full_path(folder, file)
    return None if path is None else Path(path)
