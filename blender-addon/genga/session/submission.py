"""What an operator asks the session for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genga_client import Client, GengaError
    from genga_client.protocol import JobEvent, Task

    from .job_ticket import OutputFile


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One job to be: how its parameters are made, and who hears of it.

    All callbacks run on the main thread. Another file may be open by then: look data up by name, keep no
    reference to a scene or an image.
    """

    task: Task
    make_params: Callable[[Client], Mapping[str, Any] | object]
    """Gives the parameters (a mapping, or ImageParams). Runs in the worker thread, so no `bpy`; uploads
    happen here. Runs again if the session was stopped before the core had accepted the job."""
    title: str
    """Short text for lists."""
    on_event: Callable[[JobEvent], object] | None = None
    on_done: Callable[[list[OutputFile]], object] | None = None
    """Gets the files, fetched and checked by hash."""
    on_error: Callable[[GengaError], object] | None = None
    """Gets CANCELLED for a cancelled job, else the job's own error."""
    keep_after_restart: bool = True
    """Whether the job goes on in the core when Blender quits or the add-on is disabled; if not, it is
    cancelled then. `Session.attach` finds a job again that went on."""
    idempotency_key: str | None = None
    """Met again, for instance after Blender was killed, it gives the first job. Absent = drawn."""
    priority: int = 0
    """-100 to 100, higher runs earlier."""
    project: str | None = None
    """For the record."""
    shot: str | None = None
    """For the record."""
