"""Text encoder and denoiser in one, and sampling."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from .denoiser import TIMESTEPS, Denoiser
from .patches import CHANNELS, TOKENS
from .text import TextEncoder, encode

SHIFT = 1.0
STEPS, GUIDANCE_SCALE = 25, 4.5


class StarterMesh(nn.Module):
    """Everything that flow training trains."""

    def __init__(self, text_encoder: TextEncoder | None = None, denoiser: Denoiser | None = None) -> None:
        super().__init__()
        self.text_encoder = text_encoder or TextEncoder()
        self.denoiser = denoiser or Denoiser()

    @torch.no_grad()
    def sample(
        self,
        tokenizer: Tokenizer,
        prompts: list[str],
        seed: int = 0,
        steps: int = STEPS,
        guidance_scale: float = GUIDANCE_SCALE,
    ) -> Tensor:
        """Makes latents [b, TOKENS, CHANNELS] by Euler steps (diffusers, FlowMatchEulerDiscreteScheduler)."""
        count = len(prompts)
        x = torch.randn(count, TOKENS, CHANNELS, generator=torch.Generator().manual_seed(seed))
        # One batch of both: the unsaid half is padded to the length of the other.
        context = self.text_encoder(encode(tokenizer, [*prompts, *[""] * count]))
        for now, after in pairwise(sigmas(steps)):
            timestep = now.expand(2 * count) * TIMESTEPS
            said, unsaid = self.denoiser(torch.cat([x, x]), timestep, context).chunk(2)
            x = x + (after - now) * (unsaid + guidance_scale * (said - unsaid))
        return x

    @torch.no_grad()
    def redraw(
        self,
        tokenizer: Tokenizer,
        latents: Tensor,
        prompts: list[str],
        noise_levels: Tensor,
        steps: int = 4,
        guidance_scale: float = 3.0,
    ) -> Tensor:
        """Brings latents [b, TOKENS, CHANNELS] to noise levels [b] from 0 to 1 and takes the noise off again:
        latents near the true ones, with the faults of what the model makes (SDEdit, Meng et al. 2022).
        """
        count = len(prompts)
        context = self.text_encoder(encode(tokenizer, [*prompts, *[""] * count]))
        x = torch.lerp(latents, torch.randn_like(latents), noise_levels[:, None, None])
        for now, after in pairwise(torch.linspace(1, 0, steps + 1)):
            timestep = (noise_levels * now * TIMESTEPS).clamp(min=1).repeat(2)
            said, unsaid = self.denoiser(torch.cat([x, x]), timestep, context).chunk(2)
            step = noise_levels[:, None, None] * (after - now)
            x = x + step * (unsaid + guidance_scale * (said - unsaid))
        return x


def sigmas(steps: int, shift: float = SHIFT) -> Tensor:
    """Gives steps + 1 noise levels from 1 to 0, as diffusers' scheduler does."""
    plain = torch.linspace(1, 1 / TIMESTEPS, steps)
    return torch.cat([shift * plain / (1 + (shift - 1) * plain), torch.zeros(1)])


def load_model(run: Path) -> tuple[StarterMesh, Tokenizer]:
    """Loads weights and tokenizer of a training run."""
    model = StarterMesh()
    model.load_state_dict(load_file(run / "ema.safetensors"))
    return model.eval(), Tokenizer.from_file(str(run / "tokenizer.json"))
