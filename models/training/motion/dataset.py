"""Draws training examples: recorded and generated motions, alone or one after the other, with conditions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clips import Clip, augmented
from .compose import joined
from .features import CONDITIONS, WIDTH, WINDOW, to_features
from .motion import Motion, faced_forward
from .procedural.generator import generate
from .rotations import Array
from .thesaurus import varied

GENERATED_SHARE = 0.4
COMPOSED_SHARE = 0.3
UNSAID_SHARE = 0.12
"""How often the text is left out, for classifier-free guidance."""
SHORTEST = 24


@dataclass
class Examples:
    """One batch."""

    features: Array
    """[b, WINDOW, WIDTH], zeros after the end."""
    frames: NDArray[np.int64]
    """[b], how many frames are real."""
    texts: list[str]
    """Empty where the text is left out."""
    given: NDArray[np.bool_]
    """[b, WINDOW, len(CONDITIONS)]: what is told to the network of each frame."""
    actions: list[str]


class Source:
    """Draws motions by action: a class with few clips is drawn as often as its square root says."""

    def __init__(self, clips: list[Clip], seed: int, made: int = 4000) -> None:
        self.by_action: dict[str, list[Motion]] = defaultdict(list)
        for clip in clips:
            if len(clip.motion) >= SHORTEST:
                self.by_action[clip.motion.action].append(clip.motion)
        self.actions = sorted(self.by_action)
        counts = np.array([len(self.by_action[action]) for action in self.actions], np.float64)
        self.weights = np.sqrt(counts) / np.sqrt(counts).sum()
        self.seed, self.made, self.kept = seed, made, {}

    def draw(self, rng: np.random.Generator) -> Motion:
        """Draws one motion, varied."""
        if not self.actions or rng.random() < GENERATED_SHARE:
            number = int(rng.integers(self.made))
            if number not in self.kept:
                self.kept[number] = generate(self.seed, number)
            return augmented(self.kept[number], rng)
        action = str(rng.choice(self.actions, p=self.weights))
        motions = self.by_action[action]
        return augmented(motions[int(rng.integers(len(motions)))], rng)

    def example(self, rng: np.random.Generator) -> Motion:
        """Draws what is to be learned: one motion or two in a row, cut to the window."""
        motion = self.draw(rng)
        if rng.random() < COMPOSED_SHARE and len(motion) < WINDOW - SHORTEST:
            motion = joined(motion, self.draw(rng), rng)
        if len(motion) > WINDOW:
            first = int(rng.integers(len(motion) - WINDOW + 1))
            motion = _cut(motion, first)
        return faced_forward(motion)

    def batch(self, rng: np.random.Generator, count: int) -> Examples:
        """Draws a batch."""
        features = np.zeros((count, WINDOW, WIDTH), np.float32)
        given = np.zeros((count, WINDOW, len(CONDITIONS)), bool)
        frames, texts, actions = np.zeros(count, np.int64), [], []
        for i in range(count):
            motion = self.example(rng)
            frames[i] = len(motion)
            features[i, : len(motion)] = to_features(motion)
            given[i, : len(motion)] = conditions(rng, len(motion))
            said = "" if rng.random() < UNSAID_SHARE else varied(str(rng.choice(motion.captions)), rng)
            texts.append(said)
            actions.append(motion.action)
        return Examples(features, frames, texts, given, actions)


def conditions(rng: np.random.Generator, frames: int) -> NDArray[np.bool_]:
    """Draws what is told of each frame, [frames, len(CONDITIONS)]: nothing, a path, key poses, the start,
    both ends.
    """
    given = np.zeros((frames, len(CONDITIONS)), bool)
    path, height, heading = range(3)
    kind = rng.random()
    if kind < 0.4:
        return given
    if kind < 0.62:  # a path, dense or by points, with or without headings
        points = np.ones(frames, bool) if rng.random() < 0.6 else rng.random(frames) < rng.uniform(0.03, 0.3)
        given[points, path] = True
        given[points, heading] = rng.random() < 0.5
    elif kind < 0.8:  # key poses
        keys = rng.integers(0, frames, int(rng.integers(1, 5)))
        given[keys] = True
        if rng.random() < 0.3:
            given[keys, path] = False
    elif kind < 0.92:  # what came before, as when a long motion goes on
        given[: min(int(rng.integers(1, 41)), frames - 1)] = True
    else:  # both ends: stitching and loops
        given[: int(rng.integers(1, 11))] = True
        given[-int(rng.integers(1, 11)) :] = True
        given[:, height] &= True
    return given


def _cut(motion: Motion, first: int) -> Motion:
    """Cuts the window that starts at a frame; words of parts that are not in it any more are left out."""
    last = first + WINDOW
    captions = motion.captions
    if len(motion.segments) > 1:
        ends = [frame for frame, _ in motion.segments[1:]] + [len(motion)]
        seen = [
            text
            for (start, text), end in zip(motion.segments, ends, strict=True)
            if min(end, last) - max(start, first) >= SHORTEST // 2
        ]
        captions = (", then ".join(seen),)
    return Motion(
        motion.root[first:last],
        motion.rotations[first:last],
        captions,
        motion.action,
        motion.source,
        motion.group,
    )
