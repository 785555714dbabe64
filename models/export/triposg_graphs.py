"""The graphs of a TripoSG-class bundle as torch modules (Li et al. 2025, arXiv 2502.06608): a rectified-flow
transformer over a set of latent vectors, and a decoder that points attend to.

The contract stands in core/src/models/mesh-diffusion-config.ts. Parameters have the names of the published
checkpoints, so that their safetensors are read as they are.
"""

from __future__ import annotations

import math
import re
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.export.errors import ExportError
from models.export.vision_graphs import attend

Graph = TypeVar("Graph", bound=nn.Module)
BLOCK = re.compile(r"(?:decoder\.)?blocks\.(\d+)\.")


class RmsNorm(nn.Module):
    """Divides by the root of the mean square over the last axis (Zhang and Sennrich 2019)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * (x.square().mean(-1, keepdim=True) + 1e-6).rsqrt() * self.weight


class MixedAttention(nn.Module):
    """Attention whose projections stand side by side and are cut into heads first, then into query, key and
    value: a head sees numbers of two or three projections. The published weights were trained so.
    """

    def __init__(
        self, width: int, heads: int, other: int | None, *, normed: bool = False, cross_norm: bool = False
    ) -> None:
        super().__init__()
        self.heads, self.is_cross = heads, other is not None
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(other or width, width, bias=False)
        self.to_v = nn.Linear(other or width, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])
        self.norm_q = RmsNorm(width // heads) if normed else nn.Identity()
        self.norm_k = RmsNorm(width // heads) if normed else nn.Identity()
        self.norm_cross = nn.LayerNorm(other or width) if cross_norm else nn.Identity()

    def keys_values(self, other: Tensor) -> Tensor:
        """Gives what queries attend to, [batch, tokens, 2 · width]."""
        other = self.norm_cross(other)
        return torch.cat([self.to_k(other), self.to_v(other)], 2)

    def forward(self, x: Tensor, keys_values: Tensor | None = None) -> Tensor:
        """x [batch, n, width]; keys_values of another sequence for cross-attention."""
        query = self.to_q(x)
        if keys_values is None:
            mixed = torch.cat([query, self.to_k(x), self.to_v(x)], 2)
            query, key, value = self._heads(mixed).chunk(3, 3)
        else:
            query = self._heads(query)
            key, value = self._heads(keys_values).chunk(2, 3)
        return self.to_out[0](attend(self.norm_q(query), self.norm_k(key), value))

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Module):
    """Two linear layers with GELU between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.ModuleList(
            [nn.ModuleDict({"proj": nn.Linear(width, 4 * width)}), nn.Identity(), nn.Linear(4 * width, width)]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Gives what is added to x."""
        return self.net[2](functional.gelu(self.net[0]["proj"](x)))


class FlowBlock(nn.Module):
    """Pre-norm layer of the flow transformer; those of the second half also see a state of the first."""

    def __init__(self, width: int, heads: int, context: int, skip: bool) -> None:
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.attn1 = MixedAttention(width, heads, None, normed=True)
        self.attn2 = MixedAttention(width, heads, context, normed=True)
        self.ff = FeedForward(width)
        self.skip_linear = nn.Linear(2 * width, width) if skip else None
        self.skip_norm = nn.LayerNorm(width) if skip else None

    def forward(self, x: Tensor, context: Tensor, skip: Tensor | None) -> Tensor:
        """Gives the next state, [batch, 1 + tokens, width]."""
        if self.skip_linear is not None and self.skip_norm is not None and skip is not None:
            x = self.skip_norm(self.skip_linear(torch.cat([skip, x], 2)))
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), self.attn2.keys_values(context))
        return x + self.ff(self.norm3(x))


class FlowTransformer(nn.Module):
    """sample [batch, tokens, channels], timestep [batch], context [batch, n, d] → velocity, noise - x_0.

    The published models were trained to give x_0 - noise: `sign` -1 turns them to the contract's direction.
    """

    def __init__(
        self, width: int, heads: int, layers: int, channels: int, context: int, sign: float = -1.0
    ) -> None:
        super().__init__()
        self.width, self.sign = width, sign
        self.time_proj = nn.ModuleDict(
            {"linear_1": nn.Linear(width, 4 * width), "linear_2": nn.Linear(4 * width, width)}
        )
        self.proj_in, self.proj_out = nn.Linear(channels, width), nn.Linear(width, channels)
        self.blocks = nn.ModuleList(
            FlowBlock(width, heads, context, skip=layer > layers // 2) for layer in range(layers)
        )
        self.norm_out = nn.LayerNorm(width)

    def forward(self, sample: Tensor, timestep: Tensor, context: Tensor) -> Tensor:
        """Gives the velocity."""
        half = self.width // 2
        rates = torch.exp(torch.arange(half, dtype=torch.float32) * (-math.log(10_000) / half))
        angles = timestep[:, None] * rates
        moment = functional.gelu(self.time_proj["linear_1"](torch.cat([angles.sin(), angles.cos()], 1)))
        x = torch.cat([self.time_proj["linear_2"](moment)[:, None], self.proj_in(sample)], 1)
        middle = len(self.blocks) // 2
        kept: list[Tensor] = []
        for number, block in enumerate(self.blocks):
            x = block(x, context, kept.pop() if number > middle else None)
            if number < middle:
                kept.append(x)
        return self.proj_out(self.norm_out(x)[:, 1:]) * self.sign


class DecoderBlock(nn.Module):
    """Pre-norm layer of the decoder: self-attention, or attention of points to the latent."""

    def __init__(self, width: int, heads: int, *, cross: bool) -> None:
        super().__init__()
        if cross:
            self.norm2 = nn.LayerNorm(width)
            self.attn2 = MixedAttention(width, heads, width, cross_norm=True)
        else:
            self.norm1 = nn.LayerNorm(width)
            self.attn1 = MixedAttention(width, heads, None)
        self.norm3, self.ff = nn.LayerNorm(width), FeedForward(width)

    def forward(self, x: Tensor, keys_values: Tensor | None = None) -> Tensor:
        """Gives the next state; `keys_values` makes it attend to the latent."""
        seen = self.attn1(self.norm1(x)) if keys_values is None else self.attn2(self.norm2(x), keys_values)
        x = x + seen
        return x + self.ff(self.norm3(x))


class ShapeDecoder(nn.Module):
    """The decoder half of the VAE, with the checkpoint's names; its two graphs are below."""

    def __init__(self, width: int, heads: int, layers: int, channels: int, frequencies: int) -> None:
        super().__init__()
        self.post_quant = nn.Linear(channels, width)
        blocks = [DecoderBlock(width, heads, cross=layer == layers) for layer in range(layers + 1)]
        self.decoder = nn.ModuleDict(
            {
                "proj_query": nn.Linear(3 + 6 * frequencies, width),
                "blocks": nn.ModuleList(blocks),
                "norm_out": nn.LayerNorm(width),
                "proj_out": nn.Linear(width, 1),
            }
        )
        self.rates = 2.0 ** torch.arange(frequencies, dtype=torch.float32)

    @property
    def blocks(self) -> list[DecoderBlock]:
        """Self-attention layers, then the one that points look through."""
        return list(self.decoder["blocks"])


class LatentDecoderGraph(nn.Module):
    """latent [batch, tokens, channels] → decoded [batch, tokens, 2 · width]: keys and values for points.

    Projected here, once, instead of for each portion of points.
    """

    def __init__(self, shape: ShapeDecoder) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, latent: Tensor) -> Tensor:
        """Runs the self-attention layers."""
        x = self.shape.post_quant(latent)
        *layers, last = self.shape.blocks
        for layer in layers:
            x = layer(x)
        return last.attn2.keys_values(x)


