"""Exports the parts of an SD 1.5 class pipeline into a bundle and checks every graph against torch."""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from models.export.bundle import BundleFacts, describe_tokenizer, write_bundle
from models.export.errors import ExportError
from models.export.graphs import (
    ControlNetGraph,
    TaesdDecoderGraph,
    TextEncoderGraph,
    UnetGraph,
    VaeDecoderGraph,
    VaeEncoderGraph,
)
from models.export.memory import measure_memory
from models.export.model_card import write_model_card
from models.export.onnx_graph import Difference, GraphIo, compare_graph, export_graph
from models.export.pipeline_folder import PipelineParts
from models.export.tokenizer import CONFIG_FILE, FILE, write_tokenizer

TOLERANCE = 1e-4
"""Largest difference from torch that a float32 graph may show."""
TOLERANCE_FLOAT16 = 2e-2
"""The same for float16 weights, as a share of the largest value: 10 bits of mantissa, some 60 layers."""
MAX_CLIP_SKIP = 11


@dataclass(frozen=True)
class ExportOptions:
    """What the artist gets when nothing is asked for, and how the weights are kept."""

    width: int | None = None
    """Default size, pixels; None = what the UNet was trained at."""
    height: int | None = None
    num_inference_steps: int = 20
    guidance_scale: float = 7.5
    scheduler: str = "dpmpp_2m_karras"
    min_size: int = 64
    max_size: int = 2048
    dtype: Literal["float32", "float16"] = "float32"


@dataclass(frozen=True)
class _Graph:
    name: str
    module: nn.Module
    io: list[GraphIo]
    outputs: list[GraphIo]
    example: Callable[[int, int, int], list[Tensor]]
    """Inputs for a batch and a latent height and width."""


def export_bundle(
    parts: PipelineParts,
    folder: Path,
    facts: BundleFacts,
    options: ExportOptions,
    report: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Writes the bundle and gives the content of bundle.json.

    Raises ExportError if a graph differs from torch by more than the tolerance.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder.name} is there already; expected a new folder or an empty one.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        # A bundle appears whole or not at all.
        manifest = _write(parts, Path(scratch), facts, options, report)
        folder.mkdir(exist_ok=True)
        for entry in sorted(Path(scratch).iterdir()):
            shutil.move(entry, folder / entry.name)
    return manifest


