"""Writes the bundle: `python -m models.training.image.export --data DIR --run DIR --out models/starter-
image`.

DIR of --run is train.py's --out. Every graph is compared with torch at two sizes before bundle.json is
written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.export.bundle import BundleFacts, describe_tokenizer, write_bundle
from models.export.memory import measure_memory
from models.export.onnx_graph import GraphIo, compare_graph, export_graph

from .library import read_library
from .model import LAST_TIMESTEP, StarterImage, load_model
from .networks import MAP_CHANNELS, MAPS, STRIDE, WIDTHS
from .text_encoder import PHRASE_WIDTH, WIDTH
from .tokenizer import BOS, EOS, MAX_LENGTH, PAD, make_tokenizer, tokenizer_config

TOLERANCE = 2e-3
"""Largest difference from torch on pictures in -1 to 1: a quarter of one step of 8 bits."""
MAX_REGIONS = 64
VERSION = "0.2.0"
FEATURES = ["paint", *(f"feature_{level}" for level in range(len(WIDTHS)))]
PIXELS = {0: "batch", 2: "height", 3: "width"}


class _Decoder(nn.Module):
    def forward(self, latents: Tensor) -> Tensor:
        """Gives the picture in -1 to 1: latents are pixels."""
        return latents.clamp(-1, 1)


class _Encoder(nn.Module):
    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Gives latent mean and deviation: pixels, and zero."""
        return image * 1.0, image * 0.0


class _UNetGraph(nn.Module):
    def __init__(self, unet: nn.Module) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, *inputs: Tensor) -> Tensor:
        """Predicts the picture, kept in range so that a further step starts from one."""
        return self.unet(*inputs).clamp(-1, 1)


def _graphs(model: StarterImage) -> dict[str, tuple[nn.Module, list[GraphIo], list[GraphIo]]]:
    text = {0: "batch"}
    features = [GraphIo("paint", PIXELS)] + [
        GraphIo(f"feature_{level}", {0: "batch", 2: f"height_{level}", 3: f"width_{level}"})
        for level in range(len(WIDTHS))
    ]
    maps = [
        GraphIo("maps", PIXELS),
        GraphIo("maps_present", text),
        GraphIo("region_ids", {0: "batch", 1: "height", 2: "width"}),
        GraphIo("phrase_embeddings", {0: "batch", 1: "regions"}),
    ]
    latents = [
        GraphIo("sample", PIXELS),
        GraphIo("timestep", {0: "timesteps"}),
        GraphIo("encoder_hidden_states", {0: "batch", 1: "tokens"}),
    ]
    return {
        "text_encoder": (
            model.text_encoder,
            [GraphIo("input_ids", text)],
            [GraphIo("hidden_states", text), GraphIo("phrase", text)],
        ),
        "control_encoder": (model.control_encoder, maps, features),
        "unet": (_UNetGraph(model.unet), latents + features, [GraphIo("noise_pred", PIXELS)]),
        "vae_encoder": (
            _Encoder(),
            [GraphIo("image", PIXELS)],
            [GraphIo("latent_mean", PIXELS), GraphIo("latent_std", PIXELS)],
        ),
        "vae_decoder": (_Decoder(), [GraphIo("latents", PIXELS)], [GraphIo("image", PIXELS)]),
        "taesd_decoder": (_Decoder(), [GraphIo("latents", PIXELS)], [GraphIo("image", PIXELS)]),
    }


def example_inputs(model: StarterImage, batch: int, height: int, width: int) -> dict[str, list[Tensor]]:
    """Gives random inputs of every graph."""
    generator = torch.Generator().manual_seed(3)
    picture = torch.randn(batch, 3, height, width, generator=generator)
    ids = torch.randint(4, 200, (batch, MAX_LENGTH), generator=generator)
    ids[:, 20:] = 0
    regions = torch.randint(0, 5, (batch, height, width), generator=generator)
    control = [
        torch.rand(batch, sum(MAP_CHANNELS), height, width, generator=generator),
        torch.ones(batch, len(MAPS)),
        regions,
        torch.rand(batch, 5, PHRASE_WIDTH, generator=generator),
    ]
    with torch.no_grad():
        hidden, _ = model.text_encoder(ids)
        features = [feature.contiguous() for feature in model.control_encoder(*control)]
    image = picture.clamp(-1, 1)
    return {
        "text_encoder": [ids],
        "control_encoder": control,
        "unet": [picture, torch.tensor([LAST_TIMESTEP]), hidden, *features],
        "vae_encoder": [image],
        "vae_decoder": [image],
        "taesd_decoder": [image],
    }


def training_data(data: Path) -> list[dict[str, str]]:
    """Declares every source repository of the models: licence, counts, and the hash of its list of files.

    The hash is SHA-256 over the lines `<path in the repository> <SHA-256 of that file>`, sorted.
    """
    used = {entry.id: entry.held_out for entry in read_library(data)}
    sources: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in (data / "index.jsonl").read_text().splitlines():
        item = json.loads(line)
        if item["id"] in used:
            sources.setdefault((item["source_repo"], item["source_commit"]), []).append(item)
    declared = []
    for (repository, commit), items in sorted(sources.items()):
        listing = "\n".join(sorted({f"{item['source_path']} {item['source_sha256']}" for item in items}))
        held = sum(used[item["id"]] for item in items)
        makers = Counter(item["pack"].split("-")[0] for item in items)
        names = ", ".join(MAKERS.get(maker, maker) for maker, _ in makers.most_common())
        licence = items[0]["license"]
        declared.append(
            {
                "name": f"{names}: {len(items)} 3D models",
                "source": f"{repository} @ {commit}",
                "licence": licence,
                "sha256": hashlib.sha256(listing.encode()).hexdigest(),
                "used_for": f"training ({len(items) - held} models, rendered by us), evaluation ({held})",
            }
        )
    return declared


