"""Turns a motion diffusion model of the MDM class, trained on HumanML3D, into a bundle.

python -m models.export.motion_diffusion --weights mdm.safetensors --clip DIR --mean Mean.npy \\
    --deviation Std.npy --id ID --name NAME --licence SPDX --commercial-use no --training-data FILE --out DIR
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.export.bundle import BundleFacts, describe_tokenizer, sha256_of, write_manifest
from models.export.errors import ExportError
from models.export.mdm_graphs import WIDTH, ClipTextGraph, MdmGraph, MdmOptions, load_mdm
from models.export.memory import measure_memory
from models.export.model_card import write_model_card
from models.export.onnx_graph import Difference, GraphIo, compare_graph, export_graph
from models.export.stable_diffusion import parse_id, parse_origin
from models.export.tokenizer import CONFIG_FILE, FILE, write_tokenizer
from models.export.training_data import read_training_data

FPS = 20
"""Of HumanML3D."""
STATISTICS = "statistics.json"
TOLERANCE = 1e-4
"""Largest difference from torch, as a share of the largest value."""
BATCH = {0: "batch"}
TOKENS = {0: "batch", 1: "tokens"}


@dataclass(frozen=True)
class MotionParts:
    """What a bundle is made of; torch models in float32."""

    denoiser: MdmGraph
    text_encoder: Any
    """transformers CLIPTextModelWithProjection."""
    tokenizer: Any
    """transformers CLIPTokenizer."""
    mean: np.ndarray
    deviation: np.ndarray


@dataclass(frozen=True)
class MotionDefaults:
    """What the artist gets when nothing is asked for."""

    num_inference_steps: int = 50
    guidance_scale: float = 2.5
    duration_s: float = 6
    overlap_frames: int = 40
    """Frames that a long motion's windows share."""


