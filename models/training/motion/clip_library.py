"""Writes the clip library of a bundle: library.json, which says what is in it, and library.bin, the
numbers.

The layout is described in README.md ("Clip library").
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .motion import Motion, contacts_of, joints_of
from .rotations import Array, continuous
from .skeleton import FPS, NAMES

FORMAT = "genga.clips.v1"
INDEX, DATA = "library.json", "library.bin"
QUANTUM = 32767
"""Quaternions are stored as int16, 1 = this."""
ALIGNMENT = 16
"""Every block of library.bin starts at a multiple of this many bytes."""


@dataclass(frozen=True)
class LibraryClip:
    """A clip of the library with where it comes from."""

    motion: Motion
    licence: str
    source: str
    sha256: str = ""
    """Of the file that it was read from; empty for motions of the procedural generator."""
    loop: bool = False
    """Whether it is a cycle: the end runs into the start."""


@dataclass
class CaptionRow:
    """One way to ask for a clip; `mirror` asks for the clip mirrored (left and right change places)."""

    clip: int
    caption: str
    mirror: bool = False


@dataclass
class Library:
    """What stands in a library, as read from its files."""

    index: dict[str, Any]
    motions: list[Motion]
    embeddings: Array
    """[rows, embedding_dim]."""
    contacts: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 4), bool))
    """[frames, 4], all clips in a row."""


def write_library(
    folder: Path, clips: list[LibraryClip], rows: list[CaptionRow], embeddings: NDArray[np.floating]
) -> dict[str, Any]:
    """Writes the two files and gives the manifest's `library` entry.

    embeddings: [len(rows), dim] of the retriever, unit length. Raises ValueError if a motion is not at
    FPS's frames or a row names no clip.
    """
    if len(embeddings) != len(rows):
        raise ValueError(f"{len(embeddings)} embeddings for {len(rows)} captions; expected one each.")
    items, offset = [], 0
    for clip in clips:
        motion = clip.motion
        items.append(
            {
                "id": motion.source,
                "action": motion.action,
                "captions": list(motion.captions),
                "frames": len(motion),
                "offset": offset,
                "loop": clip.loop,
                "licence": clip.licence,
                "source": clip.source,
                **({"sha256": clip.sha256} if clip.sha256 else {}),
            }
        )
        offset += len(motion)
    root = np.concatenate([clip.motion.root for clip in clips]).astype("<f4")
    turns = np.concatenate([continuous(clip.motion.rotations) for clip in clips])[..., [1, 2, 3, 0]]
    standing = np.concatenate([contacts_of(joints_of(clip.motion)) for clip in clips])
    blocks = {
        "root": root,
        "rotations": np.round(turns * QUANTUM).astype("<i2"),
        "contacts": standing.astype(np.uint8),
        "embeddings": np.ascontiguousarray(embeddings, "<f4"),
    }
    data, places = bytearray(), {}
    for name, block in blocks.items():
        data += bytes(-len(data) % ALIGNMENT)
        dtype = {"<f4": "float32", "<i2": "int16", "|u1": "uint8"}[block.dtype.str]
        places[name] = {"offset_bytes": len(data), "dtype": dtype, "shape": list(block.shape)}
        data += block.tobytes()
    index = {
        "format": FORMAT,
        "fps": FPS,
        "joints": list(NAMES),
        "embedding_dim": int(embeddings.shape[1]),
        "blocks": places,
        "clips": items,
        "captions_embedded": [
            {"clip": row.clip, "caption": row.caption, "mirror": row.mirror} for row in rows
        ],
    }
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":")).replace('{"id"', '\n{"id"')
    (folder / INDEX).write_text(text + "\n", encoding="utf-8")
    (folder / DATA).write_bytes(bytes(data))
    return {"index": described(folder / INDEX), "data": described(folder / DATA)}


def described(file: Path) -> dict[str, Any]:
    """Gives name, SHA-256 and size of a file of the bundle."""
    content = file.read_bytes()
    return {"file": file.name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def read_library(folder: Path) -> Library:
    """Reads a library back."""
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    if index["format"] != FORMAT:
        raise ValueError(f"{folder / INDEX} has format {index['format']!r}; expected {FORMAT!r}.")
    data = (folder / DATA).read_bytes()

    def block(name: str) -> np.ndarray:
        place = index["blocks"][name]
        dtype = np.dtype(place["dtype"]).newbyteorder("<")
        count = int(np.prod(place["shape"]))
        return np.frombuffer(data, dtype, count, place["offset_bytes"]).reshape(place["shape"])

    root, turns = block("root"), block("rotations").astype(np.float32)[..., [3, 0, 1, 2]]
    turns /= np.linalg.norm(turns, axis=-1, keepdims=True)
    motions = []
    for item in index["clips"]:
        part = slice(item["offset"], item["offset"] + item["frames"])
        motions.append(
            Motion(root[part], turns[part], tuple(item["captions"]), item["action"], item["id"], item["id"])
        )
    return Library(index, motions, block("embeddings"), block("contacts").astype(bool))
