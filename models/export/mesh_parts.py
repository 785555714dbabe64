"""What an image-to-3D bundle is made of, from published weights: torch modules with the contract's inputs and
outputs, and the facts of `mesh_diffusion`.

The contract stands in core/src/models/mesh-diffusion-config.ts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.export.errors import ExportError
from models.export.mesh_weights import describe_origin, read_config, read_weights
from models.export.onnx_graph import GraphIo
from models.export.triposg_graphs import (
    FieldDecoderGraph,
    LatentDecoderGraph,
    build_flow_transformer,
    build_shape_decoder,
)
from models.export.triposr_graphs import BackboneGraph, RadianceGraph, TriplaneGraph, build_scene
from models.export.vision_graphs import build_vision_encoder

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
ATTENTION_BYTES = 256_000_000
"""Most memory that the scores of points against the latent may take in one call of the field decoder."""
MOST_POINTS = 65_536
FLOWS = {"RectifiedFlowScheduler": (-1.0, "trailing"), "FlowMatchEulerDiscreteScheduler": (1.0, "linspace")}
"""By a pipeline's scheduler: what its transformer's output is multiplied by to be noise - x_0, and how its
sigmas lie."""
RESAMPLE = {2: "linear", 3: "cubic"}
"""Pillow's numbers of filters that the core has."""
TRIPOSG_MARGIN = 0.1
"""Share of the thing's side that the published code leaves free on each side before the processor cuts."""

BATCH = {0: "batch"}
ROWS = {0: "batch", 1: "rows"}
POINTS = {0: "batch", 1: "points"}


@dataclass(frozen=True)
class MeshGraph:
    """A component before it is exported."""

    module: nn.Module
    inputs: dict[str, tuple[dict[int, str], tuple[int, ...]]]
    """Name → dynamic axes and shape at the default size, batch 1."""
    outputs: dict[str, dict[int, str]]

    def example(self, batch: int, grow: int = 0) -> list[tuple[GraphIo, Tensor]]:
        """Gives random inputs; `grow` adds to every dynamic axis but the batch."""
        generator = torch.Generator().manual_seed(batch)
        made: list[tuple[GraphIo, Tensor]] = []
        for name, (axes, shape) in self.inputs.items():
            sizes = [batch, *(side + (grow if axis in axes else 0) for axis, side in enumerate(shape[1:], 1))]
            if name == "timestep":
                tensor = torch.rand(sizes, generator=generator) * 1000
            elif name == "points":
                tensor = torch.rand(sizes, generator=generator) * 1.6 - 0.8
            else:
                tensor = torch.randn(sizes, generator=generator)
            made.append((GraphIo(name, axes), tensor))
        return made


@dataclass(frozen=True)
class MeshParts:
    """All that a bundle needs."""

    graphs: dict[str, MeshGraph]
    config: dict[str, Any]
    """`mesh_diffusion` of bundle.json."""
    derived_from: list[dict[str, str]]


@dataclass(frozen=True)
class MeshOptions:
    """What the weights do not tell; None = as published."""

    size: int | None = None
    """Side of the picture that the image encoder sees, pixels."""
    tokens: int = 2048
    """TripoSG: rows of a latent."""
    heads: int | None = None
    """Attention heads of the scene transformer of a bare checkpoint."""
    encoder_heads: int | None = None
    grid_resolution: int = 256
    num_inference_steps: int = 50
    guidance_scale: float = 7.0