class FieldDecoderGraph(nn.Module):
    """decoded, points [batch, n, 3] → field [batch, n]: logit of being inside, above 0 inside.

    Points are shown as themselves, then sines, then cosines of x, y, z by rising frequency.
    """

    def __init__(self, shape: ShapeDecoder) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, decoded: Tensor, points: Tensor) -> Tensor:
        """Lets the points attend to the latent."""
        angles = (points[..., None] * self.shape.rates).flatten(2)
        x = self.shape.decoder["proj_query"](torch.cat([points, angles.sin(), angles.cos()], 2))
        x = self.shape.blocks[-1](x, decoded)
        return -self.shape.decoder["proj_out"](self.shape.decoder["norm_out"](x))[..., 0]


def build_flow_transformer(state: dict[str, Tensor], name: str, heads: int, sign: float) -> FlowTransformer:
    """Gives the transformer of a state dict. Raises ExportError for another architecture."""
    read, context = state.get("proj_in.weight"), state.get("blocks.0.attn2.to_k.weight")
    if read is None or context is None or "blocks.0.attn1.norm_q.weight" not in state:
        raise ExportError(
            f"{name} is no TripoSG transformer: proj_in or normed attention blocks are missing."
        )
    if any(".attn2_2." in key for key in state):
        raise ExportError(
            f"{name} is told by two encoders (TripoSG-scribble); expected one told by a picture."
        )
    width, channels = read.shape
    _check_heads(name, width, heads)
    graph = FlowTransformer(width, heads, _blocks(state), channels, context.shape[1], sign)
    return _filled(graph, state, name)


def build_shape_decoder(state: dict[str, Tensor], name: str, heads: int) -> ShapeDecoder:
    """Gives the decoder of a VAE's state dict; its encoder is left aside. Raises ExportError as above."""
    own = {key: value for key, value in state.items() if key.startswith(("decoder.", "post_quant."))}
    read, query = own.get("post_quant.weight"), own.get("decoder.proj_query.weight")
    if read is None or query is None or (query.shape[1] - 3) % 6:
        raise ExportError(
            f"{name} is no TripoSG VAE: post_quant or a decoder of points with frequencies is missing."
        )
    width, channels = read.shape
    _check_heads(name, width, heads)
    graph = ShapeDecoder(width, heads, _blocks(own) - 1, channels, (query.shape[1] - 3) // 6)
    return _filled(graph, own, name)


def _blocks(state: dict[str, Tensor]) -> int:
    return 1 + max((int(found[1]) for key in state if (found := BLOCK.match(key))), default=-1)


def _check_heads(name: str, width: int, heads: int) -> None:
    if width % heads:
        raise ExportError(f"{name} is {width} wide, which {heads} heads do not divide.")


def _filled(graph: Graph, state: dict[str, Tensor], name: str) -> Graph:
    try:
        graph.load_state_dict(state)
    except RuntimeError as error:
        raise ExportError(f"{name} does not fit the published architecture: {error}") from None
    return graph.eval()
