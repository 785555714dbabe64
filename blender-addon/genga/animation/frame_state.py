"""What is remembered of the frames of an image sequence, in a file beside them. Free of `bpy`."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from genga_client import GengaError

Standing = Literal["missing", "same", "changed", "edited", "foreign"]
"""missing: no file. same: made by the same request. changed: made by another request. edited: not the bytes
that were written. foreign: not made here."""


@dataclass(frozen=True, kw_only=True)
class FrameEntry:
    """One frame that was made, or tried."""

    file: str = ""
    """Name in the folder."""
    sha256: str = ""
    """Of the file as it is written; remembered before that, so that it is known whenever the program ends."""
    replaces_sha256: str = ""
    """Of the file that was there before; it is still there if the program ended before the write."""
    request_sha256: str = ""
    """Of the request that made it."""
    job_id: str = ""
    seed: int = 0
    attempt: int = 0
    """Counts failures, so that a job that failed is not found again."""


class FrameState:
    """The remembered frames of one sequence; written to disk after each change, whole or not at all."""

    def __init__(self, path: Path) -> None:
        """Reads the file if it is there. Raises GengaError INVALID_REQUEST if it is not ours."""
        self.path = path
        self.frames: dict[int, FrameEntry] = {}
        try:
            held: Any = json.loads(path.read_text(encoding="utf-8"))
            self.frames = {int(number): FrameEntry(**entry) for number, entry in held["frames"].items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise GengaError(
                "INVALID_REQUEST",
                f"{path.name} cannot be read, so nobody can tell which frames are there: {error}.",
                remedy="Remove the file to make all frames again, or choose another folder.",
            ) from error

    def entry(self, frame: int) -> FrameEntry:
        """Gives what is remembered of a frame."""
        return self.frames.get(frame, FrameEntry())

    def made(self, frame: int, file: Path) -> bool:
        """Whether a file of this name was written for the frame."""
        entry = self.entry(frame)
        return bool(entry.sha256) and entry.file == file.name

    def standing(self, frame: int, file: Path, request_sha256: str) -> Standing:
        """Tells how the file of a frame stands to the request that would make it now."""
        entry = self.entry(frame)
        try:
            found = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError:
            return "missing"
        if not self.made(frame, file):
            return "foreign"
        if found != entry.sha256:
            return "changed" if found == entry.replaces_sha256 else "edited"
        return "same" if entry.request_sha256 == request_sha256 else "changed"

    def keep(self, frame: int, entry: FrameEntry) -> None:
        """Remembers a frame. Raises OSError."""
        self.frames[frame] = entry
        held = {
            "version": 1,
            "frames": {str(number): asdict(self.frames[number]) for number in sorted(self.frames)},
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(self.path.name + ".part")
        part.write_text(json.dumps(held, indent=1) + "\n", encoding="utf-8")
        os.replace(part, self.path)


def request_hash(params: dict[str, Any], bundle_version: str) -> str:
    """Gives the hash of everything that decides the pixels: parameters, hashes of files, bundle version."""
    text = json.dumps([bundle_version, params], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_frame(file: Path, data: bytes) -> None:
    """Writes a file whole or not at all. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(file.name + ".part")
    part.write_bytes(data)
    os.replace(part, file)
