"""Finds what a core is started with: its folder and the Node program."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genga_client import GengaError

from ..core_settings import CoreSettings

SCRIPT = Path("core") / "bin" / "genga.js"
LEAST_NODE = (20, 19)
GET_NODE = "Install Node 22 LTS from nodejs.org, or name the program in the add-on's preferences."


@dataclass(frozen=True)
class Program:
    """What `genga serve` is started with."""

    folder: Path
    script: Path
    node: Path


def find_program(settings: CoreSettings) -> Program:
    """Finds folder and Node: as the preferences say, else as the core noted at its last start.

    Raises GengaError CORE_NOT_RUNNING or CONFIG_INVALID, saying what is missing and where it was looked for.
    """
    noted: dict[str, Any] = {}
    if settings.location == "folder":
        folder = settings.folder
        if folder is None:
            raise GengaError(
                "CONFIG_INVALID",
                "No folder of Genga is named.",
                remedy="Choose the folder that holds core/bin/genga.js in the add-on's preferences.",
            )
    else:
        noted = read_installation(settings.home_folder)
        folder = Path(noted["folder"])
    script = folder / SCRIPT
    if not script.is_file():
        raise GengaError(
            "CONFIG_INVALID",
            f"There is no Genga in {folder}: {SCRIPT.as_posix()} is missing.",
            remedy="Choose the folder of Genga in the add-on's preferences.",
        )
    if not (folder / "dist" / "genga.js").is_file() or not (folder / "node_modules").is_dir():
        raise GengaError(
            "CORE_NOT_RUNNING",
            f"Genga in {folder} is not ready: it was not installed or built yet.",
            remedy="Run `npm run demo` there once.",
        )
    return Program(folder, script, find_node(settings.node, noted.get("node")))


def read_installation(home: Path) -> dict[str, Any]:
    """Reads `installed.json`, which a core leaves at its start: folder and Node program.

    Raises GengaError CORE_NOT_RUNNING if no core ever ran for this home, or its folder is gone.
    """
    path = home / "installed.json"
    remedy = (
        "Run `npm run demo` once in the folder of Genga, or choose that folder in the add-on's preferences."
    )
    try:
        noted: Any = json.loads(path.read_text(encoding="utf-8"))
        folder = noted["folder"]
        if not isinstance(folder, str):
            raise TypeError
    except FileNotFoundError:
        raise GengaError(
            "CORE_NOT_RUNNING", "No core is running, and none was ever started here.", remedy=remedy
        ) from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise GengaError("CORE_NOT_RUNNING", f"{path} cannot be read: {error}.", remedy=remedy) from error
    if not Path(folder).is_dir():
        raise GengaError(
            "CORE_NOT_RUNNING", f"Genga was in {folder}, and that folder is gone.", remedy=remedy
        )
    return noted


def find_node(named: Path | None, noted: object = None) -> Path:
    """Gives a Node program that is new enough: the named one, else the noted one, else the first found.

    Raises GengaError CONFIG_INVALID if the named one is none, CORE_NOT_RUNNING if none is found.
    """
    if named is not None:
        version = version_of(named)
        if version is None:
            raise GengaError(
                "CONFIG_INVALID", f"{named} is no Node program that can be run.", remedy=GET_NODE
            )
        if version < LEAST_NODE:
            raise GengaError("CONFIG_INVALID", _too_old(named, version), remedy=GET_NODE)
        return named
    old: str | None = None
    for candidate in candidates(noted):
        version = version_of(candidate)
        if version is None:
            continue
        if version >= LEAST_NODE:
            return candidate
        old = old or _too_old(candidate, version)
    looked = "It was looked for on PATH and in the usual places of installers."
    raise GengaError("CORE_NOT_RUNNING", old or f"The Node program was not found. {looked}", remedy=GET_NODE)


def candidates(noted: object = None) -> Iterator[Path]:
    """Yields Node programs that exist: the noted one, that on PATH, those of installers and managers."""
    seen: set[Path] = set()
    for path in _places(noted):
        if path not in seen and path.is_file():
            seen.add(path)
            yield path


def _places(noted: object) -> Iterator[Path]:
    if isinstance(noted, str):
        yield Path(noted)
    if on_path := shutil.which("node"):
        yield Path(on_path)
    home = Path.home()
    if sys.platform == "win32":
        for variable in ("ProgramFiles", "ProgramW6432", "LOCALAPPDATA"):
            if folder := os.environ.get(variable):
                base = Path(folder) / "Programs" if variable == "LOCALAPPDATA" else Path(folder)
                yield base / "nodejs" / "node.exe"
        if folder := os.environ.get("APPDATA"):
            yield from _newest_first(Path(folder) / "nvm", "*/node.exe")
            yield from _newest_first(Path(folder) / "fnm" / "node-versions", "*/installation/node.exe")
        yield from _newest_first(home / "scoop" / "apps" / "nodejs", "*/node.exe")
        return
    for folder in ("/usr/local/bin", "/opt/homebrew/bin", "/usr/bin", "/opt/local/bin", "/snap/bin"):
        yield Path(folder) / "node"
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    yield from _newest_first(home / ".nvm" / "versions" / "node", "*/bin/node")
    for base in (data, home / "Library" / "Application Support"):
        yield from _newest_first(base / "fnm" / "node-versions", "*/installation/bin/node")
    yield home / ".volta" / "bin" / "node"
    yield from _newest_first(data / "mise" / "installs" / "node", "*/bin/node")
    yield from _newest_first(home / ".asdf" / "installs" / "nodejs", "*/bin/node")
    yield home / ".local" / "bin" / "node"


def _newest_first(folder: Path, pattern: str) -> list[Path]:
    def version(path: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", path.relative_to(folder).parts[0])]

    return sorted(folder.glob(pattern), key=version, reverse=True) if folder.is_dir() else []


def version_of(node: Path) -> tuple[int, ...] | None:
    """Asks a program for its version; None if it is no Node."""
    hidden: dict[str, Any] = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
    try:
        done = subprocess.run(
            [str(node), "--version"], capture_output=True, text=True, timeout=15, check=False, **hidden
        )
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    found = re.match(r"v(\d+)\.(\d+)\.(\d+)", done.stdout)
    return tuple(int(part) for part in found.groups()) if found else None


def _too_old(node: Path, version: tuple[int, ...]) -> str:
    needed = ".".join(str(part) for part in LEAST_NODE)
    return f"{node} is Node {'.'.join(str(part) for part in version)}; Genga needs {needed} or newer."
