"""What the text alone should tell: what thing it is, its proportions and its colours.

Only used in training: it gives the text encoder a direct gradient, which through the noise comes slowly.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .text import CONTEXT_WIDTH

GIST_WIDTH = 18
"""encode.Cached.gist: sides of the box, shares of the palette's colours, mean colour."""
NOUN_WEIGHT, GIST_WEIGHT = 0.1, 1.5


class Goals(nn.Module):
    """Reads noun and gist out of a context [b, n, width], whose rows of zeros are padding."""

    def __init__(self, nouns: list[str], width: int = CONTEXT_WIDTH) -> None:
        super().__init__()
        self.nouns = {noun: number for number, noun in enumerate(nouns)}
        self.noun = nn.Linear(width, len(nouns))
        self.gist = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, GIST_WIDTH))

    def loss(self, context: Tensor, said: Tensor, nouns: list[str], wanted: Tensor) -> dict[str, Tensor]:
        """Gives the two parts of the loss; examples without words (said [b], 0 or 1) and of unknown nouns do
        not count.
        """
        real = (context.abs().amax(-1) > 0).float()
        mean = context.sum(1) / real.sum(1, keepdim=True)
        labels = torch.tensor([self.nouns.get(one, -100) for one in nouns])  # -100: does not count
        wrong = nn.functional.cross_entropy(self.noun(mean), labels, reduction="none")
        far = nn.functional.huber_loss(self.gist(mean), wanted, reduction="none", delta=0.3).mean(1)
        total = said.sum().clamp(min=1)
        return {
            "noun": NOUN_WEIGHT * (wrong * said).sum() / total,
            "gist": GIST_WEIGHT * (far * said).sum() / total,
        }
