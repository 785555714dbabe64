"""Files that a command writes."""

from __future__ import annotations

from pathlib import Path

from genga_client import GengaError

from ..animation.frame_state import write_frame


def write_file(file: Path, data: bytes) -> None:
    """Writes a file at once and whole. Raises GengaError STORAGE_FULL."""
    try:
        write_frame(file, data)
    except OSError as error:
        raise GengaError(
            "STORAGE_FULL",
            f"{file} cannot be written: {error.strerror or error}.",
            remedy="Choose another folder.",
        ) from error


def write_signed(file: Path, data: bytes, sidecar: bytes | None) -> None:
    """Writes a file as the core signed it, its credential beside it. Raises GengaError STORAGE_FULL."""
    write_file(file, data)
    if sidecar is not None:
        write_file(file.with_name(f"{file.name}.c2pa"), sidecar)
