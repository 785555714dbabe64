"""Builds a tiny Stable Diffusion pipeline with random weights, for tests and for a first run without a model.

Every part is the real architecture at a small size; pictures show nothing. The same seed gives the same
weights, so the golden files of test/golden/diffusers and the bundle models/tiny-random-sd share them.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.export.errors import ExportError
from models.export.pipeline_folder import CONTROL_KINDS

MERGES = 2000
"""Merges kept of CLIP's 48 894: the first ones, so that ids below 2512 mean what they mean in CLIP."""
FULL_MERGES = 48_894
SEED = 20_261_122
HIDDEN = 32


@dataclass(frozen=True)
class TinyPipeline:
    """The parts of a pipeline; `save` writes them as diffusers folders."""

    text_encoder: Any
    tokenizer: Any
    unet: Any
    vae: Any
    scheduler: Any
    controlnets: dict[str, Any]
    taesd: Any

    def save(self, folder: Path) -> None:
        """Writes `pipeline`, `controlnet-<kind>` and `taesd` below the folder."""
        from diffusers import StableDiffusionPipeline

        pipeline = StableDiffusionPipeline(
            vae=self.vae,
            text_encoder=self.text_encoder,
            tokenizer=self.tokenizer,
            unet=self.unet,
            scheduler=self.scheduler,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.save_pretrained(folder / "pipeline")
        _drop_unset_fields(folder / "pipeline" / "scheduler" / "scheduler_config.json", self.scheduler)
        for kind, controlnet in self.controlnets.items():
            controlnet.save_pretrained(folder / f"controlnet-{kind}")
        self.taesd.save_pretrained(folder / "taesd")


def build_tiny_pipeline(
    seed: int = SEED, merges: int = MERGES, timestep_spacing: str | None = None
) -> TinyPipeline:
    """Builds all parts from one seed; without `timestep_spacing` the scheduler leaves it open, as SD 1.5's.

    Raises ExportError if the package that carries CLIP's vocabulary is missing.
    """
    from diffusers import AutoencoderKL, AutoencoderTiny, ControlNetModel, PNDMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    tokenizer = build_clip_tokenizer(merges)
    torch.manual_seed(seed)
    text_encoder = CLIPTextModel._from_config(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=HIDDEN,
            intermediate_size=64,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=77,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            # At the default factor the layers add so little that prompts hardly differ after the final norm.
            initializer_factor=3.0,
        ),
        attn_implementation="eager",
    )
    blocks: dict[str, Any] = {
        "block_out_channels": (8, 16),
        "layers_per_block": 1,
        "attention_head_dim": 2,
        "norm_num_groups": 4,
        "cross_attention_dim": HIDDEN,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    }
    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        **blocks,
    )
    vae = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        latent_channels=4,
        sample_size=64,
        block_out_channels=(8, 8, 8, 16),
        layers_per_block=1,
        norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
    )
    controlnets = {
        kind: ControlNetModel(
            in_channels=4, conditioning_channels=3, conditioning_embedding_out_channels=(4, 4, 8, 8), **blocks
        )
        for kind in CONTROL_KINDS
    }
    for controlnet in controlnets.values():
        _fill_zero_convolutions(controlnet)
    taesd = AutoencoderTiny(
        latent_channels=4,
        encoder_block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
    )
    scheduler = PNDMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        skip_prk_steps=True,
        steps_offset=1,
        set_alpha_to_one=False,
        **({} if timestep_spacing is None else {"timestep_spacing": timestep_spacing}),
    )
    scheduler.register_to_config(clip_sample=False)
    for part in (text_encoder, unet, vae, taesd, *controlnets.values()):
        part.eval()
    return TinyPipeline(text_encoder, tokenizer, unet, vae, scheduler, controlnets, taesd)


def build_clip_tokenizer(merges: int) -> Any:
    """Builds CLIP's byte-level BPE tokenizer with its first `merges` merges; any text still becomes tokens.

    The list of merges is OpenAI's (MIT), as the package open_clip_torch (MIT) carries it.
    """
    from transformers import CLIPTokenizer
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    pairs = _clip_merges()[:merges]
    letters = list(bytes_to_unicode().values())
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in pairs)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=pairs, model_max_length=77)


def _drop_unset_fields(file: Path, scheduler: Any) -> None:
    """Leaves out what nobody set: diffusers writes its class's defaults down as if they were the model's.

    SD 1.5's file has no timestep_spacing, so that each scheduler class takes its own when it is swapped in.
    """
    config = json.loads(file.read_text(encoding="utf-8"))
    unset = scheduler.config.get("_use_default_values", [])
    kept = {name: value for name, value in config.items() if name not in unset}
    file.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def _clip_merges() -> list[tuple[str, str]]:
    spec = importlib.util.find_spec("open_clip")
    if spec is None or not spec.submodule_search_locations:
        raise ExportError("CLIP's vocabulary is missing: pip install --no-deps open_clip_torch==3.3.0.")
    file = Path(spec.submodule_search_locations[0]) / "bpe_simple_vocab_16e6.txt.gz"
    lines = gzip.decompress(file.read_bytes()).decode("utf-8").split("\n")[1 : FULL_MERGES + 1]
    return [(first, second) for first, second in (line.split() for line in lines)]


def _fill_zero_convolutions(controlnet: Any) -> None:
    """Gives the convolutions that training starts at zero random weights, so that a control map matters."""
    for convolution in [*controlnet.controlnet_down_blocks, controlnet.controlnet_mid_block]:
        nn.init.normal_(convolution.weight, std=0.3)
        nn.init.normal_(convolution.bias, std=0.1)
    embedding = controlnet.controlnet_cond_embedding
    # At torch's own initialisation the map fades out on its way: another map changed latents by 0.003 of 50.
    for convolution in [embedding.conv_in, *embedding.blocks, embedding.conv_out]:
        nn.init.kaiming_normal_(convolution.weight)
