"""Waiting for the core where there is no timer: background mode, scripts, the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from genga_client import GengaError

from .. import session
from .run import Run

TICK_S = 0.5


def wait_for(runs: Sequence[Run], on_tick: Callable[[], object] | None = None) -> None:
    """Pumps until all have ended; a KeyboardInterrupt, or what `on_tick` raises, cancels them first.

    Raises GengaError: the first one's that failed, CANCELLED if it was cancelled.
    """
    current = session.get()
    try:
        while not current.run_until(lambda: all(run.ended for run in runs), TICK_S):
            if on_tick is not None:
                on_tick()
    except BaseException:
        for run in runs:
            run.cancel()
        raise
    for run in runs:
        if run.error is not None:
            raise run.error
        if run.state == "cancelled":
            raise GengaError("CANCELLED", f"“{run.title}” was cancelled.")
