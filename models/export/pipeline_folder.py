"""Loads a diffusers pipeline folder of the SD 1.5 class and refuses any other architecture in clear words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models.export.errors import ExportError

CONTROL_KINDS = ("depth", "normal", "lineart", "canny", "segmentation", "openpose", "light")
NOISE_SCHEDULE_FIELDS = (
    "num_train_timesteps",
    "beta_start",
    "beta_end",
    "beta_schedule",
    "prediction_type",
    "timestep_spacing",
    "steps_offset",
    "set_alpha_to_one",
    "clip_sample",
    "rescale_betas_zero_snr",
)


@dataclass(frozen=True)
class ControlNetFolder:
    """A ControlNet's folder and how its map is encoded."""

    kind: str
    folder: Path
    channel_order: str = "rgb"
    invert: bool = False


@dataclass(frozen=True)
class PipelineParts:
    """The models of one pipeline, on the CPU, in float32, ready to trace."""

    text_encoder: Any
    tokenizer: Any
    unet: Any
    vae: Any
    controlnets: list[tuple[ControlNetFolder, Any]]
    taesd: Any | None
    noise_schedule: dict[str, Any]


def load_pipeline(folder: Path, controlnets: list[ControlNetFolder], taesd: Path | None) -> PipelineParts:
    """Loads everything that a bundle needs.

    Raises ExportError for a part that is missing or of another architecture.
    """
    import diffusers
    import transformers

    classes = _read_json(folder / "model_index.json")
    wanted = {"text_encoder": "CLIPTextModel", "unet": "UNet2DConditionModel", "vae": "AutoencoderKL"}
    if "text_encoder_2" in classes or "transformer" in classes:
        raise ExportError(
            f"{folder.name} is a {classes.get('_class_name')}; expected an SD 1.5 class pipeline with one"
            " CLIP text encoder and a UNet."
        )
    for part, name in wanted.items():
        found = (classes.get(part) or [None, None])[1]
        if found != name:
            raise ExportError(f"{folder.name}/model_index.json names {found} as {part}; expected {name}.")

    load = {"torch_dtype": torch.float32, "local_files_only": True}
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder, subfolder="unet", **load)
    vae = diffusers.AutoencoderKL.from_pretrained(folder, subfolder="vae", **load)
    _check_unet(unet, vae)
    text_encoder = transformers.CLIPTextModel.from_pretrained(
        folder / "text_encoder", dtype=torch.float32, local_files_only=True, attn_implementation="eager"
    )
    if text_encoder.config.hidden_size != unet.config.cross_attention_dim:
        raise ExportError(
            f"The text encoder gives {text_encoder.config.hidden_size} numbers a token and the UNet expects"
            f" {unet.config.cross_attention_dim}; they do not belong together."
        )
    nets = []
    for entry in controlnets:
        net = diffusers.ControlNetModel.from_pretrained(entry.folder, **load)
        _check_controlnet(entry, net, unet)
        nets.append((entry, net))
    tiny = None
    if taesd is not None:
        tiny = diffusers.AutoencoderTiny.from_pretrained(taesd, **load)
        if tiny.config.latent_channels != vae.config.latent_channels:
            raise ExportError(
                f"{taesd.name} decodes {tiny.config.latent_channels} latent channels; this pipeline has"
                f" {vae.config.latent_channels}."
            )
    return PipelineParts(
        text_encoder=text_encoder,
        tokenizer=transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True),
        unet=unet,
        vae=vae,
        controlnets=nets,
        taesd=tiny,
        noise_schedule=read_noise_schedule(folder / "scheduler"),
    )


def read_noise_schedule(folder: Path) -> dict[str, Any]:
    """Gives the noise schedule of scheduler_config.json, with the defaults of its scheduler class."""
    import diffusers

    config = _read_json(folder / "scheduler_config.json")
    scheduler = getattr(diffusers, config.get("_class_name", ""), None)
    if scheduler is None:
        raise ExportError(
            f"scheduler_config.json names the class {config.get('_class_name')}, which diffusers lacks."
        )
    filled = scheduler.from_config(config).config
    if filled.get("trained_betas") is not None:
        raise ExportError("scheduler_config.json has trained_betas; expected a beta_schedule by name.")
    allowed = {
        "beta_schedule": ("linear", "scaled_linear", "squaredcos_cap_v2"),
        "prediction_type": ("epsilon", "v_prediction", "sample"),
        "timestep_spacing": ("leading", "trailing", "linspace"),
    }
    for name, values in allowed.items():
        if name in filled and filled[name] not in values:
            raise ExportError(
                f"scheduler_config.json has {name} {filled[name]!r}; expected one of: {', '.join(values)}."
            )
    # diffusers hands a default of one scheduler class on to no other, so it is not the model's own either.
    if "timestep_spacing" not in config:
        filled = {name: value for name, value in filled.items() if name != "timestep_spacing"}
    return {name: filled[name] for name in NOISE_SCHEDULE_FIELDS if name in filled}


def _check_unet(unet: Any, vae: Any) -> None:
    config = unet.config
    channels = vae.config.latent_channels
    if config.in_channels != channels:
        hint = {9: " This is an inpainting UNet", 8: " This is an image-editing UNet"}.get(
            config.in_channels, ""
        )
        raise ExportError(
            f"The UNet takes {config.in_channels} channels; expected {channels}, the latents alone."
            f"{hint + ': the core inpaints with the plain UNet of the same family.' if hint else ''}"
        )
    for name in ("addition_embed_type", "class_embed_type", "time_cond_proj_dim", "encoder_hid_dim_type"):
        if getattr(config, name, None) is not None:
            raise ExportError(
                f"The UNet has {name} {getattr(config, name)!r} (SDXL, LCM-distilled or image-prompt class);"
                " expected a UNet that takes sample, timestep and encoder_hidden_states only."
            )
    if not isinstance(config.cross_attention_dim, int):
        raise ExportError("The UNet has several cross_attention_dim values; expected one number.")


def _check_controlnet(entry: ControlNetFolder, net: Any, unet: Any) -> None:
    for name in ("in_channels", "cross_attention_dim", "block_out_channels", "layers_per_block"):
        own, wanted = getattr(net.config, name), getattr(unet.config, name)
        if (list(own) if isinstance(own, tuple) else own) != (
            list(wanted) if isinstance(wanted, tuple) else wanted
        ):
            raise ExportError(
                f"The {entry.kind} ControlNet has {name} {own} and the UNet {wanted}; they do not fit."
            )
    if net.config.global_pool_conditions:
        raise ExportError(
            f"The {entry.kind} ControlNet pools its residuals (shuffle class); expected one per pixel."
        )


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ExportError(
            f"{file.parent.name}/{file.name} is missing; expected a diffusers pipeline folder."
        ) from None
    except json.JSONDecodeError as error:
        raise ExportError(f"{file.parent.name}/{file.name} is not JSON: {error}.") from None
    return content
