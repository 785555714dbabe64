"""Files in ComfyUI's output folder: numbered as its own nodes number them, there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import folder_paths

from .running import CheckInterrupt
from .signed_file import SignedFile

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


def save_signed(
    items: Sequence[Mapping[str, SignedFile]], filename_prefix: str, check: CheckInterrupt
) -> list[tuple[Path, str]]:
    """Saves the files of each item, by their ending, with the credentials that stand beside them as `.c2pa`.

    Gives where they are and the folder below ComfyUI's output folder.
    """
    folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(
        filename_prefix, folder_paths.get_output_directory()
    )
    saved: list[tuple[Path, str]] = []
    with reserving(check) as reserved:
        for index, files in enumerate(items):
            name = stem.replace("%batch_num%", str(index))
            beside = [f"{suffix}.c2pa" for suffix, file in files.items() if file.sidecar is not None]
            counter = reserve(Path(folder), name, counter, [*files, *beside], reserved)
            base = Path(folder) / f"{name}_{counter:05}_"
            for suffix, file in files.items():
                path = base.with_name(f"{base.name}.{suffix}")
                if file.sidecar is not None:
                    write_whole(path.with_name(f"{path.name}.c2pa"), file.sidecar)
                write_whole(path, file.data)
                saved.append((path, subfolder))
            counter += 1
    return saved


def saved_paths(saved: Sequence[tuple[Path, str]]) -> str:
    """Gives the text that other nodes find saved files by, one line each."""
    return "\n".join(f"{Path(folder) / path.name} [output]" for path, folder in saved)


def saved_ui(saved: Sequence[tuple[Path, str]]) -> dict[str, Any]:
    """Gives what ComfyUI keeps of saved files in its history."""
    shown = [{"filename": path.name, "subfolder": folder, "type": "output"} for path, folder in saved]
    return {"genga_files": shown}


def write_whole(path: Path, data: bytes) -> None:
    """Writes a reserved file at once."""
    part = _part(path)
    part.write_bytes(data)
    os.replace(part, path)


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")
