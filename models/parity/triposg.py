"""TripoSG put together from parts of diffusers and transformers, beside which our own graphs are held.

Names of parameters are those of the published checkpoints. Attention keeps the checkpoints' way of cutting
projections into heads: query, key and value stand side by side, each head takes as many neighbouring numbers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers.models.attention import FeedForward
from diffusers.models.attention_processor import Attention
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from torch import Tensor, nn

SIZES: dict[str, Any] = {
    "transformer": {
        "num_attention_heads": 2,
        "width": 16,
        "in_channels": 4,
        "num_layers": 5,
        "cross_attention_dim": 16,
    },
    "vae": {
        "latent_channels": 4,
        "num_attention_heads": 2,
        "width_decoder": 16,
        "num_layers_decoder": 2,
        "embed_frequency": 4,
        "embed_include_pi": False,
    },
    "scheduler": {"_class_name": "RectifiedFlowScheduler", "num_train_timesteps": 1000, "shift": 2.0},
    "feature_extractor_dinov2": {
        "size": {"shortest_edge": 32},
        "crop_size": {"height": 28, "width": 28},
        "do_center_crop": True,
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
        "resample": 3,
    },
}


class HeadsFirst:
    """Attention processor of the published weights, with torch's own attention."""

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None = None,
        attention_mask: None = None,
    ) -> Tensor:
        batch, rows, width = hidden_states.shape
        other = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        if encoder_hidden_states is not None and attn.norm_cross is not None:
            other = attn.norm_cross(other)
        query, key, value = attn.to_q(hidden_states), attn.to_k(other), attn.to_v(other)
        size = width // attn.heads
        if encoder_hidden_states is None:
            mixed = torch.cat([query, key, value], -1).view(batch, rows, attn.heads, 3 * size)
            query, key, value = mixed.split(size, -1)
        else:
            query = query.view(batch, rows, attn.heads, size)
            key, value = torch.cat([key, value], -1).view(batch, -1, attn.heads, 2 * size).split(size, -1)
        query, key, value = (part.transpose(1, 2) for part in (query, key, value))
        if attn.norm_q is not None:
            query, key = attn.norm_q(query), attn.norm_k(key)
        seen = nn.functional.scaled_dot_product_attention(query, key, value)
        return attn.to_out[0](seen.transpose(1, 2).reshape(batch, rows, width))


def make_attention(width: int, heads: int, other: int | None, **kinds: Any) -> Attention:
    """Gives diffusers' attention with the processor above."""
    return Attention(
        query_dim=width,
        cross_attention_dim=other,
        dim_head=width // heads,
        heads=heads,
        eps=1e-6,
        bias=False,
        processor=HeadsFirst(),
        **kinds,
    )


class Block(nn.Module):
    """Layer of transformer and decoder."""

    def __init__(self, width: int, heads: int, **kinds: Any) -> None:
        super().__init__()
        normed = {"qk_norm": "rms_norm" if kinds.get("normed") else None}
        if kinds.get("self_attention", True):
            self.norm1 = nn.LayerNorm(width, 1e-5)
            self.attn1 = make_attention(width, heads, None, **normed)
        if kinds.get("context"):
            self.norm2 = nn.LayerNorm(width, 1e-5)
            norm = kinds.get("cross_norm")
            self.attn2 = make_attention(width, heads, kinds["context"], cross_attention_norm=norm, **normed)
        self.norm3 = nn.LayerNorm(width, 1e-5)
        self.ff = FeedForward(width, activation_fn="gelu")
        if kinds.get("skip"):
            self.skip_norm = nn.LayerNorm(width, 1e-5)
            self.skip_linear = nn.Linear(2 * width, width)

    def forward(self, x: Tensor, context: Tensor | None = None, skip: Tensor | None = None) -> Tensor:
        if skip is not None:
            x = self.skip_norm(self.skip_linear(torch.cat([skip, x], -1)))
        if hasattr(self, "attn1"):
            x = x + self.attn1(self.norm1(x))
        if hasattr(self, "attn2"):
            x = x + self.attn2(self.norm2(x), encoder_hidden_states=context)
        return x + self.ff(self.norm3(x))


