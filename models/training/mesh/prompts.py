"""What the evaluation asks for, with what a right answer is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .judge_kinds import TABLE

SEED = 7000
PLAIN = [
    "red",
    "blue",
    "green",
    "yellow",
    "white",
    "black",
    "brown",
    "orange",
    "purple",
    "pink",
    "grey",
    "teal",
]
COLOURS = {
    "tree": ["green", "orange", "red"],
    "pine": ["green"],
    "rock": ["grey", "brown"],
    "mushroom": ["red", "brown", "white"],
    "sword": [],
    "axe": [],
    "hammer": [],
    "fence": ["white", "brown"],
    "crate": ["brown", "green", "blue", "red"],
    "barrel": ["brown", "red", "blue"],
    "house": ["white", "red", "yellow", "blue"],
    "tower": ["grey", "white"],
    "cart": ["brown", "green", "red"],
}
"""Colours that people ask a kind of thing in; all of PLAIN for the others."""
ADJECTIVES = {
    "chair": "tall",
    "table": "round",
    "bench": "long",
    "bed": "wide",
    "shelf": "tall",
    "cabinet": "small",
    "vase": "slender",
    "bottle": "tall",
    "sword": "long",
    "axe": "large",
    "hammer": "heavy",
    "shield": "round",
    "house": "small",
    "tower": "tall",
    "tree": "big",
    "pine": "tall",
    "rock": "large",
    "mushroom": "small",
    "fence": "long",
    "boat": "small",
}
OTHERS = [
    "dog",
    "cat",
    "cow",
    "horse",
    "fox",
    "pig",
    "zebra",
    "dinosaur",
    "shark",
    "dragon",
    "knight",
    "robot",
    "alien",
    "skeleton",
    "sofa",
    "fridge",
    "toilet",
    "bathtub",
    "television",
    "laptop",
    "cactus",
    "bush",
    "pumpkin",
    "gravestone",
    "banner",
    "cannon",
    "pistol",
    "helmet",
    "crossbow",
    "spaceship",
    "airplane",
    "bicycle",
    "truck",
    "bus",
    "tank",
    "train",
    "castle",
    "church",
    "windmill",
    "igloo",
    "pyramid",
    "apple",
    "banana",
    "burger",
    "donut",
    "cake",
    "pizza",
    "candle",
    "lantern",
    "torch",
    "key",
    "book",
    "coin",
    "skull",
    "bucket",
    "campfire",
    "traffic-light",
    "fire-hydrant",
]
"""Things that no shape program makes."""
PROGRAMS = tuple(
    [
        "chair",
        "stool",
        "table",
        "bench",
        "bed",
        "shelf",
        "cabinet",
        "lamp",
        "cup",
        "bowl",
        "vase",
        "bottle",
        "barrel",
        "crate",
        "chest",
        "sword",
        "axe",
        "hammer",
        "shield",
        "house",
        "tower",
        "tree",
        "pine",
        "rock",
        "mushroom",
        "fence",
        "sign",
        "cart",
        "car",
        "boat",
    ]
)
"""Categories of the shape programs."""
WILD_COLOURS = set(
    [
        "dog",
        "cat",
        "dinosaur",
        "dragon",
        "robot",
        "sofa",
        "fridge",
        "bicycle",
        "truck",
        "bus",
        "banner",
        "bucket",
        "book",
    ]
)
"""Those that a colour is asked for; the others are as they are."""


@dataclass
class Request:
    """One mesh to ask the core for."""

    key: str
    params: dict[str, Any]
    noun: str
    """What is asked for."""
    judged: str | None
    """Class of the judge, None if it has none for it."""
    colour: str | None
    answer: dict[str, Any] = field(default_factory=dict)
    """What make-meshes.ts said."""


def judge_class(noun: str) -> str | None:
    """Gives the judge's class of a noun."""
    if noun in TABLE:
        return noun
    return next((name for name, nouns in TABLE.items() if noun in nouns), None)


def vocabulary_requests(
    categories: Sequence[str], source: str, each: int, size: dict[str, Any]
) -> list[Request]:
    """Gives `each` requests of every category of PROGRAMS: plain, with a colour, with colour and shape …;
    `size` are further parameters. The same number of a category asks for the same, whatever the others are.
    """
    random = np.random.default_rng(SEED)
    drawn = {category: list(random.permutation(COLOURS.get(category, PLAIN))) for category in PROGRAMS}
    made = []
    for category in categories:
        colours = drawn[category]
        for number in range(each):
            colour = str(colours[number % len(colours)]) if colours and number > 0 else None
            words = [ADJECTIVES.get(category, "")] if number % 2 == 0 and number > 0 else []
            noun = " ".join(word for word in [*words, colour or "", category] if word)
            prompt = f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
            if number == 3 and colour:
                prompt = f"{'an' if category[0] in 'aeiou' else 'a'} {category} painted {colour}"
            made.append(
                request(f"{source}-{category}-{number}", prompt, category, colour, source, number, size)
            )
    return made


def other_requests(count: int, size: dict[str, Any]) -> list[Request]:
    """Gives requests for things that only the library has."""
    random = np.random.default_rng(SEED + 1)
    made = []
    for number in range(count):
        noun = OTHERS[number % len(OTHERS)].replace("-", " ")
        colour = str(random.choice(PLAIN)) if noun in WILD_COLOURS else None
        words = " ".join(word for word in (colour, noun) if word)
        prompt = f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
        made.append(request(f"auto-other-{number}", prompt, noun, colour, "auto", number, size))
    return made


def request(
    key: str, prompt: str, noun: str, colour: str | None, source: str, seed: int, size: dict[str, Any]
) -> Request:
    """Gives a request."""
    params = {"prompt": prompt, "source": source, "seed": SEED + seed, "preview": {"every_steps": 0}, **size}
    return Request(key.replace(" ", "-"), params, noun, judge_class(noun), colour)


SHEET = (
    "a red wooden chair",
    "a round oak table",
    "a tall bookcase",
    "a blue sofa",
    "a small white cabinet",
    "a double bed",
    "a table lamp with a green shade",
    "a teal vase",
    "a stone bowl",
    "a yellow cup",
    "a green glass bottle",
    "a wooden barrel with iron hoops",
    "a wooden crate",
    "a treasure chest",
    "a long sword",
    "a battle axe",
    "a war hammer",
    "a red round shield",
    "a small house with a red roof",
    "a stone tower with a blue roof",
    "a tree in autumn",
    "a snowy pine",
    "a mossy rock",
    "a red mushroom",
    "a white picket fence",
    "a road sign",
    "a wooden cart",
    "a green car",
    "a police car",
    "a sailing ship",
    "a spaceship",
    "a pink bicycle",
    "a blue dog",
    "a zebra",
    "a purple dragon",
    "a wizard",
    "a robot",
    "a cactus in a pot",
    "a hamburger",
    "a chocolate cake",
    "an orange pumpkin",
    "a castle",
    "a windmill",
    "a helicopter",
    "a grand piano",
    "a guitar",
    "something to sit on",
    "a flying teapot",
)
"""Of the sample sheet, seed 1 each, source auto, none left out: chosen before the first was made."""
