"""One motion after another: "A, then B", joined where both stand, without a seam."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .motion import Motion
from .rotations import Array, about, continuous, multiply, rotate, slerp, yaw_of
from .skeleton import FPS

BLEND_SECONDS = 0.5
JOINERS = ("{a}, then {b}", "{a} and then {b}", "{a}, after that {b}", "first {a}, then {b}")


def joined(
    first: Motion, second: Motion, rng: np.random.Generator, blend_seconds: float = BLEND_SECONDS
) -> Motion:
    """Gives `second` after `first`: moved and turned so that it goes on where the first ends, mixed over
    half a second.

    Horizontal speed goes over from one to the other, so the root never stops dead; feet may slide within
    the blend.
    """
    overlap = min(round(blend_seconds * FPS), len(first) // 2, len(second) // 2)
    meet = len(first) - overlap
    root, rotations = _moved(second, first, meet)
    share = np.linspace(0, 1, overlap + 2, dtype=np.float32)[1:-1]
    share = share * share * (3 - 2 * share)
    mixed_root = first.root[meet:] * (1 - share[:, None]) + root[:overlap] * share[:, None]
    mixed = slerp(
        first.rotations[meet:], rotations[:overlap], np.repeat(share[:, None], rotations.shape[1], 1)
    )
    a, b = str(rng.choice(first.captions)), without_subject(str(rng.choice(second.captions)))
    before = first.segments or ((0, a),)
    return replace(
        first,
        root=np.concatenate([first.root[:meet], mixed_root, root[overlap:]]),
        rotations=continuous(np.concatenate([first.rotations[:meet], mixed, rotations[overlap:]])),
        captions=(str(rng.choice(JOINERS)).format(a=a, b=b),),
        action=first.action if first.action == second.action else "composed",
        source=f"{first.source}+{second.source}",
        group=f"{first.group}+{second.group}",
        segments=(*before, (meet + overlap // 2, b)),
    )


def _moved(second: Motion, first: Motion, meet: int) -> tuple[Array, Array]:
    """Gives root and rotations of `second` with its first frame at frame `meet` of `first`: place and
    heading.
    """
    turn = about("y", yaw_of(first.rotations[meet, 0]) - yaw_of(second.rotations[0, 0]))
    turns = np.broadcast_to(turn, (len(second), 4))
    flat = np.array([1, 0, 1], np.float32)
    root = rotate(turns, second.root - second.root[0] * flat) + first.root[meet] * flat
    rotations = second.rotations.copy()
    rotations[:, 0] = multiply(turns, rotations[:, 0])
    return root.astype(np.float32), rotations


def without_subject(caption: str) -> str:
    """Leaves out "a person" or "someone" at the start."""
    words = caption.split()
    return (
        " ".join(words[2:])
        if len(words) > 2 and words[0] in ("a", "the")
        else caption.removeprefix("someone ")
    )
