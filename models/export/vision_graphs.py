"""Vision transformers that image-to-3D models see with: DINO's ViT (Dosovitskiy et al. 2021, arXiv
2010.11929; Caron et al. 2021, arXiv 2104.14294) and DINOv2 (Oquab et al. 2023, arXiv 2304.07193).

Weights are read by the names that transformers gives them (`ViTModel`, `Dinov2Model`), in files and, since
version 5, in memory.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.export.errors import ExportError

NAMES = {
    "attention.attention.query": "query",
    "attention.attention.key": "key",
    "attention.attention.value": "value",
    "attention.output.dense": "out",
    "attention.q_proj": "query",
    "attention.k_proj": "key",
    "attention.v_proj": "value",
    "attention.o_proj": "out",
    "intermediate.dense": "fc1",
    "output.dense": "fc2",
    "mlp.fc1": "fc1",
    "mlp.fc2": "fc2",
    "layernorm_before": "norm1",
    "layernorm_after": "norm2",
    "layer_scale1.lambda1": "scale1",
    "layer_scale2.lambda1": "scale2",
}
LAYER = re.compile(r"(?:encoder\.layer|layers)\.(\d+)\.(.+)")
IGNORED = ("embeddings.mask_token", "pooler.")
"""What training needed beside the hidden states."""


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Gives softmax(Q Kᵀ / √d) V with the heads side by side; Q, K, V [batch, heads, tokens, d]."""
    scores = (query * query.shape[3] ** -0.5) @ key.transpose(2, 3)
    return (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)


class VisionLayer(nn.Module):
    """Pre-norm transformer layer; DINOv2 scales what each half adds."""

    def __init__(self, width: int, inner: int, heads: int, eps: float, scaled: bool) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)
        self.scale1 = nn.Parameter(torch.ones(width)) if scaled else None
        self.scale2 = nn.Parameter(torch.ones(width)) if scaled else None

    def forward(self, state: Tensor) -> Tensor:
        """Gives the next state, [batch, tokens, width]."""
        shown = self.norm1(state)
        query, key, value = (
            part(shown).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        seen = self.out(attend(query, key, value))
        state = state + (seen if self.scale1 is None else seen * self.scale1)
        thought = self.fc2(functional.gelu(self.fc1(self.norm2(state))))
        return state + (thought if self.scale2 is None else thought * self.scale2)


class VisionEncoder(nn.Module):
    """pixel_values [batch, 3, size, size], normalised → context [batch, 1 + patches, width].

    The first row is the class token's.
    """

    def __init__(
        self,
        width: int,
        inner: int,
        heads: int,
        layers: int,
        *,
        patch: int,
        size: int,
        dino2: bool,
    ) -> None:
        super().__init__()
        eps = 1e-6 if dino2 else 1e-12
        self.patch = patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.position_embeddings = nn.Parameter(torch.zeros(1, 1 + (size // patch) ** 2, width))
        self.projection = nn.Conv2d(3, width, patch, patch)
        self.layers = nn.ModuleList(VisionLayer(width, inner, heads, eps, dino2) for _ in range(layers))
        self.layernorm = nn.LayerNorm(width, eps)

    def forward(self, pixel_values: Tensor) -> Tensor:
        """Gives the hidden states."""
        patches = self.projection(pixel_values).flatten(2).transpose(1, 2)
        cls_token = self.cls_token.expand(pixel_values.shape[0], -1, -1)
        state = torch.cat([cls_token, patches], 1) + self.position_embeddings
        for layer in self.layers:
            state = layer(state)
        return self.layernorm(state)


def scale_positions(positions: Tensor, side: int) -> Tensor:
    """Gives position embeddings [1, 1 + side², width] of another grid: bicubic without antialiasing, as
    transformers does it for each picture; here once.
    """
    known = round((positions.shape[1] - 1) ** 0.5)
    if known == side:
        return positions
    grid = positions[:, 1:].unflatten(1, (known, known)).permute(0, 3, 1, 2)
    scaled = functional.interpolate(grid, (side, side), mode="bicubic", align_corners=False)
    return torch.cat([positions[:, :1], scaled.flatten(2).transpose(1, 2)], 1)


def build_vision_encoder(state: dict[str, Tensor], name: str, size: int, heads: int | None) -> VisionEncoder:
    """Gives the encoder of a state dict for pictures of `size`.

    `heads` None takes 64 numbers a head, as all published sizes have. Raises ExportError for another
    architecture.
    """
    positions = state.get("embeddings.position_embeddings")
    projection = state.get("embeddings.patch_embeddings.projection.weight")
    if positions is None or projection is None:
        raise ExportError(f"{name} has no patch and position embeddings; expected a ViT of DINO or DINOv2.")
    if any(".mlp.weights_in" in key for key in state):
        raise ExportError(f"{name} has gated layers (DINOv2 giant); expected a small, base or large one.")
    width, _, patch, _ = projection.shape
    if size % patch:
        raise ExportError(
            f"Pictures of {size} pixels do not fall into patches of {patch}; choose a multiple."
        )
    layers = 1 + max((int(found[1]) for key in state if (found := LAYER.match(key))), default=-1)
    renamed = {_renamed(key): value for key, value in state.items() if not key.startswith(IGNORED)}
    inner = renamed.get("layers.0.fc1.weight", torch.empty(4 * width, 0)).shape[0]
    heads = heads or max(1, width // 64)
    if width % heads:
        raise ExportError(f"{name} is {width} wide, which {heads} heads do not divide.")
    dino2 = "layers.0.scale1" in renamed
    renamed["position_embeddings"] = scale_positions(positions, size // patch)
    encoder = VisionEncoder(width, inner, heads, layers, patch=patch, size=size, dino2=dino2)
    try:
        encoder.load_state_dict(renamed)
    except RuntimeError as error:
        raise ExportError(f"{name} does not fit the published architecture: {error}") from None
    return encoder.eval()


def _renamed(key: str) -> str:
    found = LAYER.match(key)
    if found is None:
        return key.removeprefix("embeddings.").removeprefix("patch_embeddings.")
    for theirs, ours in NAMES.items():
        if found[2] == theirs or found[2].startswith(f"{theirs}."):
            return f"layers.{found[1]}.{ours}{found[2].removeprefix(theirs)}"
    return f"layers.{found[1]}.{found[2]}"
