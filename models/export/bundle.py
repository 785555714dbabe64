"""Writes bundle.json: the one place where any exporter turns graphs and facts into a bundle.

The manifest's schema is core/src/models/bundle-manifest.ts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import onnx
from onnx import TensorProto

from models.export.errors import ExportError

DTYPES = {
    TensorProto.FLOAT: "float32",
    TensorProto.FLOAT16: "float16",
    TensorProto.INT64: "int64",
    TensorProto.INT32: "int32",
    TensorProto.BOOL: "bool",
    TensorProto.UINT8: "uint8",
}


@dataclass(frozen=True)
class BundleFacts:
    """What a bundle's maker says of it; nothing here can be read from the weights."""

    id: str
    name: str
    version: str
    description: str
    purpose: Literal["starter", "production", "test"]
    made_by: str
    licence: dict[str, Any]
    """`{"spdx": ..., "commercial_use": bool[, "url": ...]}`."""
    training_data: list[dict[str, str]] | Literal["undeclared"]
    """Every data set that the weights were trained on (empty: none, they are random), or `undeclared`."""
    derived_from: list[dict[str, str]] = field(default_factory=list)


def sha256_of(file: Path) -> str:
    """Gives the SHA-256 of a file in lower-case hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe_component(folder: Path, file: str) -> dict[str, Any]:
    """Gives the manifest entry of one ONNX graph, read from the graph itself.

    Raises ExportError if a weight file that the graph names is missing.
    """
    path = folder / file
    model = onnx.load(str(path), load_external_data=False)
    initializers = {tensor.name for tensor in model.graph.initializer}
    return {
        "file": file,
        "sha256": sha256_of(path),
        "size": path.stat().st_size,
        "external_data": [_weight_file(folder, path, name) for name in _external_files(model)],
        "inputs": [_tensor_spec(value) for value in model.graph.input if value.name not in initializers],
        "outputs": [_tensor_spec(value) for value in model.graph.output],
    }


def describe_tokenizer(folder: Path, file: str, config_file: str, ids: dict[str, int]) -> dict[str, Any]:
    """Gives the manifest entry of the tokenizer; `ids` holds max_length and the special tokens."""
    return {
        "file": file,
        "config_file": config_file,
        "sha256": sha256_of(folder / file),
        "config_sha256": sha256_of(folder / config_file),
        **ids,
    }


def write_bundle(
    folder: Path,
    facts: BundleFacts,
    *,
    components: dict[str, str],
    tokenizer: dict[str, Any],
    memory_bytes: int,
    stable_diffusion: dict[str, Any],
) -> dict[str, Any]:
    """Writes bundle.json of an image bundle for graphs that already stand in the folder and gives its
    content.

    `components` maps component names to files. Call it last: it hashes every file.
    """
    family = {"stable_diffusion": stable_diffusion}
    return write_manifest(
        folder,
        facts,
        "image",
        components=components,
        tokenizer=tokenizer,
        memory_bytes=memory_bytes,
        **family,
    )


def write_manifest(
    folder: Path,
    facts: BundleFacts,
    task: Literal["image", "motion", "mesh"],
    *,
    components: dict[str, str],
    tokenizer: dict[str, Any] | None = None,
    memory_bytes: int,
    **family: dict[str, Any],
) -> dict[str, Any]:
    """Writes bundle.json of any family; `family` holds one field, named as the family with underscores.

    Bundles that take no words have no tokenizer.
    """
    (name,) = family
    manifest = {
        "format": "genga.bundle.v1",
        "id": facts.id,
        "version": facts.version,
        "name": facts.name,
        "description": facts.description,
        "purpose": facts.purpose,
        "task": task,
        "family": name.replace("_", "-"),
        "made_by": facts.made_by,
        "derived_from": facts.derived_from,
        "licence": facts.licence,
        "training_data": facts.training_data,
        "memory_bytes": memory_bytes,
        "components": {name: describe_component(folder, file) for name, file in components.items()},
        **({} if tokenizer is None else {"tokenizer": tokenizer}),
        **family,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / "bundle.json").write_text(text + "\n", encoding="utf-8")
    return manifest


def _tensor_spec(value: onnx.ValueInfoProto) -> dict[str, Any]:
    tensor = value.type.tensor_type
    dtype = DTYPES.get(tensor.elem_type)
    if dtype is None:
        kind = TensorProto.DataType.Name(tensor.elem_type)
        raise ExportError(f"{value.name} has type {kind}; expected one of: {', '.join(DTYPES.values())}.")
    shape = [dim.dim_param or dim.dim_value for dim in tensor.shape.dim]
    return {"name": value.name, "shape": shape, "dtype": dtype}


def _external_files(model: onnx.ModelProto) -> list[str]:
    names = {
        entry.value
        for tensor in model.graph.initializer
        if tensor.data_location == TensorProto.EXTERNAL
        for entry in tensor.external_data
        if entry.key == "location"
    }
    return sorted(names)


def _weight_file(folder: Path, graph: Path, name: str) -> dict[str, Any]:
    path = graph.parent / name
    if not path.is_file():
        raise ExportError(f"{graph.name} takes its weights from {name}, which is not beside it.")
    return {
        "file": path.relative_to(folder).as_posix(),
        "sha256": sha256_of(path),
        "size": path.stat().st_size,
    }
