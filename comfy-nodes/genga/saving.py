"""Files in ComfyUI's output folder: numbered as its own nodes number them, there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from .running import CheckInterrupt

# Nodes run side by side; the numbers of their files must not.
_saving = threading.Lock()


@contextlib.contextmanager
def reserving(check: CheckInterrupt) -> Iterator[list[Path]]:
    """Gives the list for `reserve`, one node at a time; what is on it is taken away if the node fails."""
    while not _saving.acquire(timeout=0.1):
        check()
    reserved: list[Path] = []
    try:
        yield reserved
    except BaseException:
        for path in reserved:
            path.unlink(missing_ok=True)
            _part(path).unlink(missing_ok=True)
        raise
    finally:
        _saving.release()


def reserve(folder: Path, name: str, counter: int, suffixes: Sequence[str], reserved: list[Path]) -> int:
    """Makes empty files of the first number that is free for all suffixes, for this node alone.

    Gives the number.
    """
    while True:
        paths: list[Path] = []
        try:
            for suffix in suffixes:
                path = folder / f"{name}_{counter:05}_.{suffix}"
                path.open("xb").close()
                paths.append(path)
        except FileExistsError:
            for path in paths:
                path.unlink()
            counter += 1
            continue
        reserved.extend(paths)
        return counter


def write_whole(path: Path, data: bytes) -> None:
    """Writes a reserved file at once."""
    part = _part(path)
    part.write_bytes(data)
    os.replace(part, path)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
