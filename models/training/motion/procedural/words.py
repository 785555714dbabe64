"""Captions of the generator: the same fact in many wordings, none of them wrong."""

from __future__ import annotations

import numpy as np

PEOPLE = ("a person", "someone", "the person", "a man", "a woman", "the figure", "a character")


def say(rng: np.random.Generator, sentences: list[str], count: int = 4) -> tuple[str, ...]:
    """Gives up to `count` different captions of sentences in the third person ("waves …"), most with a
    subject.
    """
    found: list[str] = []
    for index in rng.permutation(len(sentences))[:count]:
        text = " ".join(sentences[index].split()).replace(" ,", ",")
        found.append(f"{rng.choice(PEOPLE)} {text}" if rng.random() < 0.75 else text)
    return tuple(dict.fromkeys(found))


def pick(rng: np.random.Generator, *choices: str) -> str:
    """Draws one wording."""
    return str(rng.choice(choices))


def times(count: int) -> str:
    """Gives "once", "twice", "three times" …"""
    return ("once", "twice", "three times", "four times", "five times", "six times")[count - 1]


def degrees(angle: float) -> str:
    """Gives the words of a turn's size, radians."""
    value = round(abs(np.degrees(angle)) / 45) * 45
    return {
        45: "slightly",
        90: "by 90 degrees",
        135: "by 135 degrees",
        180: "around",
        360: "all the way around",
    }.get(value, f"by {value} degrees")
