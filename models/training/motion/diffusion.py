"""Noise schedule, kinematics in torch and the training loss."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .features import GROUPS, WIDTH
from .skeleton import FEET, FPS, OFFSETS, PARENTS

TIMESTEPS = 1000


def cosine_alphas() -> Tensor:
    """Gives ᾱ of each timestep (Nichol and Dhariwal 2021, equation 17), at least 1e-4."""
    t = torch.linspace(0, 1, TIMESTEPS + 1, dtype=torch.float64)
    course = torch.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2
    return (course / course[0])[1:].clamp(1e-4, 0.9999).float()


def matrices(six: Tensor) -> Tensor:
    """Gives rotation matrices [..., 3, 3] of six numbers [..., 6] by Gram-Schmidt."""
    first = torch.nn.functional.normalize(six[..., :3], dim=-1, eps=1e-6)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdim=True) * first
    second = torch.nn.functional.normalize(second, dim=-1, eps=1e-6)
    return torch.stack([first, second, _cross(first, second)], -1)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    return a[..., [1, 2, 0]] * b[..., [2, 0, 1]] - a[..., [2, 0, 1]] * b[..., [1, 2, 0]]


def _levels() -> list[tuple[list[int], list[int]]]:
    """Gives joints by their distance from the pelvis: the joints, and where their parents stand in the level
    before.
    """
    level, levels = [0], []
    while children := [j for j, parent in enumerate(PARENTS) if parent in level]:
        levels.append((children, [level.index(PARENTS[j]) for j in children]))
        level = children
    return levels


LEVELS = _levels()
ORDER = [0, *(j for children, _ in LEVELS for j in children)]
PLACE_OF = [ORDER.index(j) for j in range(len(PARENTS))]


def joints(features: Tensor) -> Tensor:
    """Gives joints [b, frames, 22, 3] in the world of features [b, frames, WIDTH] (not normalised)."""
    heading = torch.nn.functional.normalize(features[..., GROUPS["heading"]], dim=-1, eps=1e-6)
    turns = matrices(features[..., GROUPS["pose"]].unflatten(-1, (22, 6)))
    sine, cosine, zero = heading[..., 0], heading[..., 1], torch.zeros_like(heading[..., 0])
    one = torch.ones_like(zero)
    yaw = torch.stack([cosine, zero, sine, zero, one, zero, -sine, zero, cosine], -1).unflatten(-1, (3, 3))
    world = (yaw @ turns[..., 0, :, :])[..., None, :, :]
    place = torch.stack([features[..., 0], features[..., 2], features[..., 1]], -1)[..., None, :]
    places, offsets = [place], torch.from_numpy(OFFSETS).to(features)
    for children, parents in LEVELS:
        above = world[..., parents, :, :]
        place = place[..., parents, :] + (above @ offsets[children][..., None])[..., 0]
        world = above @ turns[..., children, :, :]
        places.append(place)
    return torch.cat(places, -2)[..., PLACE_OF, :]


WEIGHTS = {"path": 0.6, "height": 0.3, "heading": 0.6, "pose": 1.5, "contacts": 0.3}
KINEMATICS = 12
"""Examples of a batch whose joints are compared, as well as their features."""


def loss(
    predicted: Tensor, target: Tensor, deviation: Tensor, valid: Tensor, importance: Tensor
) -> dict[str, Tensor]:
    """Gives the parts of the loss; predicted and target are features, not normalised, valid [b, frames],
    importance [b].

    path … contacts: Huber of each group by its deviation, far ways count by their distance only · joints:
    metres from the root, times 3 · velocity: of joints in the world, m/s · feet: speed of feet that stand.
    """
    weight = valid * (importance / importance.sum())[:, None] / valid.sum(1, keepdim=True)
    difference = (predicted - target) / deviation
    huber = nn.functional.huber_loss(difference, torch.zeros_like(difference), reduction="none")
    parts = {
        name: WEIGHTS[name] * 2 * (huber[..., columns].mean(-1) * weight).sum()
        for name, columns in GROUPS.items()
    }
    few = slice(0, KINEMATICS)
    predicted, target, weight, valid = predicted[few], target[few], weight[few], valid[few]
    weight = weight / weight.sum()
    a, b = joints(predicted), joints(target)
    own_a, own_b = a - a[:, :, :1], b - b[:, :, :1]
    moved_a, moved_b = (a[:, 1:] - a[:, :-1]) * FPS, (b[:, 1:] - b[:, :-1]) * FPS
    both = weight[:, 1:] * valid[:, :-1]
    standing = target[:, 1:, GROUPS["contacts"]] * target[:, :-1, GROUPS["contacts"]]
    feet = (moved_a[:, :, list(FEET)].norm(dim=-1) * standing).mean(-1)
    return {
        **parts,
        "joints": 3 * ((own_a - own_b).norm(dim=-1).mean(-1) * weight).sum(),
        "velocity": 0.3 * ((moved_a - moved_b).abs().mean((-1, -2)) * both).sum(),
        "feet": 0.4 * (feet * both).sum(),
    }


assert GROUPS["contacts"].stop == WIDTH