def load_triposg(folder: Path, options: MeshOptions | None = None) -> MeshParts:
    """Loads a TripoSG pipeline folder as it is published.

    Raises ExportError for a part that is missing or of another architecture.
    """
    options = options or MeshOptions()
    flow_folder, vae_folder, vision_folder = (
        folder / part for part in ("transformer", "vae", "image_encoder_dinov2")
    )
    flow_config = read_config(flow_folder / "config.json")
    vae_config = read_config(vae_folder / "config.json")
    scheduler = read_config(folder / "scheduler" / "scheduler_config.json")
    image, size = _triposg_image(
        read_config(folder / "feature_extractor_dinov2" / "preprocessor_config.json")
    )
    sign, spacing = FLOWS.get(scheduler.get("_class_name", ""), (0.0, ""))
    if sign == 0 or scheduler.get("use_dynamic_shifting"):
        raise ExportError(
            f"scheduler_config.json names {scheduler.get('_class_name')}; expected one of:"
            f" {', '.join(FLOWS)}, without dynamic shifting."
        )
    if vae_config.get("embed_include_pi"):
        raise ExportError(
            "vae/config.json has embed_include_pi; expected frequencies of powers of two alone."
        )
    vision_config = read_config(vision_folder / "config.json")
    size = options.size or size
    heads = options.encoder_heads or vision_config.get("num_attention_heads")
    encoder = build_vision_encoder(read_weights(vision_folder), vision_folder.name, size, heads)
    flow_heads = int(flow_config.get("num_attention_heads", 16))
    flow = build_flow_transformer(read_weights(flow_folder), flow_folder.name, flow_heads, sign)
    vae_heads = int(vae_config.get("num_attention_heads", 8))
    shape = build_shape_decoder(read_weights(vae_folder), vae_folder.name, vae_heads)
    channels, context = flow.proj_in.in_features, flow.blocks[0].attn2.to_k.in_features
    width, seen = encoder.layernorm.weight.shape[0], (size // encoder.patch) ** 2 + 1
    if width != context:
        raise ExportError(f"The encoder gives {width} numbers a row; the transformer expects {context}.")
    if shape.post_quant.in_features != channels:
        raise ExportError(
            f"The VAE decodes {shape.post_quant.in_features} channels and the transformer makes {channels}."
        )
    tokens = options.tokens
    decoded = (1, tokens, 2 * shape.post_quant.out_features)
    points = points_per_call(vae_heads * tokens)
    graphs = {
        "image_encoder": MeshGraph(
            encoder, {"pixel_values": (BATCH, (1, 3, size, size))}, {"context": BATCH}
        ),
        "denoiser": MeshGraph(
            flow,
            {
                "sample": (BATCH, (1, tokens, channels)),
                "timestep": (BATCH, (1,)),
                "context": (ROWS, (1, seen, context)),
            },
            {"velocity": BATCH},
        ),
        "latent_decoder": MeshGraph(
            LatentDecoderGraph(shape), {"latent": (BATCH, (1, tokens, channels))}, {"decoded": BATCH}
        ),
        "field_decoder": MeshGraph(
            FieldDecoderGraph(shape),
            {"decoded": (BATCH, decoded), "points": (POINTS, (1, points, 3))},
            {"field": POINTS},
        ),
    }
    bound = 1.005
    config = {
        "sources": ["generated"],
        "conditioning": "image",
        "image": {**image, "size": size},
        "sampler": {
            "type": "flow_match_euler",
            "num_train_timesteps": int(scheduler.get("num_train_timesteps", 1000)),
            "shift": float(scheduler.get("shift", 1.0)),
            "spacing": spacing,
            "unconditional": "zeros",
        },
        "latent": {"tokens": tokens, "channels": channels},
        "field": _field("occupancy", 0.0, bound, points, colour=False),
        "categories": [],
        "defaults": {
            "source": "generated",
            "num_inference_steps": options.num_inference_steps,
            "guidance_scale": options.guidance_scale,
            "grid_resolution": options.grid_resolution,
        },
    }
    origin = describe_origin(
        f"{folder.name}, a TripoSG pipeline folder", [flow_folder, vae_folder, vision_folder]
    )
    return MeshParts(graphs, config, origin)


def load_triposr(file: Path, options: MeshOptions | None = None) -> MeshParts:
    """Loads a TripoSR checkpoint that was saved as safetensors.

    Raises ExportError for another architecture.
    """
    options = options or MeshOptions()
    state = read_weights(file)
    size, radius, threshold = options.size or 512, 0.87, 25.0
    prefix = "image_tokenizer.model."
    vision = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    encoder = build_vision_encoder(vision, f"{file.name}, image_tokenizer", size, options.encoder_heads)
    scene = build_scene(state, file.name, options.heads or 16)
    channels, side = scene.tokenizer["embeddings"].shape[1:3]
    features = scene.post_processor["upsample"].weight.shape[1]
    width, seen = encoder.layernorm.weight.shape[0], (size // encoder.patch) ** 2 + 1
    decoded = (1, 3, int(features), 2 * int(side), 2 * int(side))
    points = MOST_POINTS
    graphs = {
        "image_encoder": MeshGraph(
            encoder, {"pixel_values": (BATCH, (1, 3, size, size))}, {"context": BATCH}
        ),
        "backbone": MeshGraph(BackboneGraph(scene), {"context": (ROWS, (1, seen, width))}, {"latent": BATCH}),
        "latent_decoder": MeshGraph(
            TriplaneGraph(scene), {"latent": (BATCH, (1, scene.tokens, channels))}, {"decoded": BATCH}
        ),
        "field_decoder": MeshGraph(
            RadianceGraph(scene, radius),
            {"decoded": (BATCH, decoded), "points": (POINTS, (1, points, 3))},
            {"field": POINTS, "colour": POINTS},
        ),
    }
    config = {
        "sources": ["generated"],
        "conditioning": "image",
        "image": {
            **IMAGENET,
            "size": size,
            "background": [0.5, 0.5, 0.5],
            "foreground_ratio": 0.85,
            "resample": "linear",
        },
        "sampler": {"type": "one_pass"},
        "latent": {"tokens": scene.tokens, "channels": channels},
        "field": _field("density", threshold, radius, points, colour=True),
        "categories": [],
        "defaults": {
            "source": "generated",
            "num_inference_steps": 1,
            "grid_resolution": options.grid_resolution,
        },
    }
    return MeshParts(graphs, config, describe_origin("a TripoSR checkpoint", [file]))


def points_per_call(scores_of_a_point: int) -> int:
    """Gives how many points the field decoder takes at once; a power of two."""
    points = MOST_POINTS
    while points > 1024 and points * scores_of_a_point * 4 > ATTENTION_BYTES:
        points //= 2
    return points


def _field(kind: str, level: float, bound: float, points: int, *, colour: bool) -> dict[str, Any]:
    return {
        "kind": kind,
        "level": level,
        "inside": "above",
        "bounds": {"min": [-bound] * 3, "max": [bound] * 3},
        "colour": colour,
        "points_per_call": points,
    }


def _triposg_image(processor: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Gives how a picture is prepared, and its side.

    The published code leaves a margin around the thing, then the processor scales the square and cuts out its
    middle; the core does both at once.
    """
    size = processor.get("size", {}).get("shortest_edge", 256)
    crop = (
        processor.get("crop_size", {}).get("height", size) if processor.get("do_center_crop", True) else size
    )
    resample = processor.get("resample", 3)
    if resample not in RESAMPLE:
        raise ExportError(
            f"preprocessor_config.json has resample {resample}; expected 2 (bilinear) or 3 (bicubic)."
        )
    mean, std = (processor.get(f"image_{part}", IMAGENET[part]) for part in ("mean", "std"))
    ratio = min(1.0, size / crop / (1 + 2 * TRIPOSG_MARGIN))
    image = {
        "mean": mean,
        "std": std,
        "background": [1.0, 1.0, 1.0],
        "foreground_ratio": ratio,
        "resample": RESAMPLE[resample],
    }
    return image, crop
