"""Writes test/fixtures/tiny-humanml3d: `python -m models.export.make_tiny_mdm [--out DIR]`.

The MDM architecture at a tiny size with random weights. Features are normalised by those of one walk of our
own, so that what comes out is a trembling figure about the size of a person.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.export.bundle import BundleFacts
from models.export.mdm_graphs import WIDTH, MdmOptions
from models.export.motion_diffusion import MotionDefaults, export_bundle, load_parts
from models.export.tiny_pipeline import build_clip_tokenizer

ROOT = Path(__file__).parents[2]
SEED = 22
TEXT = 8
FACTS = BundleFacts(
    id="tiny-humanml3d",
    name="Tiny random weights on HumanML3D features",
    version="1.0.0",
    description="The MDM architecture at a tiny size with random weights, for tests.",
    purpose="test",
    made_by=f"Genga, models/export/make_tiny_mdm.py, seed {SEED}",
    licence={"spdx": "Apache-2.0", "commercial_use": True},
    training_data=[],
)


def tiny_state(width: int = 16, inner: int = 32, layers: int = 2, text: int = TEXT) -> dict[str, Tensor]:
    """Gives a state dict with the published names, made by torch's own modules."""
    torch.manual_seed(SEED)
    layer = nn.TransformerEncoderLayer(width, 4, inner, activation="gelu")
    encoder = nn.TransformerEncoder(layer, layers)
    for value in encoder.parameters():
        nn.init.normal_(value, std=0.3)
    parts: dict[str, nn.Module] = {
        "input_process.poseEmbedding": nn.Linear(WIDTH, width),
        "output_process.poseFinal": nn.Linear(width, WIDTH),
        "embed_text": nn.Linear(text, width),
        "embed_timestep.time_embed.0": nn.Linear(width, width),
        "embed_timestep.time_embed.2": nn.Linear(width, width),
        "seqTransEncoder": encoder,
    }
    return {
        f"{prefix}.{name}": value.detach().clone()
        for prefix, part in parts.items()
        for name, value in part.state_dict().items()
    }


def save_clip(folder: Path, text: int = TEXT) -> Any:
    """Saves a tiny CLIP text model with its tokenizer as transformers does, and gives the model."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    tokenizer = build_clip_tokenizer(0)
    torch.manual_seed(SEED)
    model = CLIPTextModelWithProjection(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=8,
            intermediate_size=16,
            projection_dim=text,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=77,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            initializer_factor=3.0,
        )
    ).eval()
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    return model


def save_sources(folder: Path, state: dict[str, Tensor] | None = None) -> dict[str, Path]:
    """Writes what the exporter reads, as a user has it, and gives the files."""
    from safetensors.torch import save_file

    files = {
        "weights": folder / "mdm.safetensors",
        "clip": folder / "clip",
        "mean": folder / "Mean.npy",
        "deviation": folder / "Std.npy",
    }
    save_file(state or tiny_state(), files["weights"])
    save_clip(files["clip"])
    golden = json.loads((ROOT / "test/golden/motion/walk-humanml3d.json").read_text())
    features = np.array(golden["features"], np.float32).reshape(-1, WIDTH)
    np.save(files["mean"], features.mean(0))
    np.save(files["deviation"], np.maximum(features.std(0), 0.01))
    return files


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "test/fixtures/tiny-humanml3d")
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as scratch:
        files = save_sources(Path(scratch))
        parts = load_parts(**files, options=MdmOptions(window=64))
        export_bundle(parts, out, FACTS, MotionDefaults(4, 2.5, 3, 16))


if __name__ == "__main__":
    main()
