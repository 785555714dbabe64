"""Other words for the words of the captions, in our own choice, so that prompts need not hit the exact
one.
"""

from __future__ import annotations

import re

import numpy as np

ALIKE = (
    "walks strolls strides ambles paces wanders",
    "walking strolling striding ambling pacing",
    "walk stroll stride amble",
    "runs sprints dashes races",
    "running sprinting dashing racing",
    "run sprint dash race",
    "jogs trots lopes",
    "jumps leaps hops springs",
    "jumping leaping hopping springing",
    "jump leap hop",
    "turns rotates pivots spins",
    "turning rotating pivoting",
    "kicks boots",
    "punches hits strikes jabs",
    "punching hitting striking boxing",
    "throws tosses hurls pitches",
    "waves gestures greets",
    "crouches ducks squats",
    "sneaks creeps prowls",
    "sits seats",
    "dances grooves",
    "dancing grooving",
    "falls collapses drops tumbles",
    "climbs clambers ascends",
    "picks lifts grabs takes",
    "carries holds transports",
    "quickly fast rapidly swiftly hurriedly briskly",
    "slowly leisurely gently calmly",
    "happily cheerfully joyfully",
    "sadly wearily tiredly",
    "angrily furiously",
    "person someone human figure character man woman guy girl boy",
    "backward backwards",
    "forward forwards ahead",
    "stands stays waits",
    "stops halts",
    "circle ring loop",
)
"""Each line: words that may stand for each other."""
GROUPS = {word: [w for w in line.split() if w != word] for line in ALIKE for word in line.split()}
ARTICLES = {"a", "an", "the"}


def varied(caption: str, rng: np.random.Generator, share: float = 0.25) -> str:
    """Gives the caption as somebody else might write it: some words exchanged, articles or the subject left
    out.
    """
    words = re.findall(r"[a-z0-9'-]+|,", caption.lower())
    if rng.random() < 0.25 and len(words) > 2 and words[0] in ARTICLES and words[1] in GROUPS:
        words = words[2:]
    chosen = []
    for word in words:
        if word in GROUPS and rng.random() < share:
            word = str(rng.choice(GROUPS[word]))
        if word in ARTICLES and rng.random() < 0.15:
            continue
        chosen.append(word)
    return " ".join(chosen).replace(" ,", ",")
