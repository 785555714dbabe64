"""What evaluate.py asks the product for: requests of the task `motion`, by purpose, and what must hold."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clips import Clip
from .motion import Motion, joints_of
from .skeleton import FPS, NAMES

SEED = 5000
PROMPTS_PER_ACTION = 2
PATH_SEEDS = 1
SECONDS = 4.0
MODES = ("hybrid", "generated")
LEFT_OUT = {"other", "composed"}
TURNS = (
    ("a person turns {side} on the spot", 4),
    ("someone turns around to the {side}", 4),
    ("a person walks forward and turns {side}", 6),
    ("a person walks in a circle to the {side}", 8),
    ("a man walks in a wide arc to the {side}", 6),
    ("a person runs in a circle to the {side}", 6),
)
SPEEDS = (
    ("a person walks {how} forward", ("slowly", "", "quickly")),
    ("someone walks forward {how}", ("slowly", "", "fast")),
    ("a person runs forward {how}", ("slowly", "", "fast")),
    ("a man strolls ahead {how}", ("leisurely", "", "briskly")),
)
SEEDS_OF_WORDS = 1
SHEET_PROMPTS = (
    ("a person walks forward", 5),
    ("a person walks in a circle to the left", 8),
    ("someone runs fast", 4),
    ("a person turns around to the right", 4),
    ("a man waves with the right hand", 4),
    ("a person sits down on a chair, then stands up", 6),
    ("someone jumps forward twice", 4),
    ("a person kicks high with the left leg", 4),
    ("a person dances salsa", 6),
    ("a person walks backward, then crouches down", 6),
    ("someone throws a ball with the right hand", 4),
    ("a person does squats", 5),
    ("someone sneaks", 5),
    ("a person picks something up from the floor", 4),
    ("a boxer throws punches", 4),
    ("someone falls down", 4),
)
"""Of the contact sheet, seed 1 each, none left out; twelve chosen before training began, four during it."""


PARAPHRASES = (
    ("somebody strolls ahead", "walk", ""),
    ("a lady wanders along slowly", "walk", ""),
    ("he paces backwards", "walk", "backward"),
    ("a girl dashes at full speed", "run", ""),
    ("the guy sprints", "run", ""),
    ("a boy hops up into the air", "jump", ""),
    ("she leaps forward", "jump", ""),
    ("a boxer strikes twice", "punch_fight", ""),
    ("a knight swings a sword", "sword_melee", ""),
    ("somebody takes a seat on a chair", "sit_stand", ""),
    ("he gets up from the chair", "sit_stand", ""),
    ("the figure tosses a ball overarm with the left arm", "throw", "left"),
    ("a man greets with the left hand", "wave_greet_cheer", "left"),
    ("she waves hello with her right hand", "wave_greet_cheer", "right"),
    ("a man performs push ups", "push_up_exercise", ""),
    ("somebody does a deep squat", "push_up_exercise", ""),
    ("a thief creeps along quietly", "crouch_crawl_sneak", ""),
    ("someone ducks down low", "crouch_crawl_sneak", ""),
    ("a soldier collapses dead on the ground", "fall_die_lie", ""),
    ("a fighter rolls to dodge", "roll_dodge", ""),
    ("a man fires a gun", "shoot_aim_magic", ""),
    ("somebody clambers up a ladder", "climb", ""),
    ("a man just stands and waits", "idle", ""),
    ("a speaker explains something with gestures", "talk_gesture", ""),
    ("a figure lifts an object from the floor", "pick_carry_use", ""),
    ("a guy carries a heavy box", "pick_carry_use", ""),
    ("she boots with the right foot", "kick", "right"),
    ("a low kick of the left leg", "kick", "left"),
    ("a woman moves to salsa music", "dance", ""),
    ("a ballerina performs a pirouette", "dance", ""),
    ("somebody pivots to the left without leaving the place", "turn", "left"),
    ("the figure spins all the way around to the right", "turn", "right"),
    ("he points at something with his right arm", "point", "right"),
)
"""Prompts in other words than the captions, the class that the clip must have, and its side or way."""


@dataclass
class Request:
    """One request and what it is for."""

    params: dict[str, Any]
    about: dict[str, Any] = field(default_factory=dict)
    """What the measure needs to know: kind, action, side …"""
    motion: Motion | None = None
    """What came back, at FPS."""
    origin: list[dict[str, Any]] = field(default_factory=list)


def params(prompt: str, seconds: float, seed: int, mode: str = "hybrid", **more: Any) -> dict[str, Any]:
    """Gives the parameters of a request with one segment."""
    segments = [{"prompt": prompt, "duration_s": seconds}]
    return {"segments": segments, "seed": seed, "mode": mode, **more, "output": {"fps": FPS}}


def action_requests(clips: list[Clip], vocabulary: list[dict[str, Any]]) -> list[Request]:
    """Asks for each class of action in both modes: captions of held-out clips first, then of the
    vocabulary.
    """
    said: dict[str, list[str]] = defaultdict(list)
    for clip in clips:
        if clip.held_out:
            usable = [caption for caption in clip.motion.captions if len(caption.split()) > 2]
            said[clip.motion.action] += [text for text in usable[:2] if " meters in " not in text]
    found = []
    for entry in vocabulary:
        action = entry["name"]
        if action in LEFT_OUT:
            continue
        texts = list(dict.fromkeys([*said[action], *entry["prompts"]]))[:PROMPTS_PER_ACTION]
        for number, text in enumerate(texts):
            for mode in MODES:
                about = {"kind": "action", "action": action, "mode": mode, "prompt": text}
                found.append(Request(params(text, SECONDS, SEED + number, mode), about))
    return found


def paraphrase_requests() -> list[Request]:
    """Asks for the nearest clip in other words."""
    return [
        Request(
            params(prompt, 3, SEED, "retrieved"),
            {"kind": "paraphrase", "prompt": prompt, "action": action, "side": side},
        )
        for prompt, action, side in PARAPHRASES
    ]


def unlocked(requests: list[Request]) -> list[Request]:
    """Asks every third of them without the foot lock."""
    return [
        Request({**one.params, "foot_lock": False}, {**one.about, "kind": "unlocked"})
        for one in requests
        if one.params["seed"] == SEED
    ]


def word_requests() -> list[Request]:
    """Asks for turns to both sides and for speeds."""
    found = []
    for mode in MODES:
        for number, (text, seconds) in enumerate(TURNS):
            for side in ("left", "right"):
                for seed in range(SEEDS_OF_WORDS):
                    about = {"kind": "turn", "mode": mode, "side": side}
                    prompt = text.format(side=side)
                    found.append(Request(params(prompt, seconds, SEED + 10 * number + seed, mode), about))
        for number, (text, words) in enumerate(SPEEDS):
            for seed in range(SEEDS_OF_WORDS):
                for rank, how in enumerate(words):
                    prompt = " ".join(text.format(how=how).split())
                    about = {"kind": "speed", "mode": mode, "rank": rank, "group": (number, seed)}
                    found.append(Request(params(prompt, 5, SEED + 50 + 10 * number + seed, mode), about))
    return found


def ways() -> dict[str, NDArray[np.floating]]:
    """Gives paths of 10 m, points [n, 2] of x and z."""
    turn = np.linspace(0, 2 * np.pi, 97)
    radius = 10 / (2 * np.pi)
    circle = np.stack([radius * (1 - np.cos(turn)), radius * np.sin(turn)], -1)
    eight = np.stack([np.sin(2 * turn) / 2, np.sin(turn)], -1)
    length = np.linalg.norm(np.diff(eight, axis=0), axis=-1).sum()
    return {
        "straight": np.array([[0.0, 0.0], [0.0, 10.0]]),
        "circle": circle,
        "figure 8": eight * 10 / length,
    }


def path_requests() -> list[Request]:
    """Asks for walks along paths of 10 m."""
    found = []
    for name, points in ways().items():
        for seed in range(PATH_SEEDS):
            for mode in MODES:
                path = {"points": [{"position": [round(float(v), 4) for v in point]} for point in points]}
                about = {"kind": "path", "way": name, "mode": mode, "points": points}
                found.append(
                    Request(params("a person walks forward", 8, SEED + 200 + seed, mode, path=path), about)
                )
    return found


def key_pose_requests(clips: list[Clip]) -> list[Request]:
    """Asks for poses of held-out clips at a second and a half and at the end."""
    held = [clip.motion for clip in clips if clip.held_out and len(clip.motion) >= 40]
    found = []
    for number, motion in enumerate(held[:: max(1, len(held) // 12)][:12]):
        keys, targets = [], []
        for frame, of, ahead in ((30, 0, 0.0), (79, len(motion) - 1, 0.6)):
            turns = motion.rotations[of][:, [1, 2, 3, 0]].astype(float).round(6).tolist()
            root = [0.0, round(float(motion.root[of, 1]), 4), ahead]
            turns_by_name = dict(zip(NAMES, turns, strict=True))
            keys.append({"time_s": frame / FPS, "root": root, "rotations": turns_by_name})
            targets.append((frame, *_posed(motion, of, root)))
        about = {"kind": "key_pose", "targets": targets, "mode": "hybrid"}
        found.append(Request(params(motion.captions[0], 4, SEED + 300 + number, key_poses=keys), about))
    return found


def _posed(motion: Motion, frame: int, root: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Gives turns [22, 4] and joints [22, 3] of the pose at the root's place."""
    one = Motion(np.array([root], np.float32), motion.rotations[frame : frame + 1])
    return one.rotations[0], joints_of(one)[0]


