"""The one connection of this Blender to a core, its threads and its timer.

session.get().submit(Submission(task="image", make_params=..., on_done=...))
"""

from __future__ import annotations

from collections.abc import Callable

from . import timer
from .job_ticket import JobTicket, OutputFile
from .session import Session
from .submission import Submission

__all__ = [
    "JobTicket",
    "OutputFile",
    "Session",
    "Submission",
    "get",
    "pump",
    "register",
    "run_until",
    "unregister",
]


def get() -> Session:
    """Gives the session of this Blender. For the main thread."""
    return timer.session()


def pump() -> bool:
    """Does one round of the session; the timer calls it in a window, tests and headless commands by hand."""
    return get().pump()


def run_until(predicate: Callable[[], object], timeout_s: float) -> bool:
    """Pumps until the predicate holds; False when the time is up. For background mode."""
    return get().run_until(predicate, timeout_s)


def register() -> None:
    """Makes the session and starts its timer."""
    timer.register()


def unregister() -> None:
    """Ends the session: threads, timer and handlers. A core goes on or stops as the preferences say."""
    timer.unregister()
