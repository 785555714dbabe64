"""The pack's connections to the core."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Callable
from typing import TypeVar

from genga_client import Client, GengaError, connect

from .settings import Settings, load_settings
from .version import __version__

CLIENT_NAME = "genga-comfyui"

T = TypeVar("T")


class CoreLink:
    """A connection that is made when it is wanted, and made anew when it ended or the settings changed."""

    def __init__(self, *, reconnect_for_s: float) -> None:
        self._reconnect_for_s = reconnect_for_s
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._settings: Settings | None = None

    def call(self, work: Callable[[Client], T]) -> T:
        """Gives what `work` makes of the client.

        Raises GengaError: CORE_NOT_RUNNING, UNAUTHORIZED, what `work` raises.
        """
        client, fresh = self._open()
        try:
            return work(client)
        except GengaError as error:
            if error.code != "CORE_NOT_RUNNING":
                raise
            self._drop(client)
            if fresh:
                raise
        # It had ended since its last use: the core was started again, perhaps on another port.
        client, _ = self._open()
        return work(client)

    def client(self) -> Client:
        """Gives the client for work that lasts: jobs outlive a broken connection for `reconnect_for_s`."""

        def alive(client: Client) -> Client:
            client.status()
            return client

        return self.call(alive)

    def close(self) -> None:
        """Ends the connection; the next use makes another."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _open(self) -> tuple[Client, bool]:
        settings = load_settings()
        with self._lock:
            # A broken connection mends itself for the jobs on it; who begins is told at once how it is.
            if self._client is not None and self._client.connected and self._settings == settings:
                return self._client, False
            # An old client ends when the last job that uses it does.
            self._client = None
            self._client = connect(
                settings.url,
                settings.token,
                name=CLIENT_NAME,
                version=__version__,
                user=_user(),
                reconnect_for=self._reconnect_for_s,
            )
            self._settings = settings
            return self._client, True

    def _drop(self, client: Client) -> None:
        with self._lock:
            if self._client is client:
                self._client = None


def _user() -> str | None:
    """The account that ComfyUI runs under, for the record; a container may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


node_link = CoreLink(reconnect_for_s=60)
"""For nodes: a core that restarts meanwhile costs time, no job."""

page_link = CoreLink(reconnect_for_s=1)
"""For the page, which wants to know at once that the core is away."""
