"""TripoSR put together from parts of diffusers and transformers, beside which our own graphs are held.

Names of parameters are those of the published checkpoint.
"""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from diffusers.models.attention import BasicTransformerBlock
from torch import Tensor, nn

CHANNELS, SIDE, WIDTH, HEADS, FEATURES, NEURONS = 32, 4, 16, 2, 4, 8
IMAGE_SIZE, RADIUS, THRESHOLD = 32, 0.87, 25.0


class TripoSr(nn.Module):
    """The whole model at a tiny size."""

    def __init__(self) -> None:
        from transformers import ViTConfig, ViTModel

        super().__init__()
        config = ViTConfig(
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=24,
            image_size=24,
            patch_size=8,
        )
        self.image_tokenizer = nn.ModuleDict({"model": ViTModel(config)})
        self.tokenizer = nn.ParameterDict({"embeddings": torch.randn(3, CHANNELS, SIDE, SIDE)})
        blocks = [
            BasicTransformerBlock(
                WIDTH, HEADS, WIDTH // HEADS, cross_attention_dim=config.hidden_size, activation_fn="geglu"
            )
            for _ in range(2)
        ]
        self.backbone = nn.ModuleDict(
            {
                "norm": nn.GroupNorm(32, CHANNELS, eps=1e-6),
                "proj_in": nn.Linear(CHANNELS, WIDTH),
                "transformer_blocks": nn.ModuleList(blocks),
                "proj_out": nn.Linear(WIDTH, CHANNELS),
            }
        )
        self.post_processor = nn.ModuleDict({"upsample": nn.ConvTranspose2d(CHANNELS, FEATURES, 2, 2)})
        sizes = [3 * FEATURES, NEURONS, NEURONS, 4]
        layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.SiLU())]
        self.decoder = nn.ModuleDict({"layers": nn.Sequential(*layers[:-1])})

    def see(self, pixels: Tensor) -> Tensor:
        """Gives the picture's tokens, [batch, 1 + patches, 16]."""
        return self.image_tokenizer["model"](pixels, interpolate_pos_encoding=True).last_hidden_state

    def planes(self, context: Tensor) -> Tensor:
        """Gives the three planes, [batch, 3, features, 2 · side, 2 · side]."""
        batch = len(context)
        tokens = self.tokenizer["embeddings"].transpose(0, 1).reshape(1, CHANNELS, -1).repeat(batch, 1, 1)
        x = self.backbone["proj_in"](self.backbone["norm"](tokens).transpose(1, 2))
        for block in self.backbone["transformer_blocks"]:
            x = block(x, encoder_hidden_states=context)
        out = self.backbone["proj_out"](x).transpose(1, 2) + tokens
        planes = out.reshape(batch, CHANNELS, 3, SIDE, SIDE).transpose(1, 2)
        return torch.stack([self.post_processor["upsample"](planes[:, k]) for k in range(3)], 1)

    def radiance(self, planes: Tensor, point: tuple[float, float, float]) -> tuple[float, list[float]]:
        """Gives density and colour at one point of the model's own space, by the formula of bilinear filters.

        `planes` is one scene's, [3, features, h, w]; x points to the viewer, y to the right, z up.
        """
        x, y, z = (value / RADIUS for value in point)
        found = torch.cat([_look_up(planes[0], x, y), _look_up(planes[1], x, z), _look_up(planes[2], y, z)])
        density, *colour = self.decoder["layers"](found).detach()
        return float(torch.exp(density - 1)), [float(torch.sigmoid(value)) for value in colour]


def _look_up(plane: Tensor, u: float, v: float) -> Tensor:
    """Samples [features, h, w] at u along the width and v along the height, -1 to 1 from edge to edge."""
    _, height, width = plane.shape
    column, row = (u + 1) / 2 * width - 0.5, (v + 1) / 2 * height - 0.5
    total = torch.zeros(plane.shape[0])
    for i in (int(row // 1), int(row // 1) + 1):
        for j in (int(column // 1), int(column // 1) + 1):
            if 0 <= i < height and 0 <= j < width:
                total = total + plane[:, i, j] * (1 - abs(row - i)) * (1 - abs(column - j))
    return total


def make_model(seed: int) -> TripoSr:
    """Gives the model with random weights; about half of space is denser than the threshold."""
    torch.manual_seed(seed)
    model = TripoSr()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "norm" not in name and value.dim() > 1 and "embeddings" not in name:
                value.normal_(std=value[0].numel() ** -0.5)
            elif name.endswith("bias"):
                value.normal_(std=0.1)
        planes = model.planes(torch.randn(1, 17, 16))[0]
        last: Any = model.decoder["layers"][-1]
        drawn = [tuple(point) for point in ((torch.rand(200, 3) * 2 - 1) * RADIUS).tolist()]
        logs = torch.tensor([model.radiance(planes, point)[0] for point in drawn]).log()
        spread = 2 / logs.std()
        last.weight[0] *= spread
        last.bias[0] = torch.tensor(THRESHOLD).log() + 1 - spread * (logs.median() + 1 - last.bias[0])
    return model.eval()


def save_checkpoint(file: Path, seed: int) -> None:
    """Writes the state dict as safetensors."""
    from safetensors.torch import load_file, save_file

    model, prefix = make_model(seed), "image_tokenizer.model."
    state = {key: value for key, value in model.state_dict().items() if not key.startswith(prefix)}
    with tempfile.TemporaryDirectory() as scratch:
        # In memory transformers 5 has names of its own; in files those of the published weights.
        vision: Any = model.image_tokenizer["model"]
        vision.save_pretrained(scratch, safe_serialization=True)
        for one in Path(scratch).glob("*.safetensors"):
            state |= {prefix + key: value for key, value in load_file(one).items()}
    save_file({key: value.contiguous() for key, value in state.items()}, file)
