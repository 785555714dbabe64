"""Writes a mesh bundle: graphs checked against torch, tokenizer, bundle.json."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.export.bundle import BundleFacts, describe_tokenizer, write_manifest
from models.export.half_weights import store_half
from models.export.memory import measure_memory
from models.export.onnx_graph import GraphIo, compare_graph, export_graph

from .decoder import FEATURES, FieldDecoder, LatentDecoder
from .denoiser import TIMESTEPS, Denoiser
from .patches import TOKENS
from .sample import GRID
from .text import BOS, EOS, MAX_LENGTH, PAD, UNK, TextEncoder

TOLERANCE = 4e-3
"""Largest difference from torch, as a share of the largest value, with weights rounded to float16."""
TOKENIZER, CONFIG = "tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json"
POINTS_PER_CALL = 65_536
BATCH = {0: "batch"}
IDS = {0: "batch", 1: "tokens"}
ROWS = {0: "batch", 1: "rows"}
POINTS = {0: "batch", 1: "points"}


@dataclass(frozen=True)
class Parts:
    """What a bundle is made of."""

    text_encoder: TextEncoder
    denoiser: Denoiser
    latent_decoder: LatentDecoder
    field_decoder: FieldDecoder
    tokenizer: Tokenizer
    categories: list[dict[str, Any]]
    """[{name, prompts, size_m}]."""
    sources: list[str]
    num_inference_steps: int
    guidance_scale: float
    grid_resolution: int
    shift: float = 1.0
    source: str = "auto"
    library: dict[str, Any] = field(default_factory=dict)
    """`library` and `calibration` of files that stand in the folder already, and nothing else."""
    retriever: nn.Module | None = None
    """input_ids → embedding, where the library is searched by a network."""


@dataclass(frozen=True)
class _Graph:
    module: nn.Module
    sizes: list[list[tuple[GraphIo, Tensor]]]
    outputs: list[GraphIo]


def export_bundle(parts: Parts, out: Path, facts: BundleFacts) -> dict[str, Any]:
    """Writes the folder, bundle.json last, and gives its content.

    Raises SystemExit if a graph differs from torch by more than TOLERANCE.
    """
    out.mkdir(parents=True, exist_ok=True)
    graphs = _graphs(parts)
    parity = {name: _export(out, name, graph) for name, graph in graphs.items()}
    (out / "parity.json").write_text(json.dumps(parity, indent=1) + "\n")
    shapes = {
        f"{name}.onnx": {io.name: [1, *tensor.shape[1:]] for io, tensor in graph.sizes[0]}
        for name, graph in graphs.items()
    }
    return write_manifest(
        out,
        facts,
        "mesh",
        components={name: f"{name}.onnx" for name in graphs},
        tokenizer=_tokenizer(parts.tokenizer, out),
        memory_bytes=measure_memory(out, list(shapes), shapes),
        mesh_diffusion={
            "sources": parts.sources,
            "conditioning": "text",
            "sampler": {
                "type": "flow_match_euler",
                "num_train_timesteps": TIMESTEPS,
                "shift": parts.shift,
                "unconditional": "empty_prompt",
            },
            "latent": {"tokens": TOKENS, "channels": parts.denoiser.read.in_features},
            "field": {
                "kind": "sdf",
                "level": 0,
                "inside": "below",
                "bounds": {"min": [-1, -1, -1], "max": [1, 1, 1]},
                "colour": True,
                "material": True,
                "points_per_call": POINTS_PER_CALL,
            },
            **parts.library,
            "categories": parts.categories,
            "defaults": {
                "source": parts.source,
                "num_inference_steps": parts.num_inference_steps,
                "guidance_scale": parts.guidance_scale,
                "grid_resolution": parts.grid_resolution,
            },
        },
    )


def described(file: Path) -> dict[str, Any]:
    """Gives name, SHA-256 and size of a file of the bundle."""
    content = file.read_bytes()
    return {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def _graphs(parts: Parts) -> dict[str, _Graph]:
    """Gives module, inputs at two sizes and outputs of each graph."""
    pieces = parts.tokenizer.get_vocab_size()
    channels, width = parts.denoiser.read.in_features, parts.denoiser.gist.in_features

    def noise(batch: int, *shape: int) -> Tensor:
        return torch.randn(batch, *shape, generator=torch.Generator().manual_seed(batch))

    def ids(batch: int) -> Tensor:
        generator = torch.Generator().manual_seed(batch)
        drawn = torch.randint(1, pieces, (batch, 4 + 3 * batch), generator=generator)
        drawn[-1, 2:] = 0  # only start and end: unsaid
        return drawn

    def context(batch: int) -> Tensor:
        rows = noise(batch, 4 + 3 * batch, width)
        rows[-1, 2:] = 0
        return rows

    modules: dict[str, _Graph] = {
        "text_encoder": _Graph(
            parts.text_encoder,
            [[(GraphIo("input_ids", IDS), ids(batch))] for batch in (2, 3)],
            [GraphIo("context", IDS)],
        ),
        "denoiser": _Graph(
            parts.denoiser,
            [
                [
                    (GraphIo("sample", BATCH), noise(batch, TOKENS, channels)),
                    (GraphIo("timestep", BATCH), torch.linspace(20, 900, batch)),
                    (GraphIo("context", ROWS), context(batch)),
                ]
                for batch in (2, 3)
            ],
            [GraphIo("velocity", BATCH)],
        ),
        "latent_decoder": _Graph(
            parts.latent_decoder,
            [[(GraphIo("latent", BATCH), noise(batch, TOKENS, channels))] for batch in (2, 1)],
            [GraphIo("decoded", BATCH)],
        ),
        "field_decoder": _Graph(
            parts.field_decoder,
            [
                [
                    (GraphIo("decoded", BATCH), noise(batch, FEATURES, GRID, GRID, GRID)),
                    (GraphIo("points", POINTS), noise(batch, 500 * batch, 3).clamp(-1, 1)),
                ]
                for batch in (2, 1)
            ],
            [GraphIo(name, POINTS) for name in ("field", "colour", "material")],
        ),
    }
    if parts.retriever is not None:
        inputs = [[(GraphIo("input_ids", IDS), ids(batch))] for batch in (2, 3)]
        modules["retriever"] = _Graph(parts.retriever, inputs, [GraphIo("embedding", BATCH)])
    return modules


def _export(out: Path, name: str, graph: _Graph) -> dict[str, float]:
    file = out / f"{name}.onnx"
    module = graph.module.eval()
    export_graph(module, file, graph.sizes[0], graph.outputs)
    store_half(file)
    found = [compare_graph(module, file, inputs) for inputs in graph.sizes]
    worst = max(found, key=lambda one: one.absolute)
    print(name, file.stat().st_size, worst, flush=True)
    if worst.absolute > TOLERANCE * max(1.0, worst.magnitude):
        raise SystemExit(f"{name} differs from torch by {worst.absolute}, largest value {worst.magnitude}.")
    return {"absolute": worst.absolute, "magnitude": worst.magnitude}


def _tokenizer(tokenizer: Tokenizer, out: Path) -> dict[str, Any]:
    tree = json.loads(tokenizer.to_str())
    # Padding and truncation belong to the caller.
    tree["padding"] = tree["truncation"] = None
    (out / "tokenizer").mkdir(exist_ok=True)
    (out / TOKENIZER).write_text(json.dumps(tree, ensure_ascii=False, separators=(",", ":")) + "\n")
    names = {"pad_token": PAD, "unk_token": UNK, "bos_token": BOS, "eos_token": EOS}
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_LENGTH,
        **names,
        "cls_token": BOS,
        "sep_token": EOS,
    }
    (out / CONFIG).write_text(json.dumps(config, indent=2) + "\n")
    ids = {
        f"{key}_token_id": tokenizer.token_to_id(name)
        for key, name in (("bos", BOS), ("eos", EOS), ("pad", PAD))
    }
    return describe_tokenizer(out, TOKENIZER, CONFIG, {"max_length": MAX_LENGTH, **ids})
