"""Writes test/fixtures/tiny-triposg and tiny-triposr: `python -m models.export.make_tiny_image_to_3d`.

The published architectures at a tiny size with random weights, each with numbers that diffusers and
transformers give for the same weights; what comes out is a lump.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.export.bundle import BundleFacts
from models.export.mesh_diffusion import export_bundle
from models.export.mesh_parts import MeshOptions, load_triposg, load_triposr
from models.parity import triposg, triposr

ROOT = Path(__file__).parents[2]
SEED = 27
TOKENS = 12
STEPS, GUIDANCE = 4, 3.0
POINTS = 40


def facts(kind: str) -> BundleFacts:
    """Gives what is said of a bundle of random weights."""
    return BundleFacts(
        id=f"tiny-{kind.lower()}",
        name=f"Tiny random weights in the architecture of {kind}",
        version="1.0.0",
        description=f"{kind}'s published architecture at a tiny size with random weights, for tests.",
        purpose="test",
        made_by=f"Genga, models/export/make_tiny_image_to_3d.py, seed {SEED}",
        licence={"spdx": "Apache-2.0", "commercial_use": True},
        training_data=[],
    )


def triposg_golden() -> dict[str, Any]:
    """Runs the reference from a picture to the field: the flow by hand, x_0 - noise from sigma 1 to 0."""
    transformer, vae, encoder = triposg.make_models(SEED)
    generator = torch.Generator().manual_seed(SEED)
    pixels = torch.randn(1, 3, 28, 28, generator=generator)
    noise = torch.randn(1, TOKENS, 4, generator=torch.Generator().manual_seed(SEED))
    points = torch.rand(1, POINTS, 3, generator=generator) * 2 - 1
    with torch.no_grad():
        context = encoder(pixels).last_hidden_state
        shift = triposg.SIZES["scheduler"]["shift"]
        even = [1 - step / STEPS for step in range(STEPS)]
        sigmas = [*(shift * sigma / (1 + (shift - 1) * sigma) for sigma in even), 0.0]
        latent = noise
        for sigma, following in pairwise(sigmas):
            time = torch.tensor([sigma * 1000])
            told = transformer(latent, time, context)
            untold = transformer(latent, time, torch.zeros_like(context))
            latent = latent + (sigma - following) * (untold + GUIDANCE * (told - untold))
        field = vae.decode(latent, points)
    return {
        "seed": SEED,
        "steps": STEPS,
        "guidance_scale": GUIDANCE,
        **_listed(pixels=pixels, points=points, context=context, latent=latent, field=field),
    }


def triposr_golden() -> dict[str, Any]:
    """Runs the reference from a picture to density and colour."""
    model = triposr.make_model(SEED)
    generator = torch.Generator().manual_seed(SEED)
    pixels = torch.randn(1, 3, triposr.IMAGE_SIZE, triposr.IMAGE_SIZE, generator=generator)
    points = (torch.rand(1, POINTS, 3, generator=generator) * 2 - 1) * triposr.RADIUS
    with torch.no_grad():
        context = model.see(pixels)
        planes = model.planes(context)
        # glTF's +Z is the model's x, +X its y, +Y its z.
        found = [model.radiance(planes[0], (z, x, y)) for x, y, z in points[0].tolist()]
    field = torch.tensor([[density for density, _ in found]])
    colour = torch.tensor([[colour for _, colour in found]])
    return _listed(pixels=pixels, points=points, context=context, field=field, colour=colour)


def _listed(**tensors: Tensor) -> dict[str, Any]:
    return {
        name: {"dims": list(tensor.shape), "data": [round(value, 6) for value in tensor.flatten().tolist()]}
        for name, tensor in tensors.items()
    }


def export_triposg(source: Path, out: Path) -> None:
    """Writes a pipeline folder to `source` and its bundle to `out`."""
    triposg.save_pipeline(source, SEED)
    options = MeshOptions(
        tokens=TOKENS, grid_resolution=32, num_inference_steps=STEPS, guidance_scale=GUIDANCE
    )
    export_bundle(load_triposg(source, options), out, facts("TripoSG"))


def export_triposr(source: Path, out: Path) -> None:
    """Writes a checkpoint to `source` and its bundle to `out`."""
    triposr.save_checkpoint(source, SEED)
    options = MeshOptions(size=triposr.IMAGE_SIZE, heads=2, encoder_heads=2, grid_resolution=32)
    export_bundle(load_triposr(source, options), out, facts("TripoSR"))


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "test/fixtures")
    out: Path = parser.parse_args().out
    for name in ("tiny-triposg", "tiny-triposr"):
        shutil.rmtree(out / name, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        export_triposg(Path(scratch) / "triposg", out / "tiny-triposg")
        export_triposr(Path(scratch) / "triposr.safetensors", out / "tiny-triposr")
    for name, golden in (("tiny-triposg", triposg_golden()), ("tiny-triposr", triposr_golden())):
        (out / name / "golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
