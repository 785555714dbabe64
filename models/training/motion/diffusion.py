"""Noise schedule, kinematics in torch and the training loss."""

from __future__ import annotations

import math

import torch
from torch import Tensor

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
    return torch.stack([first, second, torch.cross(first, second, dim=-1)], -1)


def joints(features: Tensor) -> Tensor:
    """Gives joints [b, frames, 22, 3] in the world of features [b, frames, WIDTH] (not normalised)."""
    heading = torch.nn.functional.normalize(features[..., GROUPS["heading"]], dim=-1, eps=1e-6)
    turns = matrices(features[..., GROUPS["pose"]].unflatten(-1, (22, 6)))
    sine, cosine, zero = heading[..., 0], heading[..., 1], torch.zeros_like(heading[..., 0])
    one = torch.ones_like(zero)
    yaw = torch.stack([cosine, zero, sine, zero, one, zero, -sine, zero, cosine], -1).unflatten(-1, (3, 3))
    world: list[Tensor] = [yaw @ turns[..., 0, :, :]]
    places = [torch.stack([features[..., 0], features[..., 2], features[..., 1]], -1)]
    offsets = torch.from_numpy(OFFSETS).to(features)
    for joint, parent in enumerate(PARENTS[1:], 1):
        places.append(places[parent] + world[parent] @ offsets[joint])
        world.append(world[parent] @ turns[..., joint, :, :])
    return torch.stack(places, -2)


def loss(predicted: Tensor, target: Tensor, deviation: Tensor, valid: Tensor) -> dict[str, Tensor]:
    """Gives the parts of the loss; predicted and target are features, not normalised, valid [b, frames].

    features: mean square of each group by its deviation · root: metres · joints: metres from the root,
    weighed by 4 · velocity: of joints, m/s · feet: speed of feet that stand.
    """
    weight = valid / valid.sum()
    difference = (predicted - target) / deviation
    groups = [(difference[..., columns].square().mean(-1) * weight).sum() for columns in GROUPS.values()]
    a, b = joints(predicted), joints(target)
    own_a, own_b = a - a[:, :, :1], b - b[:, :, :1]
    moved_a, moved_b = (a[:, 1:] - a[:, :-1]) * FPS, (b[:, 1:] - b[:, :-1]) * FPS
    both = weight[:, 1:] * valid[:, :-1]
    standing = target[:, 1:, GROUPS["contacts"]] * target[:, :-1, GROUPS["contacts"]]
    feet = (moved_a[:, :, list(FEET)].norm(dim=-1) * standing).mean(-1)
    return {
        "features": 0.3 * sum(groups),
        "root": 0.3 * ((a[:, :, 0] - b[:, :, 0]).norm(dim=-1) * weight).sum(),
        "joints": 4 * ((own_a - own_b).norm(dim=-1).mean(-1) * weight).sum(),
        "velocity": 0.3 * ((moved_a - moved_b).abs().mean((-1, -2)) * both).sum(),
        "feet": 0.3 * (feet * both).sum(),
    }


assert GROUPS["contacts"].stop == WIDTH