def _write(
    parts: PipelineParts,
    folder: Path,
    facts: BundleFacts,
    options: ExportOptions,
    report: Callable[[str], None],
) -> dict[str, Any]:
    scale = 2 ** (len(parts.vae.config.block_out_channels) - 1)
    residuals = _probe_residuals(parts)
    graphs = _graphs(parts, scale, residuals)
    differences: dict[str, Difference] = {}
    for graph in graphs:
        difference = _export_checked(graph, folder / f"{graph.name}.onnx", options.dtype)
        differences[graph.name] = difference
        report(f"{graph.name}: max abs {difference.absolute:.2e} of {difference.magnitude:.3g}")

    width = options.width or int(parts.unet.config.sample_size * scale)
    height = options.height or int(parts.unet.config.sample_size * scale)
    ids = write_tokenizer(parts.tokenizer, folder)
    manifest = write_bundle(
        folder,
        facts,
        components={graph.name: f"{graph.name}.onnx" for graph in graphs},
        tokenizer=describe_tokenizer(folder, FILE, CONFIG_FILE, ids),
        memory_bytes=_measure(folder, graphs, height // scale, width // scale),
        stable_diffusion=_config(parts, scale, residuals, options, width, height),
    )
    write_model_card(folder, manifest, differences)
    return manifest


def _config(
    parts: PipelineParts,
    scale: int,
    residuals: list[dict[str, Any]],
    options: ExportOptions,
    width: int,
    height: int,
) -> dict[str, Any]:
    return {
        "latent_channels": parts.vae.config.latent_channels,
        "vae_scale_factor": scale,
        "scaling_factor": parts.vae.config.scaling_factor,
        "shift_factor": parts.vae.config.shift_factor or 0,
        "noise_schedule": parts.noise_schedule,
        "timestep_dtype": "float32",
        "residuals": residuals,
        "controls": [
            {
                "kind": entry.kind,
                "component": f"controlnet_{entry.kind}",
                "channels": net.config.conditioning_channels,
                "channel_order": entry.channel_order,
                "invert": entry.invert,
            }
            for entry, net in parts.controlnets
        ],
        "requires_control": False,
        "supports_guidance": True,
        "defaults": {
            "width": width,
            "height": height,
            "num_inference_steps": options.num_inference_steps,
            "guidance_scale": options.guidance_scale,
            "scheduler": options.scheduler,
        },
        "size": {"multiple": scale, "min": options.min_size, "max": options.max_size},
    }


def _probe_residuals(parts: PipelineParts) -> list[dict[str, Any]]:
    """Gives names, channels and downscale of the residuals by running a ControlNet once; none without one."""
    if not parts.controlnets:
        return []
    side = 64
    _, net = parts.controlnets[0]
    graph = ControlNetGraph(net).eval()
    scale = 2 ** (len(parts.vae.config.block_out_channels) - 1)
    with torch.no_grad():
        found = graph(
            torch.zeros(1, net.config.in_channels, side, side),
            torch.zeros(1),
            torch.zeros(1, 4, net.config.cross_attention_dim),
            torch.zeros(1, net.config.conditioning_channels, side * scale, side * scale),
            torch.ones(1),
        )
    names = [f"down_block_res_{index}" for index in range(len(found) - 1)] + ["mid_block_res"]
    return [
        {"name": name, "channels": residual.shape[1], "downscale": side // residual.shape[2]}
        for name, residual in zip(names, found, strict=True)
    ]


def _graphs(parts: PipelineParts, scale: int, residuals: list[dict[str, Any]]) -> list[_Graph]:
    text_config = parts.text_encoder.config
    tokens = int(parts.tokenizer.model_max_length)
    latent_channels = parts.vae.config.latent_channels
    skips = min(text_config.num_hidden_layers - 1, MAX_CLIP_SKIP)
    latent_axes = {0: "batch", 2: "latent_height", 3: "latent_width"}
    image_axes = {0: "batch", 2: "height", 3: "width"}

    def latents(batch: int, height: int, width: int) -> Tensor:
        return torch.randn(batch, latent_channels, height, width)

    def image(batch: int, height: int, width: int) -> Tensor:
        return torch.rand(batch, 3, height * scale, width * scale) * 2 - 1

    def step(batch: int, height: int, width: int) -> list[Tensor]:
        # Prompts of several chunks are longer than one.
        hidden = torch.randn(batch, tokens * batch, text_config.hidden_size)
        return [latents(batch, height, width), torch.linspace(981, 1, batch), hidden]

    def unet_example(batch: int, height: int, width: int) -> list[Tensor]:
        extra = [
            torch.randn(batch, r["channels"], -(-height // r["downscale"]), -(-width // r["downscale"]))
            for r in residuals
        ]
        return [*step(batch, height, width), *extra]

    residual_io = [
        GraphIo(r["name"], {0: "batch", 2: f"{r['name']}_height", 3: f"{r['name']}_width"}) for r in residuals
    ]
    step_io = [
        GraphIo("sample", latent_axes),
        GraphIo("timestep", {0: "batch"}),
        GraphIo("encoder_hidden_states", {0: "batch", 1: "tokens"}),
    ]
    names = ["hidden_states"] + [f"hidden_states_skip_{k}" for k in range(1, skips + 1)]
    graphs = [
        _Graph(
            "text_encoder",
            TextEncoderGraph(parts.text_encoder, skips),
            [GraphIo("input_ids", {0: "batch"})],
            [GraphIo(name, {0: "batch"}) for name in names],
            lambda batch, _h, _w: [torch.randint(0, text_config.vocab_size, (batch, tokens))],
        ),
        _Graph(
            "unet",
            UnetGraph(parts.unet),
            step_io + residual_io,
            [GraphIo("noise_pred", latent_axes)],
            unet_example,
        ),
        _Graph(
            "vae_encoder",
            VaeEncoderGraph(parts.vae),
            [GraphIo("image", image_axes)],
            [GraphIo("latent_mean", latent_axes), GraphIo("latent_std", latent_axes)],
            lambda batch, h, w: [image(batch, h, w)],
        ),
        _Graph(
            "vae_decoder",
            VaeDecoderGraph(parts.vae),
            [GraphIo("latents", latent_axes)],
            [GraphIo("image", image_axes)],
            lambda batch, h, w: [latents(batch, h, w)],
        ),
    ]
    for entry, net in parts.controlnets:
        channels = net.config.conditioning_channels

        def control_example(batch: int, height: int, width: int, channels: int = channels) -> list[Tensor]:
            cond = torch.rand(batch, channels, height * scale, width * scale)
            return [*step(batch, height, width), cond, torch.tensor([0.7])]

        graphs.append(
            _Graph(
                f"controlnet_{entry.kind}",
                ControlNetGraph(net),
                [*step_io, GraphIo("controlnet_cond", image_axes), GraphIo("conditioning_scale", {})],
                residual_io,
                control_example,
            )
        )
    if parts.taesd is not None:
        graphs.append(
            _Graph(
                "taesd_decoder",
                TaesdDecoderGraph(parts.taesd),
                [GraphIo("latents", latent_axes)],
                [GraphIo("image", image_axes)],
                lambda batch, h, w: [latents(batch, h, w)],
            )
        )
    return graphs


def _export_checked(graph: _Graph, file: Path, dtype: str) -> Difference:
    """Exports one graph and compares it with float32 torch at two sizes that it was not traced at."""
    torch.manual_seed(0)
    # Odd latent sizes: only then does the UNet's trace hold the sizes of its upsampling as computed values.
    trace = graph.example(2, 9, 11)
    module = graph.module
    traced = copy.deepcopy(module).half() if dtype == "float16" else module
    export_graph(traced, file, list(zip(graph.io, trace, strict=True)), graph.outputs)
    worst = Difference(0.0, 0.0)
    for batch, height, width in ((1, 8, 8), (2, 12, 7)):
        found = compare_graph(
            module, file, list(zip(graph.io, graph.example(batch, height, width), strict=True))
        )
        worst = Difference(max(worst.absolute, found.absolute), max(worst.magnitude, found.magnitude))
    limit = TOLERANCE if dtype == "float32" else TOLERANCE_FLOAT16 * max(worst.magnitude, 1.0)
    if not worst.absolute <= limit:
        raise ExportError(
            f"{file.name} differs from torch by {worst.absolute:.2e}; expected at most {limit:.2e}."
        )
    return worst


def _measure(folder: Path, graphs: list[_Graph], height: int, width: int) -> int:
    """Gives the peak memory of one generation with one ControlNet at the default size, with guidance."""
    first_control = next((g.name for g in graphs if g.name.startswith("controlnet_")), None)
    wanted = ["text_encoder", "vae_encoder", first_control, "unet", "vae_decoder", "taesd_decoder"]
    order = [g for name in wanted for g in graphs if g.name == name]
    feeds = {
        f"{g.name}.onnx": {
            io.name: list(tensor.shape)
            for io, tensor in zip(
                g.io, g.example(1 if g.name.startswith(("vae", "taesd")) else 2, height, width), strict=True
            )
        }
        for g in order
    }
    return measure_memory(folder, [f"{g.name}.onnx" for g in order], feeds)
