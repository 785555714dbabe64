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
MORE_ALIKE = (
    "waits pauses lingers idles",
    "attacks assaults",
    "fights battles brawls combats",
    "sword blade saber katana",
    "gun pistol rifle",
    "ball football basketball",
    "floor ground earth",
    "chair seat stool bench",
    "box crate parcel",
    "object thing item",
    "staggers stumbles lurches",
    "dodges evades ducks",
    "rolls tumbles somersaults",
    "shoots fires",
    "talks speaks chats converses",
    "gestures signals gesticulates",
    "points indicates",
    "claps applauds",
    "bows curtsies",
    "cheers celebrates rejoices",
    "stretches extends",
    "kneels genuflects",
    "swims floats paddles",
    "marches parades",
    "ballet pirouette arabesque",
    "dancer ballerina",
    "ladder rope wall",
    "looks gazes peers",
    "dead lifeless killed",
    "sneakily stealthily quietly",
    "proudly confidently",
    "spins twirls whirls",
    "steps paces treads",
)
PEOPLE = (
    "a person",
    "someone",
    "somebody",
    "a man",
    "a woman",
    "he",
    "she",
    "the figure",
    "a boy",
    "a girl",
    "a guy",
    "a lady",
    "the character",
    "a soldier",
    "a dancer",
    "a hero",
    "an actor",
    "a kid",
    "they",
    "the player",
    "an old man",
)
"""Who may do it; the captions' own subjects say nothing of the motion."""
FILLERS = (
    "just",
    "then",
    "now",
    "simply",
    "only",
    "again",
    "carefully",
    "suddenly",
    "a bit",
    "for a while",
    "there",
)
"""Words that change nothing of what is asked for, in a prompt as people write it."""
PHRASES = (
    ("on the spot", "in place"),
    ("in place", "without moving away"),
    ("slowly", "at a slow pace"),
    ("fast", "at high speed"),
    ("quickly", "in a hurry"),
    ("stands up", "gets up"),
    ("sits down", "takes a seat"),
    ("jumps", "takes a leap"),
    ("kicks", "gives a kick"),
    ("punches", "throws a punch"),
    ("waves", "says hello"),
    ("falls down", "drops to the floor"),
    ("picks something up", "takes something from the floor"),
    ("stands still", "does nothing"),
    ("stands idle", "waits around"),
    ("dances", "moves to music"),
    ("runs", "goes running"),
    ("walks", "goes on foot"),
)
"""Wordings of several words that may stand for each other."""


def _groups(lines: tuple[str, ...]) -> dict[str, list[str]]:
    return {word: [w for w in line.split() if w != word] for line in lines for word in line.split()}


GROUPS = _groups(ALIKE)
"""Words of the generator's texts."""
ALL_GROUPS = {**_groups(MORE_ALIKE), **GROUPS}
"""Words of the search, also those that are only near to each other."""
ARTICLES = {"a", "an", "the"}


SUBJECT = re.compile(r"^(?:(?:a|an|the) (?:person|man|woman|human|figure|character)|someone|somebody) ")


def reworded(caption: str, rng: np.random.Generator) -> str:
    """Gives the caption as a user might ask for it: another subject, other phrases, words that mean nothing.

    For the search, which has to hear through them; the generator's texts stay nearer to the captions.
    """
    text = caption.lower()
    for old, new in PHRASES:
        if old in text and rng.random() < 0.3:
            text = text.replace(old, new, 1)
    if rng.random() < 0.5:
        text = SUBJECT.sub("", text)
        if rng.random() < 0.7:
            text = f"{rng.choice(PEOPLE)} {text}"
    if rng.random() < 0.25:
        words = text.split()
        at = int(rng.integers(len(words) + 1))
        text = " ".join([*words[:at], str(rng.choice(FILLERS)), *words[at:]])
    return varied(text, rng, 0.4, ALL_GROUPS)


def varied(
    caption: str,
    rng: np.random.Generator,
    share: float = 0.25,
    groups: dict[str, list[str]] = GROUPS,
) -> str:
    """Gives the caption as somebody else might write it: some words exchanged, articles or the subject left
    out.
    """
    words = re.findall(r"[a-z0-9'-]+|,", caption.lower())
    if rng.random() < 0.25 and len(words) > 2 and words[0] in ARTICLES and words[1] in groups:
        words = words[2:]
    chosen = []
    for word in words:
        if word in groups and rng.random() < share:
            word = str(rng.choice(groups[word]))
        if word in ARTICLES and rng.random() < 0.15:
            continue
        chosen.append(word)
    return " ".join(chosen).replace(" ,", ",")
