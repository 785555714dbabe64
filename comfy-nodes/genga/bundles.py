"""The bundles that the core has, as far as the pack knows without waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from genga_client import Client, GengaError
from genga_client.protocol import BundleSummary, Task

from .core import page_link

DEFAULT = "default"
"""Choice of the bundle that the core prefers."""

_FRESH_S = 5.0
_WAIT_S = 3.0

_lock = threading.Lock()
_bundles: Sequence[BundleSummary] = ()
_asked = float("-inf")
_answered = threading.Event()
_ready = False


def begin_asking() -> None:
    """Lets the pack ask the core for its bundles: called when the server starts, never at import."""
    global _ready
    _ready = True
    _refresh()


def bundle_choices(task: Task = "image") -> list[str]:
    """Gives what the node offers, at once; a newer list is asked for behind it and there at the next look."""
    _refresh()
    return [DEFAULT, *(bundle.id for bundle in _bundles if bundle.task == task)]


def bundle_mark(choice: str, task: Task = "image") -> str:
    """Gives what tells whether a choice means the same model as before: id and version.

    A core that is away changes nothing: what was made with it stays good.
    """
    if not _answered.is_set():
        _refresh()
        _answered.wait(_WAIT_S)
    _refresh()
    fitting = [bundle for bundle in _bundles if bundle.task == task]
    if choice == DEFAULT:
        found = [bundle for bundle in fitting if bundle.default]
    else:
        found = [bundle for bundle in fitting if bundle.id == choice]
    return f"{found[0].id} {found[0].version}" if found else choice


def remember(bundles: Sequence[BundleSummary]) -> None:
    """Keeps a list that came with something else."""
    global _bundles, _asked
    with _lock:
        _bundles, _asked = tuple(bundles), time.monotonic()
    _answered.set()


def _refresh() -> None:
    global _asked
    with _lock:
        if not _ready or time.monotonic() - _asked < _FRESH_S:
            return
        _asked = time.monotonic()
    threading.Thread(target=_ask, name="genga-bundles", daemon=True).start()


def _ask() -> None:
    def read(client: Client) -> Sequence[BundleSummary]:
        return client.status().bundles

    try:
        remember(page_link.call(read))
    except GengaError:
        _answered.set()  # nobody should wait for a core that is away; the node itself says so when it runs
