"""Opens the connection that the settings describe."""

from __future__ import annotations

from genga_client import Client, connect

from .core_settings import CoreSettings

FOR_EVER_S = 1e9
"""The client tries to come back for as long as the session wants it to."""


def connect_core(settings: CoreSettings) -> Client:
    """Connects to the core here, found by its file `run/core.json`, or to the remote one.

    Raises GengaError: CORE_NOT_RUNNING, UNAUTHORIZED, UNSUPPORTED_PROTOCOL.
    """
    remote = settings.location == "remote"
    return connect(
        settings.url if remote else None,
        (settings.token or None) if remote else None,
        name="genga-blender",
        version=settings.client_version,
        user=settings.user,
        home=settings.home_folder,
        reconnect_for=FOR_EVER_S,
    )
