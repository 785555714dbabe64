"""Finds the core that runs on this machine: its port and its token."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from .errors import GengaError

START_REMEDY = "Start it with `genga serve`."


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a core listens, and the token that it wants."""

    url: str
    """For instance ws://127.0.0.1:7860/."""
    token: str | None


def default_home(
    environ: Mapping[str, str] = os.environ, platform: str = sys.platform, user_home: Path | None = None
) -> Path:
    """Gives the folder that holds the core's state: `GENGA_HOME`, else the platform's data folder.

    The folders are those of the npm package env-paths, which the core uses.
    """
    if environ.get("GENGA_HOME"):
        return Path(environ["GENGA_HOME"])
    home = user_home or Path.home()
    if platform == "darwin":
        return home / "Library" / "Application Support" / "genga"
    if platform == "win32":
        local = environ.get("LOCALAPPDATA")
        return (Path(local) if local else home / "AppData" / "Local") / "genga" / "Data"
    data = environ.get("XDG_DATA_HOME")
    return (Path(data) if data else home / ".local" / "share") / "genga"


def find_core(home: Path, environ: Mapping[str, str] = os.environ) -> Endpoint:
    """Reads `run/core.json` in the core's state folder.

    Raises GengaError CORE_NOT_RUNNING if there is none, UNAUTHORIZED if the token file cannot be read.
    """
    path = home / "run" / "core.json"
    try:
        described: object = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _not_running(f"No core is running: {path} is not there.") from None
    except (OSError, ValueError) as error:
        raise _not_running(f"{path} cannot be read: {error}.") from error
    facts = cast("dict[str, Any]", described) if isinstance(described, dict) else {}
    port = facts.get("port")
    if not isinstance(port, int) or not 0 < port < 65536:
        raise _not_running(f"{path} names no port between 1 and 65535, but {port!r}.")
    host = facts.get("host")
    url = _url(host if isinstance(host, str) else "127.0.0.1", port)
    return Endpoint(url=url, token=_token(home, facts, environ))


def _not_running(message: str) -> GengaError:
    return GengaError("CORE_NOT_RUNNING", message, remedy=START_REMEDY)


def _url(host: str, port: int) -> str:
    # A core that listens on every address is reached through loopback.
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"ws://[{reachable}]:{port}/" if ":" in reachable else f"ws://{reachable}:{port}/"


def _token(home: Path, facts: dict[str, Any], environ: Mapping[str, str]) -> str | None:
    if environ.get("GENGA_TOKEN"):
        return environ["GENGA_TOKEN"]
    token_file = facts.get("token_file")
    if not isinstance(token_file, str):
        return None
    try:
        return (home / token_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise GengaError(
            "UNAUTHORIZED",
            f"The core's token file {token_file} cannot be read: {error.strerror}.",
            remedy="Run as the user who started the core, or set GENGA_TOKEN.",
        ) from error
