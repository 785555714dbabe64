"""File names of frames, by the rules of Blender's output path. Free of `bpy`."""

from __future__ import annotations

import re
from pathlib import Path

EXTENSIONS = {"image/png": ".png", "image/webp": ".webp", "image/jpeg": ".jpg"}


def frame_file(pattern: str, frame: int, mime: str) -> Path:
    """Gives the file of a frame: the last run of `#` becomes its number with at least so many digits.

    As in Blender, a name without `#` gets four digits at its end, and an extension if that is missing.
    """
    extension = EXTENSIONS[mime]
    stem, given = _split(pattern, extension)
    if "#" not in stem.replace("\\", "/").rsplit("/", 1)[-1]:
        stem += "####"
    sign = "-" if frame < 0 else ""

    def number(match: re.Match[str]) -> str:
        return sign + str(abs(frame)).zfill(len(match[0]))

    folder, slash, name = stem.replace("\\", "/").rpartition("/")
    *head, last = re.split(r"(?=#+[^#]*$)", name, maxsplit=1)
    return Path(folder + slash + "".join(head) + re.sub(r"#+", number, last, count=1) + given)


def state_file(pattern: str) -> Path:
    """Gives the file that remembers the frames: `frame_####` has `frame.genga.json` beside it."""
    folder, _, name = pattern.replace("\\", "/").rpartition("/")
    stem = re.sub(r"\.(png|webp|jpe?g)$", "", name, flags=re.IGNORECASE)
    stem = re.sub(r"#+", "", stem).strip("_-. ") or "frames"
    return Path(folder or ".") / f"{stem}.genga.json"


def _split(pattern: str, extension: str) -> tuple[str, str]:
    found = re.search(r"\.(png|webp|jpe?g)$", pattern, flags=re.IGNORECASE)
    return (pattern[: found.start()], extension) if found else (pattern, extension)
