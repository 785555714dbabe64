"""The one connection of this Blender to a core, its threads and its timer.

session.get().submit(Submission(task="image", make_params=..., on_done=...))
"""

from __future__ import annotations

from . import pump
from .job_ticket import JobTicket, OutputFile
from .session import Session
from .submission import Submission

__all__ = ["JobTicket", "OutputFile", "Session", "Submission", "get", "register", "unregister"]


def get() -> Session:
    """Gives the session of this Blender. For the main thread."""
    return pump.session()


def register() -> None:
    """Makes the session and starts its timer."""
    pump.register()


def unregister() -> None:
    """Ends the session: threads, timer and handlers. A core goes on or stops as the preferences say."""
    pump.unregister()