def read_statistics(file: Path) -> np.ndarray:
    """Reads 263 numbers of a .npy file. Raises ExportError for anything else."""
    try:
        values = np.load(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ExportError(f"{file.name} cannot be read as .npy: {error}.") from None
    if values.shape != (WIDTH,) or not np.isfinite(values).all():
        raise ExportError(f"{file.name} has shape {values.shape}; expected {WIDTH} finite numbers.")
    return values.astype(np.float64)


def load_parts(
    weights: Path, clip: Path, mean: Path, deviation: Path, options: MdmOptions | None = None
) -> MotionParts:
    """Loads everything that a bundle needs; weights from safetensors only.

    Raises ExportError for a part that is missing or of another architecture.
    """
    import transformers

    denoiser = load_mdm(weights, options or MdmOptions())
    try:
        text_encoder = transformers.CLIPTextModelWithProjection.from_pretrained(
            clip,
            dtype=torch.float32,
            local_files_only=True,
            use_safetensors=True,
            attn_implementation="eager",
        ).eval()
        tokenizer = transformers.CLIPTokenizer.from_pretrained(clip, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ExportError(f"{clip.name} holds no CLIP text model as safetensors: {error}") from None
    given, wanted = text_encoder.config.projection_dim, denoiser.text.in_features
    if given != wanted:
        raise ExportError(
            f"CLIP's text vector has {given} numbers and the model expects {wanted}; published weights were"
            " trained with ViT-B/32."
        )
    # CLIP's first configurations name a wrong end token; the tokenizer knows it.
    text_encoder.config.eos_token_id = tokenizer.eos_token_id
    parts = MotionParts(denoiser, text_encoder, tokenizer, read_statistics(mean), read_statistics(deviation))
    if not (parts.deviation > 0).all():
        raise ExportError(f"{deviation.name} has numbers of 0 or less; expected deviations.")
    return parts


def export_bundle(
    parts: MotionParts,
    folder: Path,
    facts: BundleFacts,
    defaults: MotionDefaults | None = None,
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Writes the bundle and gives the content of bundle.json; the folder appears whole or not at all.

    Raises ExportError if a graph differs from torch by more than the tolerance.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder.name} is there already; expected a new folder or an empty one.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        manifest = _write(parts, Path(scratch), facts, defaults or MotionDefaults(), report)
        folder.mkdir(exist_ok=True)
        for entry in sorted(Path(scratch).iterdir()):
            shutil.move(entry, folder / entry.name)
    return manifest


def _write(
    parts: MotionParts,
    folder: Path,
    facts: BundleFacts,
    defaults: MotionDefaults,
    report: Callable[[str], None],
) -> dict[str, Any]:
    options = parts.denoiser.options
    modules = {
        "text_encoder": (ClipTextGraph(parts.text_encoder), GraphIo("text", BATCH)),
        "denoiser": (parts.denoiser, GraphIo("clean", BATCH)),
    }
    differences: dict[str, Difference] = {}
    for name, (module, output) in modules.items():
        found = _export_checked(module, folder / f"{name}.onnx", output, parts, name)
        differences[name] = found
        report(f"{name}: max abs {found.absolute:.2e} of {found.magnitude:.3g}")
    ids = write_tokenizer(parts.tokenizer, folder)
    statistics = {"mean": parts.mean.tolist(), "deviation": parts.deviation.tolist()}
    (folder / STATISTICS).write_text(json.dumps(statistics) + "\n", encoding="utf-8")
    shapes = {
        f"{name}.onnx": {io.name: list(tensor.shape) for io, tensor in _inputs(parts, name, 2)}
        for name in modules
    }
    manifest = write_manifest(
        folder,
        facts,
        "motion",
        components={name: f"{name}.onnx" for name in modules},
        tokenizer=describe_tokenizer(folder, FILE, CONFIG_FILE, ids),
        memory_bytes=measure_memory(folder, list(shapes), shapes),
        motion_diffusion={
            "representation": "humanml3d-263",
            "fps": FPS,
            "window_frames": options.window,
            "overlap_frames": defaults.overlap_frames,
            "noise_schedule": {
                "num_train_timesteps": options.timesteps,
                "beta_schedule": "squaredcos_cap_v2",
                "prediction_type": "sample",
            },
            "conditions": [],
            "statistics": {
                "file": STATISTICS,
                "sha256": sha256_of(folder / STATISTICS),
                "size": (folder / STATISTICS).stat().st_size,
            },
            "actions": [],
            "defaults": {
                "num_inference_steps": defaults.num_inference_steps,
                "guidance_scale": defaults.guidance_scale,
                "duration_s": defaults.duration_s,
            },
            "max_duration_s": 120,
        },
    )
    write_model_card(folder, manifest, differences)
    return manifest


def _inputs(parts: MotionParts, name: str, batch: int) -> list[tuple[GraphIo, Tensor]]:
    generator = torch.Generator().manual_seed(batch)
    if name == "text_encoder":
        end = int(parts.tokenizer.eos_token_id)
        ids = torch.randint(0, 256, (batch, 4 + 3 * batch), generator=generator)
        ids[:, 0], ids[:, 3:] = int(parts.tokenizer.bos_token_id), end
        ids[-1, 1:] = end  # only start and end: unsaid
        return [(GraphIo("input_ids", TOKENS), ids)]
    options = parts.denoiser.options
    valid = (torch.arange(options.window) < options.window * 2 // 3).float().expand(batch, -1).contiguous()
    tensors = {
        "sample": torch.randn(batch, options.window, WIDTH, generator=generator),
        "timestep": torch.randint(0, options.timesteps, (batch,), generator=generator),
        "text": torch.randn(batch, parts.denoiser.text.in_features, generator=generator),
        "valid": valid,
    }
    return [(GraphIo(key, BATCH), tensor) for key, tensor in tensors.items()]


def _export_checked(
    module: nn.Module, file: Path, output: GraphIo, parts: MotionParts, name: str
) -> Difference:
    export_graph(module, file, _inputs(parts, name, 2), [output])
    found = [compare_graph(module, file, _inputs(parts, name, batch)) for batch in (1, 3)]
    worst = max(found, key=lambda one: one.absolute)
    limit = TOLERANCE * max(worst.magnitude, 1.0)
    if not worst.absolute <= limit:
        raise ExportError(
            f"{file.name} differs from torch by {worst.absolute:.2e}; expected at most {limit:.2e}."
        )
    return worst


def make_parser() -> argparse.ArgumentParser:
    """Gives the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add = parser.add_argument
    add("--weights", type=Path, required=True, help="state dict, .safetensors, with the published names")
    add("--clip", type=Path, required=True, help="folder of CLIP ViT-B/32: its text model and tokenizer")
    add("--mean", type=Path, required=True, help="Mean.npy of the training data, 263 numbers")
    add("--deviation", type=Path, required=True, help="Std.npy of the training data")
    add("--out", type=Path, required=True, help="folder of the bundle; new or empty")
    add("--id", type=parse_id, required=True)
    add("--name", required=True, help="name that people see")
    add("--version", default="1.0.0")
    add("--description", default="")
    add("--purpose", choices=("starter", "production", "test"), default="production")
    add("--made-by", default="exported by Genga's models.export.motion_diffusion")
    add("--derived-from", type=parse_origin, action="append", default=[], metavar="NAME=SOURCE[,SHA256]")
    add("--licence", required=True, help="SPDX identifier, or LicenseRef-<name>")
    add("--licence-url")
    add("--commercial-use", choices=("yes", "no"), required=True)
    add("--training-data", required=True, metavar="FILE|undeclared", help="JSON list of data sets")
    add("--heads", type=int, default=4, help="attention heads: the weights do not tell")
    add("--window", type=int, default=196, help="frames that it was trained on at once")
    add("--timesteps", type=int, default=1000, help="diffusion steps of training")
    add("--mask-frames", action="store_true", help="it was trained with frames beyond the end masked")
    add("--steps", type=int, default=50)
    add("--guidance", type=float, default=2.5)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Exports; gives 0, or 1 with a message on stderr."""
    args = make_parser().parse_args(arguments)
    licence = {"spdx": args.licence, "commercial_use": args.commercial_use == "yes"}
    if args.licence_url:
        licence["url"] = args.licence_url
    try:
        facts = BundleFacts(
            id=args.id,
            name=args.name,
            version=args.version,
            description=args.description,
            purpose=args.purpose,
            made_by=args.made_by,
            licence=licence,
            training_data=read_training_data(args.training_data),
            derived_from=args.derived_from,
        )
        options = MdmOptions(args.heads, args.window, args.timesteps, args.mask_frames)
        parts = load_parts(args.weights, args.clip, args.mean, args.deviation, options)
        export_bundle(parts, args.out, facts, MotionDefaults(args.steps, args.guidance))
    except ExportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{args.out}: bring it in with `genga models import {args.out}`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
