"""Opens the connection that the settings describe, after starting a core if there must be one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from genga_client import Client, GengaError, connect

from ..core_settings import CoreSettings
from .core_process import CoreProcess, core_runs

FOR_EVER_S = 1e9
"""The client tries to come back for as long as the session wants it to."""


class Connected(NamedTuple):
    """A connection, and the core's process if Blender started it."""

    client: Client
    process: CoreProcess | None


def open_core(
    settings: CoreSettings,
    *,
    launch: bool,
    abandoned: threading.Event,
    on_start: Callable[[], object],
) -> Connected:
    """Connects to the core that runs; with `launch`, starts one if none runs here. For a worker thread.

    Raises GengaError: CONFIG_INVALID, CORE_NOT_RUNNING (`data.launched` False if no start was tried),
    UNAUTHORIZED, UNSUPPORTED_PROTOCOL, CANCELLED when `abandoned` is set, and what a starting core says.
    """
    settings.require_reachable()
    try:
        client = connect_core(settings)
    except GengaError as error:
        if error.code != "CORE_NOT_RUNNING" or settings.location == "remote":
            raise
        if not launch:
            error.data["launched"] = False
            raise
    else:
        return Connected(client, CoreProcess.find(settings))
    on_start()
    try:
        process = CoreProcess.start(settings, abandoned)
    except GengaError as error:
        if error.code == "CANCELLED":
            raise
        try:  # another Blender may have been faster
            return Connected(connect_core(settings), CoreProcess.find(settings))
        except GengaError:
            raise error from None
    try:
        return Connected(connect_core(settings), process)
    except GengaError:
        process.stop()
        raise


def start_unless_running(settings: CoreSettings, abandoned: threading.Event) -> CoreProcess | None:
    """Starts a core unless one runs here, to which only the connection broke. Gives it if it is Blender's.

    Raises as `CoreProcess.start`.
    """
    if core_runs(settings.home_folder):
        return CoreProcess.find(settings)
    return CoreProcess.start(settings, abandoned)


def connect_core(settings: CoreSettings) -> Client:
    """Connects to the core here, found by its file `run/core.json`, or to the remote one."""
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
