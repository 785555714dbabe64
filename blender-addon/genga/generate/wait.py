"""Waiting for a generation where there is no timer: background mode, scripts, the command line."""

from __future__ import annotations

from collections.abc import Callable

from genga_client import GengaError

from .. import session
from .generation import Generation

TICK_S = 0.5


def wait_for(generation: Generation, on_tick: Callable[[], object] | None = None) -> None:
    """Pumps until a generation has ended; a KeyboardInterrupt, or what `on_tick` raises, cancels it first.

    Raises GengaError with the generation's own code, CANCELLED if it was cancelled.
    """
    current = session.get()
    try:
        while not current.run_until(lambda: generation.ended, TICK_S):
            if on_tick is not None:
                on_tick()
    except BaseException:
        generation.cancel()
        raise
    if generation.error is not None:
        raise generation.error
    if generation.state == "cancelled":
        raise GengaError("CANCELLED", f"“{generation.title}” was cancelled.")
