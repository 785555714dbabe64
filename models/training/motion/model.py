"""Text encoder and denoiser in one, with the numbers that normalise features, and sampling."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from .denoiser import Denoiser
from .diffusion import TIMESTEPS, cosine_alphas
from .features import CONDITIONS, WIDTH, WINDOW, from_features
from .motion import Motion
from .text import TextEncoder


class StarterMotion(nn.Module):
    """Everything that is trained."""

    def __init__(
        self,
        mean: np.ndarray | None = None,
        deviation: np.ndarray | None = None,
        text_encoder: TextEncoder | None = None,
        denoiser: Denoiser | None = None,
    ) -> None:
        super().__init__()
        self.text_encoder = text_encoder or TextEncoder()
        self.denoiser = denoiser or Denoiser()
        self.register_buffer("mean", torch.zeros(WIDTH) if mean is None else torch.from_numpy(mean))
        self.register_buffer(
            "deviation", torch.ones(WIDTH) if deviation is None else torch.from_numpy(deviation)
        )
        self.register_buffer("alphas", cosine_alphas())

    def text(self, input_ids: Tensor) -> Tensor:
        """Encodes prompts; one without words (only start and end) gives zeros, which stands for unsaid."""
        said = ((input_ids > 0).sum(1) > 2).float()[:, None]
        return self.text_encoder(input_ids) * said

    def noised(self, features: Tensor, timestep: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Gives normalised features and the same with noise of a timestep [b]."""
        clean = (features - self.mean) / self.deviation
        alpha = self.alphas[timestep][:, None, None]
        return clean, alpha.sqrt() * clean + (1 - alpha).sqrt() * noise

    @torch.no_grad()
    def sample(
        self,
        input_ids: Tensor,
        frames: int,
        seed: int,
        steps: int = 10,
        guidance_scale: float = 2.5,
        guidance_end: float = 1,
        observed: np.ndarray | None = None,
        given: np.ndarray | None = None,
    ) -> list[Motion]:
        """Makes a motion of up to WINDOW frames for each row of input_ids by DPM-Solver++(2M) (arXiv
        2211.01095, algorithm 2), guided in the steps up to the share guidance_end (arXiv 2404.07724).

        observed [WINDOW, WIDTH], features · given [WINDOW, len(CONDITIONS)].
        """
        count = len(input_ids)
        x = torch.randn(count, WINDOW, WIDTH, generator=torch.Generator().manual_seed(seed))
        valid = (torch.arange(WINDOW) < frames).float().expand(count, -1)
        known = torch.zeros(count, WINDOW, WIDTH)
        mask = torch.zeros(count, WINDOW, len(CONDITIONS))
        if observed is not None and given is not None:
            known[:] = (torch.from_numpy(observed) - self.mean) / self.deviation
            mask[:] = torch.from_numpy(given).float()
        text = self.text(input_ids)
        timesteps = torch.linspace(TIMESTEPS - 1, 0, steps + 1).round().long()
        half_log_snr = (self.alphas / (1 - self.alphas)).double().log() / 2
        clean, before, last = x, None, half_log_snr[0]
        for step, (now, after) in enumerate(pairwise(timesteps)):
            t = now.expand(count)
            clean = self.denoiser(x, t, text, known, mask, valid)
            if guidance_scale != 1 and step < guidance_end * steps:
                unsaid = self.denoiser(x, t, torch.zeros_like(text), known, mask, valid)
                clean = unsaid + guidance_scale * (clean - unsaid)
            alpha, later = self.alphas[now], self.alphas[after]
            here, h = half_log_snr[now], half_log_snr[after] - half_log_snr[now]
            ahead = 0.0 if before is None else float(0.5 * h / (here - last))
            course = clean if before is None else clean + ahead * (clean - before)
            x = ((1 - later) / (1 - alpha)).sqrt() * x - later.sqrt() * float(torch.expm1(-h)) * course
            before, last = clean, here
        rows = (clean * self.deviation + self.mean).numpy()[:, :frames]
        return [from_features(one) for one in rows]


def load_model(folder: Path) -> tuple[StarterMotion, Tokenizer]:
    """Loads weights and tokenizer of a training run."""
    model = StarterMotion()
    model.load_state_dict(load_file(folder / "ema.safetensors"))
    return model.eval(), Tokenizer.from_file(str(folder / "tokenizer.json"))


def encode(tokenizer: Tokenizer, texts: list[str]) -> Tensor:
    """Gives input_ids [b, tokens], as long as the longest text."""
    ids = np.array([one.ids for one in tokenizer.encode_batch(texts)], np.int64)
    return torch.from_numpy(ids[:, : max(2, int((ids != 0).sum(1).max()))])


def read_log(file: Path) -> list[dict]:
    """Reads log.jsonl."""
    return [json.loads(line) for line in file.read_text().splitlines()]
