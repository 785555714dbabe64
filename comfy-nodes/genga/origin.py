"""What the graph before a node says of its pictures, as the core's message `sign` wants it told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from genga_client import Client, GengaError

from .declarations import declared_of
from .errors import GengaNodeError
from .file_hash import file_sha256
from .graph import GraphModel, Prompt, images_of, is_known, models_of, result_key, upstream
from .made import MadeFile, made_by, pixel_hash
from .running import CheckInterrupt

GENERATES = {"GengaGenerateImage", "GengaGenerateMotion", "GengaLoadMotion"}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Models, pictures and generated files that a graph's output comes from."""

    models: list[dict[str, Any]]
    """As the protocol's DeclaredModel."""
    images: list[str]
    """SHA-256 of the picture files that went in, in the core's store."""
    made: list[list[MadeFile]]
    """Files of each node that generates pictures or motion, or loads a motion."""
    known_nodes: bool
    """Whether all nodes are ComfyUI's own or ours; others may use models that no input names."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """What is signed with one picture."""

    action: dict[str, Any]
    ingredients: list[dict[str, Any]]
    models: list[dict[str, Any]]


def origin_of(client: Client, prompt: Prompt, node_id: str, check: CheckInterrupt) -> Origin:
    """Reads the graph before a node: hashes its models, brings its pictures into the core.

    Raises GengaNodeError if a model cannot be read; GengaError; what `check` raises.
    """
    # What went into a generated picture stands in its own credential.
    cut = {key: {**node, "inputs": {}} if _generates(node) else node for key, node in prompt.items()}
    nodes = upstream(cut, node_id)
    made: list[list[MadeFile]] = []
    models: list[dict[str, Any]] = []
    for node in nodes:
        if not _generates(prompt[node]):
            continue
        files = made_by(result_key(prompt, node))
        if files is None:
            bundle = prompt[node].get("inputs", {}).get("bundle", "unknown")
            models.append({"name": f"Genga bundle {bundle}", "role": "bundle"})
        elif all(_is_there(client, file) for file in files):
            made.append(files)
        else:
            # The core has them no more, or it is another one; their models are still known.
            gone = [model for file in files for model in file.models]
            models += [model for index, model in enumerate(gone) if model not in gone[:index]]
    direct = [node for node in nodes if not _generates(prompt[node])]
    models += [_declared(model, check) for model in models_of(prompt, direct)]
    images = [client.put_asset(path).sha256 for path in images_of(prompt, direct)]
    known_nodes = all(is_known(prompt[node].get("class_type")) for node in nodes)
    return Origin(models=models, images=images, made=made, known_nodes=known_nodes)


def account_of(origin: Origin, index: int, pictures: torch.Tensor) -> Account:
    """Gives what can be said of picture `index` of a batch: no more than the graph shows for certain."""
    alone = len(origin.made) == 1 and not origin.images and not origin.models
    pixels = pixel_hash(pictures[index][:, :, :3])
    drawn = alone and all(file.pixels is not None for file in origin.made[0])
    parent = _parent(origin.made[0], index, len(pictures), pixels) if drawn else None
    if parent is not None:
        same = parent.pixels == pixels
        return Account(
            action=_action("c2pa.edited.metadata", None, "Saved with its ComfyUI workflow.")
            if same
            else _action(
                "c2pa.edited", "compositeWithTrainedAlgorithmicMedia", "Changed by a ComfyUI graph."
            ),
            ingredients=[_made_ingredient(parent, "parentOf")],
            models=[],
        )
    generated = list({file.sha256: file for files in origin.made for file in files}.values())
    trained = bool(origin.models or generated)
    if not trained and len(origin.images) == 1:
        return Account(
            action=_action("c2pa.edited", None, "Changed by a ComfyUI graph."),
            ingredients=[_ingredient(origin.images[0], "parentOf", "input image")],
            models=[],
        )
    composed = bool(origin.images or generated)
    if not trained and not origin.known_nodes:
        return Account(
            action=_action("c2pa.unknown", None, "Made by a ComfyUI graph with nodes of other packs."),
            ingredients=[_ingredient(sha256, "inputTo", "input image") for sha256 in origin.images],
            models=[],
        )
    if trained:
        kind = "compositeWithTrainedAlgorithmicMedia" if composed else "trainedAlgorithmicMedia"
    else:
        kind = "composite" if composed else "algorithmicMedia"
    relationship = "inputTo" if trained else "componentOf"
    return Account(
        action=_action("c2pa.created", kind, "Made by a ComfyUI graph."),
        ingredients=[
            *(_made_ingredient(file, relationship) for file in generated),
            *(_ingredient(sha256, relationship, "input image") for sha256 in origin.images),
        ],
        models=origin.models,
    )


def _parent(files: list[MadeFile], index: int, count: int, pixels: str) -> MadeFile | None:
    """The file that a picture is, or was made from; None if the graph does not tell which of several."""
    same = next((file for file in files if file.pixels == pixels), None)
    if same is not None or len(files) == 1:
        return same or files[0]
    return files[index] if len(files) == count else None


def _generates(node: Any) -> bool:
    return node.get("class_type") in GENERATES


def _declared(model: GraphModel, check: CheckInterrupt) -> dict[str, Any]:
    sha256 = None
    if model.path is not None:
        try:
            sha256 = file_sha256(model.path, check)
        except OSError as error:
            raise GengaNodeError(f"The model {model.name} cannot be read: {error}.") from None
    facts: dict[str, Any] = {"name": Path(model.name.replace("\\", "/")).name, "role": model.role}
    facts |= declared_of(sha256)
    if sha256 is not None:
        facts["sha256"] = sha256
    if model.weight is not None:
        facts["weight"] = float(model.weight)
    return facts


def _is_there(client: Client, file: MadeFile) -> bool:
    try:
        client.verify(file.sha256, file.sidecar)
    except GengaError as error:
        if error.code in ("ASSET_NOT_FOUND", "ASSET_CORRUPT"):
            return False
        raise
    return True


def _action(name: str, origin: str | None, description: str) -> dict[str, Any]:
    return {
        "action": name,
        "description": description,
        **({"digital_source_type": origin} if origin else {}),
    }


def _ingredient(sha256: str, relationship: str, role: str) -> dict[str, Any]:
    return {"sha256": sha256, "relationship": relationship, "role": role}


def _made_ingredient(file: MadeFile, relationship: str) -> dict[str, Any]:
    role = "generated image" if file.pixels is not None else "motion"
    sidecar = {} if file.sidecar is None else {"sidecar": file.sidecar}
    return _ingredient(file.sha256, relationship, role) | sidecar
