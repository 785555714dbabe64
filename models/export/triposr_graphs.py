"""The graphs of a TripoSR-class bundle as torch modules (Tochilkin et al. 2024, arXiv 2403.02151): a
transformer that turns learned triplane tokens into a scene in one pass, and a small network that gives
density and colour at points.

The contract stands in core/src/models/mesh-diffusion-config.ts. Parameters have the names of the published
checkpoint.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.export.errors import ExportError
from models.export.vision_graphs import attend

GROUPS = 32
"""Of the normalisation in front of the transformer."""
BLOCK = re.compile(r"backbone\.transformer_blocks\.(\d+)\.")
LAYER = re.compile(r"decoder\.layers\.(\d+)\.weight")
PLANES = ((0, 1), (0, 2), (1, 2))
"""Axes of a point that each plane is looked up by, width first."""
TO_PLANES = (2, 0, 1)
"""The model's x, y, z (towards the viewer, right, up) as axes of glTF (right, up, towards the viewer)."""


class SplitAttention(nn.Module):
    """Attention with heads of each projection by itself."""

    def __init__(self, width: int, heads: int, other: int | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(other or width, width, bias=False)
        self.to_v = nn.Linear(other or width, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, x: Tensor, other: Tensor | None = None) -> Tensor:
        """x [batch, n, width]; `other` is what is attended to, x itself without."""
        other = x if other is None else other
        query, key, value = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in (self.to_q(x), self.to_k(other), self.to_v(other))
        )
        return self.to_out[0](attend(query, key, value))


class GatedFeedForward(nn.Module):
    """Two linear layers, the first gated by GELU of its second half (Shazeer 2020, arXiv 2002.05202)."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.net = nn.ModuleList(
            [nn.ModuleDict({"proj": nn.Linear(width, 2 * inner)}), nn.Identity(), nn.Linear(inner, width)]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Gives what is added to x."""
        value, gate = self.net[0]["proj"](x).chunk(2, 2)
        return self.net[2](value * functional.gelu(gate))


class SceneBlock(nn.Module):
    """Pre-norm layer: self-attention, attention to the picture, gated layers."""

    def __init__(self, width: int, heads: int, context: int, inner: int) -> None:
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.attn1 = SplitAttention(width, heads)
        self.attn2 = SplitAttention(width, heads, context)
        self.ff = GatedFeedForward(width, inner)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Gives the next state, [batch, tokens, width]."""
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class SceneModel(nn.Module):
    """All of TripoSR but the image encoder, with the checkpoint's names; its graphs are below."""

    def __init__(
        self,
        channels: int,
        side: int,
        width: int,
        heads: int,
        *,
        context: int,
        inner: int,
        blocks: int,
        features: int,
        neurons: list[int],
    ) -> None:
        super().__init__()
        self.tokenizer = nn.ParameterDict({"embeddings": torch.zeros(3, channels, side, side)})
        self.backbone = nn.ModuleDict(
            {
                "norm": nn.GroupNorm(GROUPS, channels, eps=1e-6),
                "proj_in": nn.Linear(channels, width),
                "transformer_blocks": nn.ModuleList(
                    SceneBlock(width, heads, context, inner) for _ in range(blocks)
                ),
                "proj_out": nn.Linear(width, channels),
            }
        )
        self.post_processor = nn.ModuleDict({"upsample": nn.ConvTranspose2d(channels, features, 2, 2)})
        layers: list[nn.Module] = []
        for before, after in zip([3 * features, *neurons], [*neurons, 4], strict=True):
            layers += [nn.Linear(before, after), nn.SiLU()]
        self.decoder = nn.ModuleDict({"layers": nn.Sequential(*layers[:-1])})

    @property
    def tokens(self) -> int:
        """Rows of a latent: places of the three planes."""
        planes, _, height, width = self.tokenizer["embeddings"].shape
        return planes * height * width


