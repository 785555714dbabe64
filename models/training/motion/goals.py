"""What the text alone should tell: its action class and the gist of the motion.

Only used in training: it gives the text encoder a direct gradient, which through the noise comes slowly.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .features import GROUPS, WIDTH
from .skeleton import FPS
from .text import TEXT_WIDTH

GIST_WIDTH = 2 * (WIDTH - 2) + 4


def gist(clean: Tensor, features: Tensor, valid: Tensor) -> Tensor:
    """Gives what a motion is like in all, [b, GIST_WIDTH]: mean and deviation of each normalised column but
    the path, way per second in the first frame's directions, turn, length of the way per second.

    clean and features [b, frames, WIDTH], normalised and not; valid [b, frames].
    """
    weight = (valid / valid.sum(1, keepdim=True))[..., None]
    rest = clean[..., 2:]
    mean = (rest * weight).sum(1)
    deviation = ((rest - mean[:, None]).square() * weight).sum(1).clamp(min=1e-6).sqrt()
    seconds = valid.sum(1) / FPS
    last = valid.sum(1).long() - 1
    path = features[..., GROUPS["path"]]
    end = path[torch.arange(len(path)), last] / seconds[:, None]
    sine, cosine = features[..., 3], features[..., 4]
    across = sine[:, 1:] * cosine[:, :-1] - cosine[:, 1:] * sine[:, :-1]
    along = cosine[:, 1:] * cosine[:, :-1] + sine[:, 1:] * sine[:, :-1]
    both = valid[:, 1:]
    turn = (torch.atan2(across, along + 1e-6) * both).sum(1) / 1.6
    way = ((path[:, 1:] - path[:, :-1]).norm(dim=-1) * both).sum(1) / seconds
    return torch.cat([mean, deviation, end, turn[:, None], way[:, None]], 1).clamp(-4, 4)


class Goals(nn.Module):
    """Reads class and gist out of text vectors [b, width]."""

    def __init__(self, actions: list[str], width: int = TEXT_WIDTH) -> None:
        super().__init__()
        self.actions = {action: number for number, action in enumerate(actions)}
        self.action = nn.Linear(width, len(actions))
        self.gist = nn.Sequential(nn.Linear(width, TEXT_WIDTH), nn.SiLU(), nn.Linear(TEXT_WIDTH, GIST_WIDTH))

    def loss(self, text: Tensor, texts: list[str], actions: list[str], wanted: Tensor) -> dict[str, Tensor]:
        """Gives the two parts of the loss; examples without words and of unknown classes do not count."""
        said = torch.tensor([bool(one) for one in texts]).float()
        known = torch.tensor([one in self.actions for one in actions]).float() * said
        labels = torch.tensor([self.actions.get(one, 0) for one in actions])
        wrong = nn.functional.cross_entropy(self.action(text), labels, reduction="none")
        far = nn.functional.huber_loss(self.gist(text), wanted, reduction="none")
        weights = torch.ones(GIST_WIDTH)
        weights[-4:] = 20.0  # the way and the turn: few numbers that words speak of
        far = (far * weights).sum(1) / weights.sum()
        return {
            "action": 0.15 * (wrong * known).sum() / known.sum().clamp(min=1),
            "gist": 0.8 * (far * said).sum() / said.sum().clamp(min=1),
        }