MAKERS = {
    "kaykit": "KayKit by Kay Lousberg",
    "kenney": "Kenney",
    "quaternius": "Quaternius",
    "polyhaven": "Poly Haven",
    "mesh2motion": "Mesh2Motion",
}


def stable_diffusion_config() -> dict[str, Any]:
    """Gives the `stable_diffusion` part of bundle.json."""
    return {
        "latent_channels": 3,
        "vae_scale_factor": 1,
        "scaling_factor": 1.0,
        "noise_schedule": {
            "beta_schedule": "scaled_linear",
            "prediction_type": "sample",
            "timestep_spacing": "trailing",
            "steps_offset": 1,
            "set_alpha_to_one": True,
            "clip_sample": True,
        },
        "timestep_dtype": "int64",
        "residuals": [],
        "controls": [
            {"kind": kind, "component": "control_encoder", "channels": channels}
            for kind, channels in [*zip(MAPS, MAP_CHANNELS, strict=True), ("segmentation", 3)]
        ],
        "control_encoder": {
            "maps": list(MAPS),
            "max_regions": MAX_REGIONS,
            "phrase_output": "phrase",
            "features": FEATURES,
        },
        "requires_control": True,
        "supports_guidance": False,
        "defaults": {
            "width": 512,
            "height": 512,
            "num_inference_steps": 1,
            "guidance_scale": 1.0,
            "scheduler": "ddim",
        },
        "size": {"multiple": STRIDE, "min": 128, "max": 1024},
    }


def main() -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    words = json.loads((args.run / "words.json").read_text())
    model = load_model(args.run / "ema.safetensors", words)
    args.out.mkdir(parents=True, exist_ok=True)
    sizes = [example_inputs(model, 1, 256, 256), example_inputs(model, 2, 192, 320)]
    report = {}
    for name, (module, inputs, outputs) in _graphs(model).items():
        file = args.out / f"{name}.onnx"
        export_graph(module, file, list(zip(inputs, sizes[0][name], strict=True)), outputs)
        found = [compare_graph(module, file, list(zip(inputs, size[name], strict=True))) for size in sizes]
        worst = max(found, key=lambda difference: difference.absolute)
        report[name] = {"absolute": worst.absolute, "magnitude": worst.magnitude}
        print(name, file.stat().st_size, report[name], flush=True)
        if worst.absolute > TOLERANCE * max(1.0, worst.magnitude):
            raise SystemExit(f"{name} differs from torch by {worst.absolute}")
    (args.out / "tokenizer").mkdir(exist_ok=True)
    make_tokenizer(words).save(str(args.out / "tokenizer" / "tokenizer.json"))
    (args.out / "tokenizer" / "tokenizer_config.json").write_text(tokenizer_config() + "\n")
    (args.out / "parity.json").write_text(json.dumps(report, indent=1) + "\n")
    _write(args.out, args.data, words, model)


def _write(out: Path, data: Path, words: list[str], model: StarterImage) -> None:
    ids = {
        "max_length": MAX_LENGTH,
        "bos_token_id": words.index(BOS),
        "eos_token_id": words.index(EOS),
        "pad_token_id": words.index(PAD),
    }
    order = ("text_encoder", "control_encoder", "unet", "vae_decoder")
    inputs = example_inputs(model, 1, 512, 512)
    names = {name: [io.name for io in graph[1]] for name, graph in _graphs(model).items()}
    feeds = {
        f"{name}.onnx": {
            key: list(tensor.shape) for key, tensor in zip(names[name], inputs[name], strict=True)
        }
        for name in order
    }
    facts = BundleFacts(
        id="starter-image",
        name="Starter image model",
        version=VERSION,
        description=(
            "Turns the control maps of a scene (depth, normal, line art, light, segmentation) and a phrase "
            "for each object into a cel-shaded anime, watercolour, clay or softly lit picture, in one step, "
            "on a CPU. Trained on renders of CC0 3D models only."
        ),
        purpose="starter",
        made_by="Genga, models/training/image",
        licence={
            "spdx": "Apache-2.0",
            "commercial_use": True,
            "url": "https://www.apache.org/licenses/LICENSE-2.0",
        },
        training_data=training_data(data),
    )
    write_bundle(
        out,
        facts,
        components={name: f"{name}.onnx" for name in names},
        tokenizer=describe_tokenizer(out, "tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json", ids),
        memory_bytes=measure_memory(out, [f"{name}.onnx" for name in order], feeds),
        stable_diffusion=stable_diffusion_config(),
    )
    sizes = [file.stat().st_size for file in out.glob("*.onnx")]
    print(f"{sum(sizes) / 1e6:.1f} MB, {WIDTH} wide text, {len(words)} words", flush=True)


if __name__ == "__main__":
    main()
