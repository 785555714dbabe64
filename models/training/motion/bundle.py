"""Writes a motion bundle: graphs checked against torch, statistics, tokenizer, clip library, bundle.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.export.bundle import BundleFacts, describe_tokenizer, write_manifest
from models.export.half_weights import store_half
from models.export.memory import measure_memory
from models.export.onnx_graph import GraphIo, compare_graph, export_graph

from .clip_library import CaptionRow, LibraryClip, described, write_library
from .diffusion import TIMESTEPS
from .features import CONDITIONS, WIDTH, WINDOW
from .model import StarterMotion, encode
from .motion import mirrored_words
from .retriever import Retriever
from .skeleton import FPS
from .text import BOS, EOS, MAX_LENGTH, PAD, UNK

OVERLAP = 40
TOLERANCE = 2e-3
"""Largest difference from torch, as a share of the largest value, with weights rounded to float16."""
TOKENIZER, CONFIG, STATISTICS = (
    "tokenizer/tokenizer.json",
    "tokenizer/tokenizer_config.json",
    "statistics.json",
)
BATCH = {0: "batch"}
TOKENS = {0: "batch", 1: "tokens"}


@dataclass(frozen=True)
class Parts:
    """What a bundle is made of."""

    model: StarterMotion
    retriever: Retriever
    tokenizer: Tokenizer
    clips: list[LibraryClip]
    rows: list[CaptionRow]
    actions: list[dict[str, Any]]
    """[{name, prompts}]."""
    num_inference_steps: int
    guidance_scale: float
    guidance_end: float
    """Share of the steps that are guided."""
    duration_s: float


class _Text(nn.Module):
    def __init__(self, model: StarterMotion) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor) -> Tensor:
        return self.model.text(input_ids)


def export_bundle(parts: Parts, out: Path, facts: BundleFacts) -> dict[str, Any]:
    """Writes the folder, bundle.json last, and gives its content.

    Raises SystemExit if a graph differs from torch by more than TOLERANCE.
    """
    out.mkdir(parents=True, exist_ok=True)
    parity = {name: _export(out, name, *graph) for name, graph in _graphs(parts).items()}
    (out / "parity.json").write_text(json.dumps(parity, indent=1) + "\n")
    tokenizer = _tokenizer(parts.tokenizer, out)
    mean, deviation = (value.double().tolist() for value in (parts.model.mean, parts.model.deviation))
    (out / STATISTICS).write_text(json.dumps({"mean": mean, "deviation": deviation}) + "\n")
    with torch.no_grad():
        captions = [row.caption for row in parts.rows]
        embeddings = parts.retriever(encode(parts.tokenizer, captions)).numpy()
    library = write_library(out, parts.clips, parts.rows, embeddings)
    names = list(_graphs(parts))
    shapes = {
        f"{name}.onnx": {io.name: list(tensor.shape) for io, tensor in _inputs(parts, name, 2)}
        for name in names
    }
    return write_manifest(
        out,
        facts,
        "motion",
        components={name: f"{name}.onnx" for name in names},
        tokenizer=tokenizer,
        memory_bytes=measure_memory(out, [f"{name}.onnx" for name in names], shapes),
        motion_diffusion={
            "representation": "genga-141",
            "fps": FPS,
            "window_frames": WINDOW,
            "overlap_frames": OVERLAP,
            "noise_schedule": {
                "num_train_timesteps": TIMESTEPS,
                "beta_schedule": "squaredcos_cap_v2",
                "prediction_type": "sample",
            },
            "guidance_end": parts.guidance_end,
            "conditions": list(CONDITIONS),
            "statistics": described(out / STATISTICS),
            "library": library,
            "actions": parts.actions,
            "defaults": {
                "num_inference_steps": parts.num_inference_steps,
                "guidance_scale": parts.guidance_scale,
                "duration_s": parts.duration_s,
            },
            "max_duration_s": 120,
        },
    )


def _graphs(parts: Parts) -> dict[str, tuple[nn.Module, list[list[tuple[GraphIo, Tensor]]], GraphIo]]:
    """Gives module, inputs at two sizes and output of each graph."""
    modules = {
        "text_encoder": (_Text(parts.model), GraphIo("text", BATCH)),
        "denoiser": (parts.model.denoiser, GraphIo("clean", BATCH)),
        "retriever": (parts.retriever, GraphIo("embedding", BATCH)),
    }
    return {
        name: (module.eval(), [_inputs(parts, name, batch) for batch in (2, 3)], output)
        for name, (module, output) in modules.items()
    }


def _inputs(parts: Parts, name: str, batch: int) -> list[tuple[GraphIo, Tensor]]:
    generator = torch.Generator().manual_seed(batch)
    pieces = parts.tokenizer.get_vocab_size()
    if name != "denoiser":
        ids = torch.randint(1, pieces, (batch, 4 + 3 * batch), generator=generator)
        ids[-1, 2:] = 0  # only start and end: unsaid
        return [(GraphIo("input_ids", TOKENS), ids)]
    width = parts.model.denoiser.text.in_features

    def noise(*shape: int) -> Tensor:
        return torch.randn(batch, *shape, generator=generator)

    valid = (torch.arange(WINDOW) < 120).float().expand(batch, -1)
    tensors = {
        "sample": noise(WINDOW, WIDTH),
        "timestep": torch.randint(0, TIMESTEPS, (batch,), generator=generator),
        "text": noise(width),
        "observed": noise(WINDOW, WIDTH),
        "given": (noise(WINDOW, len(CONDITIONS)) > 1).float(),
        "valid": valid.contiguous(),
    }
    return [(GraphIo(key, BATCH), tensor) for key, tensor in tensors.items()]


def _export(
    out: Path, name: str, module: nn.Module, sizes: list[list[tuple[GraphIo, Tensor]]], output: GraphIo
) -> dict[str, float]:
    file = out / f"{name}.onnx"
    export_graph(module, file, sizes[0], [output])
    store_half(file)
    found = [compare_graph(module, file, inputs) for inputs in sizes]
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


def library_rows(clips: list[LibraryClip]) -> list[CaptionRow]:
    """Gives every way to ask for the clips: each caption, and mirrored where that changes the words.

    A cycle and a motion whose words have no side are found by their captions alone.
    """
    rows = []
    for number, clip in enumerate(clips):
        for caption in clip.motion.captions:
            if " meters in " in caption:  # a measurement, not a way to ask
                continue
            rows.append(CaptionRow(number, caption))
            if (other := mirrored_words(caption)) != caption:
                rows.append(CaptionRow(number, other, True))
    return rows
