"""Draws training examples: recorded and generated motions, alone or one after the other, with conditions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .clips import Clip, speed_words
from .compose import JOINERS, without_subject
from .features import CONDITIONS, WIDTH, WINDOW, to_features
from .motion import Motion, mirrored_words, time_warped
from .procedural.generator import generate
from .rotations import Array
from .rows import followed, forward, mirrored
from .thesaurus import varied

GENERATED_SHARE = 0.45
COMPOSED_SHARE = 0.25
"""How often two motions follow each other; half of the time the first is only what came before."""
REPEATED_SHARE = 0.5
"""How often a short motion of REPEATING is done again to fill the window."""
UNSAID_SHARE = 0.12
"""How often the text is left out, for classifier-free guidance."""
SHORTEST = 24
RATES = (0.88, 1.0, 1.13)
STRONG_RATES = (0.68, 1.45)
"""Recorded clips are also played at these rates, with words for it."""
STRONG_SHARE = 0.1
REPEATING = {"walk", "run", "dance", "climb", "idle", "crouch_crawl_sneak", "swim_fly", "push_up_exercise"}
"""Actions that go on for longer by being done again."""


@dataclass(frozen=True)
class Take:
    """A motion as feature rows, faced forward."""

    rows: Array
    captions: tuple[str, ...]
    action: str
    source: str
    group: str
    before: int = 0
    """Frames at the start that belong to what came before and are given to the network."""


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
    """Draws motions by action: a class with few clips is drawn as often as its square root says.

    Feature rows of a motion at a rate are kept once made; mirroring and turning are done on the rows.
    """

    def __init__(self, clips: list[Clip], seed: int, made: int = 4000) -> None:
        self.by_action: dict[str, list[Motion]] = defaultdict(list)
        for clip in clips:
            if len(clip.motion) >= SHORTEST:
                self.by_action[clip.motion.action].append(clip.motion)
        self.actions = sorted(self.by_action)
        counts = np.array([len(self.by_action[action]) for action in self.actions], np.float64)
        self.weights = np.sqrt(counts) / np.sqrt(counts).sum()
        self.seed, self.made = seed, made
        self.kept: dict[tuple[str, int, float], Take] = {}

    def take(self, action: str, index: int, rate: float = 1.0) -> Take:
        """Gives a motion of an action, or motion `index` of the generator where the action is ""."""
        key = (action, index, rate)
        if key not in self.kept:
            motion = self.by_action[action][index] if action else generate(self.seed, index)
            motion = motion if rate == 1 else time_warped(motion, rate)
            said = speed_words(motion, rate) if rate in STRONG_RATES else motion.captions
            rows = forward(to_features(motion))
            self.kept[key] = Take(rows, said, motion.action, motion.source, motion.group)
        return self.kept[key]

    def pick(self, rng: np.random.Generator) -> tuple[str, int, float]:
        """Draws what take() is to be asked for."""
        if not self.actions or rng.random() < GENERATED_SHARE:
            return "", int(rng.integers(self.made)), 1.0
        action = str(rng.choice(self.actions, p=self.weights))
        rates = STRONG_RATES if rng.random() < STRONG_SHARE else RATES
        index = int(rng.integers(len(self.by_action[action])))
        return action, index, rates[int(rng.integers(len(rates)))]

    def draw(self, rng: np.random.Generator) -> Take:
        """Draws one motion, half of the time mirrored."""
        take = self.take(*self.pick(rng))
        return seen_in_a_mirror(take) if rng.random() < 0.5 else take

    def example(self, rng: np.random.Generator) -> Take:
        """Draws what is to be learned: one motion, repeated or after another one, cut to the window."""
        take = self.draw(rng)
        if rng.random() < COMPOSED_SHARE:
            first = self.draw(rng)
            if rng.random() < 0.5:
                return _continued(first, take, rng)
            if len(first.rows) < WINDOW - SHORTEST:
                return _both(first, take, rng)
        while len(take.rows) < 100 and take.action in REPEATING and rng.random() < REPEATED_SHARE:
            take = replace(take, rows=followed(take.rows, take.rows)[0])
        if len(take.rows) > WINDOW:
            at = int(rng.integers(len(take.rows) - WINDOW + 1))
            take = replace(take, rows=forward(take.rows[at : at + WINDOW]))
        return take

    def batch(self, rng: np.random.Generator, count: int) -> Examples:
        """Draws a batch."""
        features = np.zeros((count, WINDOW, WIDTH), np.float32)
        given = np.zeros((count, WINDOW, len(CONDITIONS)), bool)
        frames, texts, actions = np.zeros(count, np.int64), [], []
        for i in range(count):
            take = self.example(rng)
            n = frames[i] = len(take.rows)
            features[i, :n] = take.rows
            given[i, :n] = conditions(rng, int(n))
            given[i, : take.before] = True
            said = "" if rng.random() < UNSAID_SHARE else varied(str(rng.choice(take.captions)), rng)
            texts.append(said)
            actions.append(take.action)
        return Examples(features, frames, texts, given, actions)


def seen_in_a_mirror(take: Take) -> Take:
    """Gives the motion mirrored at x = 0, its words as well."""
    said = tuple(mirrored_words(caption) for caption in take.captions)
    return replace(take, rows=mirrored(take.rows), captions=said)


def _continued(first: Take, second: Take, rng: np.random.Generator) -> Take:
    """Gives `second` with the end of `first` before it, as a long motion goes on from window to window."""
    before = int(rng.integers(6, 41))
    rows, seam = followed(first.rows[-(before + 5) :], second.rows)
    return replace(second, rows=forward(rows[:WINDOW]), before=min(before, seam))


def _both(first: Take, second: Take, rng: np.random.Generator) -> Take:
    rows, seam = followed(first.rows, second.rows)
    a, b = str(rng.choice(first.captions)), str(rng.choice(second.captions))
    if min(len(rows), WINDOW) - seam < SHORTEST // 2:  # the second is not seen
        return replace(first, rows=rows[:WINDOW])
    said = str(rng.choice(JOINERS)).format(a=a, b=without_subject(b))
    return replace(
        second,
        rows=rows[:WINDOW],
        captions=(said,),
        action=first.action if first.action == second.action else "composed",
    )


def conditions(rng: np.random.Generator, frames: int) -> NDArray[np.bool_]:
    """Draws what is told of each frame, [frames, len(CONDITIONS)]: nothing, a path, headings, key poses, the
    start, both ends; path and headings apart from each other, every frame, every few, or some.
    """
    given = np.zeros((frames, len(CONDITIONS)), bool)
    path, height, heading = range(3)
    kind = rng.random()
    if kind < 0.35:
        return given
    if kind < 0.65:
        given[_some(rng, frames), path] = True
        if rng.random() < 0.7:
            given[_some(rng, frames), heading] = True
    elif kind < 0.7:
        given[_some(rng, frames), heading] = True
    if 0.7 <= kind < 0.83 or 0.6 < kind < 0.65:  # key poses, alone or on a path
        often = rng.random() < 0.3
        keys = np.arange(0, frames, int(rng.integers(6, 40))) if often else None
        keys = rng.integers(0, frames, int(rng.integers(1, 5))) if keys is None else keys
        given[keys] = True
        if rng.random() < 0.3:
            given[keys, path] = given[keys, height] = False
    elif 0.83 <= kind < 0.92:  # what came before, as when a long motion goes on
        given[: min(int(rng.integers(1, 41)), frames - 1)] = True
    elif kind >= 0.92:  # both ends: stitching and loops
        given[: int(rng.integers(1, 11))] = True
        given[-int(rng.integers(1, 11)) :] = True
    return given


def _some(rng: np.random.Generator, frames: int) -> NDArray[np.bool_]:
    """Draws frames: all, every few with the last, or any."""
    kind, chosen = rng.random(), np.zeros(frames, bool)
    if kind < 0.4:
        chosen[:] = True
    elif kind < 0.8:
        chosen[:: int(rng.integers(2, 25))] = True
        chosen[-1] = True
    else:
        chosen[:] = rng.random(frames) < rng.uniform(0.03, 0.3)
    return chosen