def seam_requests() -> list[Request]:
    """Asks for loops, and for several segments in a row."""
    found = []
    for mode in MODES:
        for number, prompt in enumerate(
            (
                "a person walks forward",
                "someone runs",
                "a person dances",
                "a person stands idle",
                "a man waves",
            )
        ):
            about = {"kind": "loop", "mode": mode}
            found.append(Request(params(prompt, 4, SEED + 400 + number, mode, loop=True), about))
        for number, prompts in enumerate(
            (
                ("a person walks forward", "a person sits down", "a person stands up"),
                ("someone runs", "a person walks slowly", "a person stops and waves"),
                ("a person kicks with the left leg", "a person jumps", "a person crouches down"),
                ("a person turns left on the spot", "a person walks forward", "a person picks something up"),
            )
        ):
            segments = [{"prompt": prompt, "duration_s": 3} for prompt in prompts]
            about = {"kind": "stitch", "mode": mode, "frames": [60, 120]}
            asked = params("", 1, SEED + 500 + number, mode) | {"segments": segments}
            found.append(Request(asked, about))
    return found


def sheet_requests() -> list[Request]:
    """Asks for the contact sheet."""
    return [
        Request(params(prompt, seconds, 1), {"kind": "sheet", "prompt": prompt})
        for prompt, seconds in SHEET_PROMPTS
    ]