class BackboneGraph(nn.Module):
    """context [batch, n, d] → latent [batch, 3 · side · side, channels]: the triplane's tokens."""

    def __init__(self, scene: SceneModel) -> None:
        super().__init__()
        self.scene = scene

    def forward(self, context: Tensor) -> Tensor:
        """Runs the transformer from the learned tokens."""
        parts = self.scene.backbone
        start = self.scene.tokenizer["embeddings"].permute(1, 0, 2, 3).flatten(1)[None]
        start = start.expand(context.shape[0], -1, -1)
        x = parts["proj_in"](parts["norm"](start).transpose(1, 2))
        for block in parts["transformer_blocks"]:
            x = block(x, context)
        return parts["proj_out"](x) + start.transpose(1, 2)


class TriplaneGraph(nn.Module):
    """latent → decoded [batch, 3, features, 2 · side, 2 · side]: the planes, twice as fine."""

    def __init__(self, scene: SceneModel) -> None:
        super().__init__()
        self.scene = scene

    def forward(self, latent: Tensor) -> Tensor:
        """Lays the tokens out and makes them finer."""
        side = self.scene.tokenizer["embeddings"].shape[2]
        planes = latent.unflatten(1, (3, side, side)).permute(0, 1, 4, 2, 3)
        finer = self.scene.post_processor["upsample"](planes.flatten(0, 1))
        return finer.unflatten(0, (-1, 3))


class RadianceGraph(nn.Module):
    """decoded, points [batch, n, 3] → field [batch, n], density; colour [batch, n, 3], sRGB in [0, 1].

    `radius` is half the side of the cube that the planes span; density is exp(output - 1).
    """

    def __init__(self, scene: SceneModel, radius: float) -> None:
        super().__init__()
        self.scene, self.radius = scene, radius

    def forward(self, decoded: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Looks the points up on the three planes."""
        own = points[..., list(TO_PLANES)] / self.radius
        grid = torch.stack([own[..., list(axes)] for axes in PLANES], 1).flatten(0, 1)[:, None]
        found = functional.grid_sample(
            decoded.flatten(0, 1), grid, mode="bilinear", padding_mode="zeros", align_corners=False
        )
        features = found[:, :, 0].unflatten(0, (-1, 3)).flatten(1, 2).transpose(1, 2)
        out = self.scene.decoder["layers"](features)
        return (out[..., 0] - 1).exp(), out[..., 1:].sigmoid()


def build_scene(state: dict[str, Tensor], name: str, heads: int) -> SceneModel:
    """Gives the model of a checkpoint without its image encoder.

    Raises ExportError for another architecture.
    """
    own = {key: value for key, value in state.items() if not key.startswith("image_tokenizer.")}
    wanted = {
        "tokens": "tokenizer.embeddings",
        "read": "backbone.proj_in.weight",
        "context": "backbone.transformer_blocks.0.attn2.to_k.weight",
        "gate": "backbone.transformer_blocks.0.ff.net.0.proj.weight",
        "finer": "post_processor.upsample.weight",
    }
    missing = [key for key in wanted.values() if key not in own]
    if missing:
        raise ExportError(f"{name} is no TripoSR checkpoint: {', '.join(missing)} missing.")

    def shape(part: str) -> torch.Size:
        return own[wanted[part]].shape

    width, channels = shape("read")
    if width % heads or channels % GROUPS:
        raise ExportError(
            f"{name} is {width} wide with {channels} channels; expected multiples of {heads} and {GROUPS}."
        )
    sizes = sorted((int(found[1]), own[key].shape[0]) for key in own if (found := LAYER.match(key)))
    if not sizes or sizes[-1][1] != 4:
        raise ExportError(f"{name} has no decoder of density and three colours; expected 4 outputs.")
    scene = SceneModel(
        channels,
        shape("tokens")[2],
        width,
        heads,
        context=shape("context")[1],
        inner=shape("gate")[0] // 2,
        blocks=1 + max(int(found[1]) for key in own if (found := BLOCK.match(key))),
        features=shape("finer")[1],
        neurons=[size for _, size in sizes[:-1]],
    )
    try:
        scene.load_state_dict(own)
    except RuntimeError as error:
        raise ExportError(f"{name} does not fit the published architecture: {error}") from None
    return scene.eval()
