"""Where the core is and how it is run: what the preferences say, free of `bpy`."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from genga_client import GengaError, default_home

AtQuit = Literal["keep_with_jobs", "stop", "keep"]
"""keep_with_jobs: a core that Blender started stops with it unless jobs, or other programs, still need it."""


@dataclass(frozen=True, kw_only=True)
class CoreSettings:
    """Settings of a connection, read once at its start."""

    location: Literal["auto", "folder", "remote"] = "auto"
    """auto: the core that runs here, else the one that was installed. folder: as auto, but started from
    `folder`. remote: the core at `url`."""
    folder: Path | None = None
    """Folder of a checkout or installation; holds core/bin/genga.js."""
    node: Path | None = None
    """The Node program; None = found by itself."""
    url: str = ""
    """ws:// or wss:// address of a core on another machine."""
    token: str = ""
    """Token of that core."""
    home: Path | None = None
    """GENGA_HOME; None = of the environment or the platform's data folder."""
    hide_prompts: bool = field(default=False, compare=False)
    """Whether files of jobs from here hold hashes in place of prompts; holds from the next job on."""
    at_quit: AtQuit = field(default="keep_with_jobs", compare=False)
    """What becomes of a core that was started from here when Blender quits; holds at once."""
    online_access: bool = True
    """Whether Blender lets add-ons reach other machines."""
    client_version: str = "0"
    """Version of the add-on, for the record."""
    user: str | None = None
    """Person, for the record."""

    @property
    def home_folder(self) -> Path:
        """Folder of the core's state."""
        return self.home or default_home()

    def require_reachable(self) -> None:
        """Raises GengaError CONFIG_INVALID for an address that is none, or that Blender does not allow."""
        if self.location != "remote":
            return
        try:
            address = urlsplit(self.url)
            host = address.hostname
            _ = address.port
        except ValueError:
            host = None
            address = urlsplit("")
        if address.scheme not in ("ws", "wss") or not host:
            raise GengaError(
                "CONFIG_INVALID",
                f'The address of the core is "{self.url}"; expected ws://host:port or wss://host:port.',
                remedy="Correct it in the add-on's preferences.",
            )
        if not is_loopback(host) and not self.online_access:
            raise GengaError(
                "CONFIG_INVALID",
                f"The core at {host} is on another machine, and Blender's online access is off.",
                remedy="Switch on Allow Online Access in Preferences, System, Network; or use a core here.",
            )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine, whatever the name service says."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
