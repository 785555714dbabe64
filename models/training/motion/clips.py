"""Reads recorded clips: a folder with `clips.jsonl`, `motions.npz` and `skeleton.json`.

`motions.npz`: `root` float32 [frames, 3], `rot_q16` int16 [frames, 22, 4] (32767 × w x y z, joint 0 in the
world, others in their parent), `offsets` int [clips + 1]. `clips.jsonl`, a line a clip: clip, group,
action, captions, licence, source_repo, source_path. The skeleton has to be the project's own (skeleton.py),
20 frames a second. Of a clip with a jump only the longest part without one is taken.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .motion import Motion
from .rotations import continuous
from .skeleton import FPS, NAMES, OFFSETS, PARENTS
from .unbroken import unbroken

HELD_OUT_SHARE = 0.12
NAMED_AFTER_THE_PLACE = {"playground - forward jumps": "jump", "basketball - dribble, shoot": "sport"}
"""Words of a recording's name → its class: the playground stood under climb, the ball under guns."""


@dataclass(frozen=True)
class Clip:
    """One recorded clip with where it comes from."""

    motion: Motion
    licence: str
    source: str
    """Repository and path of the recording."""
    repository: str = ""
    sha256: str = ""
    """Of the recording's file, as provenance.csv says; empty where the folder has none."""
    loop: bool = False
    """Whether it is a cycle that was repeated."""

    @property
    def held_out(self) -> bool:
        """Whether the clip's group is kept for evaluation; by the hash of its name."""
        digest = hashlib.sha256(self.motion.group.encode()).hexdigest()
        return int(digest[:8], 16) / 2**32 < HELD_OUT_SHARE


def read_clips(folder: Path) -> list[Clip]:
    """Reads all clips of a folder.

    Raises ValueError if the skeleton is another one.
    """
    skeleton = json.loads((folder / "skeleton.json").read_text())
    same = tuple(skeleton["names"]) == NAMES and tuple(skeleton["parents"]) == PARENTS
    if not same or not np.allclose(skeleton["offsets_m"], OFFSETS, atol=1e-5) or skeleton["fps"] != FPS:
        raise ValueError(
            f"{folder / 'skeleton.json'}: not the project's skeleton (skeleton.py) at {FPS} frames a second."
        )
    with np.load(folder / "motions.npz") as arrays:
        root, packed, offsets = arrays["root"], arrays["rot_q16"], arrays["offsets"]
    rotations = packed.astype(np.float32) / 32767
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    hashes = _hashes(folder / "provenance.csv")
    clips = []
    for line, first, last in zip(
        (folder / "clips.jsonl").read_text().splitlines(), offsets[:-1], offsets[1:], strict=True
    ):
        item = json.loads(line)
        motion = Motion(
            root[first:last].astype(np.float32),
            continuous(rotations[first:last]),
            tuple(dict.fromkeys(item["captions"])),
            _action(item["action"], item["captions"]),
            item["clip"],
            item["group"],
        )
        repository = item["source_repo"]
        source, loop = f"{repository}/{item['source_path']}", item.get("loop_tiled", 1) > 1
        sha256 = hashes.get(item["clip"], "")
        whole = unbroken(motion)
        clips.append(Clip(whole, item["licence"], source, repository, sha256, loop and whole is motion))
    return clips


def _action(action: str, captions: list[str]) -> str:
    """Gives the class of a clip; a few are named after the place where they were recorded."""
    for words, better in NAMED_AFTER_THE_PLACE.items():
        if captions and words in captions[0].lower():
            return better
    return action


def _hashes(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    with file.open(newline="", encoding="utf-8") as rows:
        return {row["clip"]: row["source_sha256"] for row in csv.DictReader(rows)}


def speed_words(motion: Motion, rate: float) -> tuple[str, ...]:
    """Gives the captions of a motion played at a rate: a strong change is said."""
    if rate > 1.3:
        return tuple(f"{caption} quickly" for caption in motion.captions)
    if rate < 0.75:
        return tuple(f"{caption} slowly" for caption in motion.captions)
    return motion.captions