class Transformer(nn.Module):
    """Flow transformer; gives x_0 - noise, as it was trained."""

    def __init__(
        self,
        num_attention_heads: int,
        width: int,
        in_channels: int,
        num_layers: int,
        cross_attention_dim: int,
    ) -> None:
        super().__init__()
        self.middle = num_layers // 2
        self.time_embed = Timesteps(width, flip_sin_to_cos=False, downscale_freq_shift=0)
        self.time_proj = TimestepEmbedding(width, 4 * width, act_fn="gelu", out_dim=width)
        self.proj_in = nn.Linear(in_channels, width)
        self.blocks = nn.ModuleList(
            Block(width, num_attention_heads, context=cross_attention_dim, normed=True, skip=i > self.middle)
            for i in range(num_layers)
        )
        self.norm_out, self.proj_out = nn.LayerNorm(width), nn.Linear(width, in_channels)

    def forward(self, sample: Tensor, timestep: Tensor, context: Tensor) -> Tensor:
        x = torch.cat([self.time_proj(self.time_embed(timestep))[:, None], self.proj_in(sample)], 1)
        kept: list[Tensor] = []
        for i, block in enumerate(self.blocks):
            x = block(x, context, kept.pop() if i > self.middle else None)
            if i < self.middle:
                kept.append(x)
        return self.proj_out(self.norm_out(x)[:, -sample.shape[1] :])


class Vae(nn.Module):
    """The decoder, with one unused layer of the encoder, as checkpoints have it."""

    def __init__(
        self,
        latent_channels: int,
        num_attention_heads: int,
        width_decoder: int,
        num_layers_decoder: int,
        embed_frequency: int,
        embed_include_pi: bool,
    ) -> None:
        super().__init__()
        assert not embed_include_pi
        width, heads = width_decoder, num_attention_heads
        self.frequencies = embed_frequency
        self.post_quant = nn.Linear(latent_channels, width)
        self.quant = nn.Linear(8, 2 * latent_channels)
        self.encoder = nn.ModuleDict({"proj_in": nn.Linear(6 + 6 * embed_frequency, 8)})
        blocks = [Block(width, heads) for _ in range(num_layers_decoder)]
        last = Block(width, heads, self_attention=False, context=width, cross_norm="layer_norm")
        self.decoder = nn.ModuleDict(
            {
                "proj_query": nn.Linear(3 + 6 * embed_frequency, width),
                "blocks": nn.ModuleList([*blocks, last]),
                "norm_out": nn.LayerNorm(width),
                "proj_out": nn.Linear(width, 1),
            }
        )

    def decode(self, latent: Tensor, points: Tensor) -> Tensor:
        """Gives logits [batch, n], above 0 inside; frequencies one by one."""
        x = self.post_quant(latent)
        *layers, last = self.decoder["blocks"]
        for layer in layers:
            x = layer(x)
        sines = [torch.sin(points[..., axis] * 2**k) for axis in range(3) for k in range(self.frequencies)]
        cosines = [torch.cos(points[..., axis] * 2**k) for axis in range(3) for k in range(self.frequencies)]
        shown = torch.cat([points, torch.stack(sines, -1), torch.stack(cosines, -1)], -1)
        x = last(self.decoder["proj_query"](shown), x)
        return -self.decoder["proj_out"](self.decoder["norm_out"](x))[..., 0]


def make_models(seed: int) -> tuple[Transformer, Vae, Any]:
    """Gives transformer, VAE and DINOv2 encoder of tiny size with random weights; half of space is inside."""
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(seed)
    transformer, vae = Transformer(**SIZES["transformer"]), Vae(**SIZES["vae"])
    encoder = Dinov2Model(
        Dinov2Config(
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            mlp_ratio=2,
            image_size=21,
            patch_size=7,
            layerscale_value=0.5,
        )
    )
    with torch.no_grad():
        for model in (transformer, vae, encoder):
            for name, value in model.named_parameters():
                if "norm" not in name and value.dim() > 1:
                    value.normal_(std=value[0].numel() ** -0.5)
                elif name.endswith("bias"):
                    value.normal_(std=0.1)
        latent = torch.randn(8, 12, SIZES["vae"]["latent_channels"])
        logits = vae.decode(latent, torch.rand(8, 500, 3) * 2 - 1)
        vae.decoder["proj_out"].bias += logits.median()
    return transformer.eval(), vae.eval(), encoder.eval()


def save_pipeline(folder: Path, seed: int) -> None:
    """Writes a pipeline folder as TripoSG's is published."""
    from safetensors.torch import save_file

    transformer, vae, encoder = make_models(seed)
    for name, model in (("transformer", transformer), ("vae", vae)):
        (folder / name).mkdir(parents=True)
        state = {key: value.contiguous() for key, value in model.state_dict().items()}
        save_file(state, folder / name / "diffusion_pytorch_model.safetensors")
        (folder / name / "config.json").write_text(json.dumps(SIZES[name]))
    encoder.save_pretrained(folder / "image_encoder_dinov2", safe_serialization=True)
    for part, file in (
        ("scheduler", "scheduler_config"),
        ("feature_extractor_dinov2", "preprocessor_config"),
    ):
        (folder / part).mkdir()
        (folder / part / f"{file}.json").write_text(json.dumps(SIZES[part]))
