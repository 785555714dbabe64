"""Settings of the pack: a file on ComfyUI's machine. They never go into a workflow, picture or browser."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import folder_paths
from genga_client import GengaError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the pack was told about the core."""

    url: str | None = None
    """Address of the core, for instance ws://127.0.0.1:7860/. None = the core that runs on this machine."""
    token: str | None = None
    """Token for that address. None = GENGA_TOKEN, else the token file of the core on this machine."""
    prompt_privacy: bool = False
    """Whether prompts and workflows stay out of every file that the pack saves and has signed."""


def settings_file() -> Path:
    """Gives the file that holds the settings, in a folder of ComfyUI's that it serves to nobody."""
    if hasattr(folder_paths, "get_system_user_directory"):
        return Path(folder_paths.get_system_user_directory("genga")) / "settings.json"
    return Path(folder_paths.get_user_directory()) / "__genga" / "settings.json"


def load_settings() -> Settings:
    """Reads the settings. GENGA_URL goes before the file's address, which then gives no token either.

    Raises GengaError INVALID_REQUEST if the file holds something else than settings.
    """
    settings = held_settings()
    url = os.environ.get("GENGA_URL")
    return Settings(url=_url(url), prompt_privacy=settings.prompt_privacy) if url else settings


def held_settings() -> Settings:
    """Reads the settings as the file has them, whatever GENGA_URL says.

    Raises GengaError INVALID_REQUEST if the file holds something else than settings.
    """
    path = settings_file()
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return _checked(held)
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise GengaError(
            "INVALID_REQUEST", f"{path} cannot be read: {error}.", remedy="Mend the file or remove it."
        ) from error


def save_settings(settings: Settings) -> None:
    """Writes the settings; readable by the user alone, and whole or not at all.

    Raises GengaError INVALID_REQUEST for an address that is none.
    """
    checked = _checked(asdict(settings))
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # its mode is 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(
                {key: value for key, value in asdict(checked).items() if value is not None}, file, indent=2
            )
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _checked(held: Any) -> Settings:
    if not isinstance(held, dict):
        raise ValueError(f"expected one JSON object, met {type(held).__name__}")
    unknown = sorted(set(held) - {"url", "token", "prompt_privacy"})
    if unknown:
        raise ValueError(f"unknown setting {unknown[0]!r}; expected url, token or prompt_privacy")
    url, token, privacy = held.get("url"), held.get("token"), held.get("prompt_privacy", False)
    if not (token is None or isinstance(token, str)):
        raise ValueError("token is no text")
    if not isinstance(privacy, bool):
        raise ValueError(f"prompt_privacy is {privacy!r}; expected true or false")
    return Settings(url=_url(url), token=token or None, prompt_privacy=privacy)


def _url(url: Any) -> str | None:
    if url is None or url == "":
        return None
    what = f"{url!r} is no address of a core."
    remedy = "Give one like ws://127.0.0.1:7860/, or none for the core on this machine."
    try:
        parts = urlsplit(str(url).strip())
        port = parts.port
    except ValueError:
        raise GengaError("INVALID_REQUEST", what, remedy=remedy) from None
    schemes = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise GengaError("INVALID_REQUEST", what, remedy=remedy)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{schemes[parts.scheme]}://{host}{'' if port is None else f':{port}'}{parts.path or '/'}"
