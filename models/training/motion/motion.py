"""A motion: where the pelvis is and how each joint turns, and what can be done to it without a network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from .rotations import Array, about, continuous, multiply, rotate, slerp, yaw_of
from .skeleton import FEET, FPS, OFFSETS, PAIRS, PARENTS, STANDING_HEIGHTS


@dataclass(frozen=True)
class Motion:
    """Frames at FPS on the project's skeleton."""

    root: Array
    """Pelvis, [frames, 3], metres, world; the ground is y = 0."""
    rotations: Array
    """[frames, 22, 4], w x y z; joint 0 in the world, others in their parent."""
    captions: tuple[str, ...] = ()
    action: str = ""
    """Action class."""
    source: str = ""
    """Clip id, or the generator's recipe."""
    group: str = ""
    """Clips of one group are never split between training and evaluation."""
    segments: tuple[tuple[int, str], ...] = field(default=())
    """First frame and caption of each part of a composed motion."""

    def __len__(self) -> int:
        return len(self.root)

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self) / FPS


def forward_kinematics(root: Array, rotations: Array) -> tuple[Array, Array]:
    """Gives joints [frames, 22, 3] in the world and their turns in the world [frames, 22, 4]."""
    joints, world = np.zeros((*rotations.shape[:-1], 3), np.float32), np.zeros_like(rotations)
    joints[:, 0], world[:, 0] = root, rotations[:, 0]
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            world[:, joint] = multiply(world[:, parent], rotations[:, joint])
            offset = np.broadcast_to(OFFSETS[joint], (len(root), 3))
            joints[:, joint] = joints[:, parent] + rotate(world[:, parent], offset)
    return joints, world


def joints_of(motion: Motion) -> Array:
    """Gives joints [frames, 22, 3], metres, world."""
    return forward_kinematics(motion.root, motion.rotations)[0]


def contacts_of(joints: Array, height: float = 0.05, speed: float = 0.35) -> NDArray[np.bool_]:
    """Tells for each of FEET whether it stands, [frames, 4]: lower than `height` above where a flat foot
    has it, and slower than `speed` in m/s.
    """
    feet = joints[:, FEET]
    velocity = np.linalg.norm(np.gradient(feet, 1 / FPS, axis=0), axis=-1)
    return (feet[..., 1] - STANDING_HEIGHTS < height) & (velocity < speed)


def faced_forward(motion: Motion) -> Motion:
    """Gives the motion moved and turned so that it starts at x = z = 0 with the pelvis facing +Z."""
    turn = about("y", -yaw_of(motion.rotations[0, 0]))
    start = motion.root[0] * np.array([1, 0, 1], np.float32)
    root = rotate(np.broadcast_to(turn, (len(motion), 4)), motion.root - start)
    rotations = motion.rotations.copy()
    rotations[:, 0] = multiply(np.broadcast_to(turn, (len(motion), 4)), rotations[:, 0])
    return replace(motion, root=root.astype(np.float32), rotations=rotations)


SWAPS = (("left", "right"), ("clockwise", "counterclockwise"))


def mirrored_words(caption: str) -> str:
    """Swaps left and right, clockwise and counterclockwise."""
    swap = {a: b for pair in SWAPS for a, b in (pair, pair[::-1])}
    return " ".join(
        swap.get(word.strip(",."), word.strip(",.")) + word[len(word.rstrip(",.")) :]
        for word in caption.split()
    )


def mirror(motion: Motion) -> Motion:
    """Gives the motion seen in a mirror at x = 0, its words as well."""
    root = motion.root * np.array([-1, 1, 1], np.float32)
    rotations = motion.rotations * np.array([1, 1, -1, -1], np.float32)
    for left, right in PAIRS:
        rotations[:, [left, right]] = rotations[:, [right, left]]
    return replace(
        motion,
        root=root,
        rotations=rotations,
        captions=tuple(mirrored_words(caption) for caption in motion.captions),
        segments=tuple((frame, mirrored_words(text)) for frame, text in motion.segments),
        source=f"{motion.source}|mirror",
    )


def resampled(motion: Motion, at: NDArray[np.floating]) -> Motion:
    """Gives the motion at fractional frames [n], within 0 to len - 1."""
    low = np.clip(np.floor(at).astype(int), 0, len(motion) - 1)
    high = np.minimum(low + 1, len(motion) - 1)
    share = (at - low).astype(np.float32)
    root = motion.root[low] * (1 - share[:, None]) + motion.root[high] * share[:, None]
    rotations = slerp(motion.rotations[low], motion.rotations[high], np.repeat(share[:, None], 22, 1))
    segments = tuple((int(np.searchsorted(at, frame)), text) for frame, text in motion.segments)
    return replace(motion, root=root, rotations=continuous(rotations), segments=segments)


def time_warped(motion: Motion, rate: float) -> Motion:
    """Gives the motion `rate` times as fast."""
    count = max(2, round((len(motion) - 1) / rate) + 1)
    return resampled(motion, np.linspace(0, len(motion) - 1, count))
