"""SHA-256 of model files, computed once: a checkpoint of 7 GB takes some ten seconds."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from pathlib import Path

from .running import CheckInterrupt
from .settings import settings_file

_CHUNK = 8 * 1024 * 1024
_lock = threading.Lock()
_held: dict[str, str] | None = None


def file_sha256(path: Path, check: CheckInterrupt) -> str:
    """Gives the hash of a file; of one whose path, size and time of change are known, without reading it.

    Raises OSError if the file cannot be read, and what `check` raises, between 8 MiB and the next.
    """
    real = path.resolve()
    stat = real.stat()
    key = f"{real}|{stat.st_mtime_ns}|{stat.st_size}"
    known = _load().get(key)
    if known is not None:
        return known
    digest = hashlib.sha256()
    with real.open("rb") as file:
        while chunk := file.read(_CHUNK):
            check()
            digest.update(chunk)
    found = digest.hexdigest()
    _keep(key, found)
    return found


def _file() -> Path:
    return settings_file().with_name("model-hashes.json")


def _load() -> dict[str, str]:
    global _held
    with _lock:
        if _held is None:
            try:
                held = json.loads(_file().read_text(encoding="utf-8"))
                _held = {str(key): str(value) for key, value in held.items()}
            except (OSError, ValueError, AttributeError):
                _held = {}  # not there yet, or damaged: it is only a shortcut
        return _held


def _keep(key: str, sha256: str) -> None:
    held = _load()
    with _lock:
        prefix = key.split("|")[0] + "|"
        for old in [name for name in held if name.startswith(prefix)]:
            del held[old]
        held[key] = sha256
        part = _file().with_suffix(".part")
        # Without it the next start computes the hash again.
        with contextlib.suppress(OSError):
            part.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(held, indent=1), encoding="utf-8")
            os.replace(part, _file())
