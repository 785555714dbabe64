"""From a press of a button to the core's result: asked for, followed, received, failed or cancelled."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from genga_client import GengaError

from .. import session
from ..session import steps, timer
from . import escape, live_preview, opened_file

if TYPE_CHECKING:
    from ..session import JobTicket

log = logging.getLogger(__name__)

KEPT = 20
"""Ended runs that stay in a list."""
OPEN = ("preparing", "submitted")
FINAL = ("succeeded", "applied", "failed", "cancelled")

_numbers = itertools.count(1)


class Plan(Protocol):
    """What a run will ask for."""

    @property
    def title(self) -> str:
        """Short text for lists."""
        ...


class Run:
    """One request to the core. For the main thread; each task has its own, with `plan` and `prepare`."""

    noun = "Request"
    """Names it until there is a plan."""

    def __init__(self) -> None:
        self.number = next(_numbers)
        """Names it for operators, as long as the add-on is enabled."""
        self.state = "preparing"
        self.stage = "Waiting for the core"
        """What goes on before the job is submitted; afterwards the ticket knows."""
        self.ticket: JobTicket | None = None
        self.error: GengaError | None = None
        """Why it failed."""
        self.file = opened_file.number()
        """The file that it was made for; see `opened_file`."""

    @property
    def title(self) -> str:
        """Short text for lists."""
        plan: Plan | None = getattr(self, "plan", None)
        return plan.title if plan is not None else self.noun

    @property
    def ended(self) -> bool:
        """Whether nothing is awaited of the core any more."""
        return self.state not in OPEN

    @property
    def belongs_here(self) -> bool:
        """Whether the file that it was made for is open: still, or again."""
        return opened_file.is_open(self.file)

    def begin(self) -> None:
        """Begins: at once with what the core last said of itself, else as soon as it answers.

        Raises GengaError for what can be told at once.
        """
        current = session.get()
        if current.connected:
            self.prepare()
        else:
            current.call(lambda client: client.welcome, lambda _: self.guard(self.prepare), self.end)

    def prepare(self) -> None:
        """Makes the plan and goes on towards `submit`. Raises GengaError."""
        raise NotImplementedError

    def submit(self, submission: session.Submission) -> None:
        """Hands the job to the core."""
        self.state = "submitted"
        self.ticket = session.get().submit(submission)

    def cancel(self) -> None:
        """Cancels it, whatever it does now."""
        if self.ended:
            return
        if self.ticket is not None:
            self.ticket.cancel()
        else:
            self.stop_preparing()
            self.end(GengaError("CANCELLED", f"“{self.title}” was cancelled."))

    def stop_preparing(self) -> None:
        """Ends what goes on before the job is submitted."""

    def end(self, error: GengaError) -> None:
        """Ends it without a result; does nothing when it has ended for good."""
        if self.state in FINAL:
            return
        self.state = "cancelled" if error.code == "CANCELLED" else "failed"
        self.error = None if error.code == "CANCELLED" else self.worded(error)
        if self.error is not None:
            log.warning("“%s” failed: %s: %s", self.title, error.code, error)
        self.tidy()

    def worded(self, error: GengaError) -> GengaError:
        """Gives the core's error, in words that say where in Blender something can be done."""
        return error

    def tidy(self) -> None:
        """Frees the preview and has the panels drawn."""
        if self.ticket is not None:
            live_preview.forget(self.ticket.job_id)
        timer.redraw()

    def guard(self, work: Callable[[], object]) -> None:
        """Does work that nobody waits for; what it raises is this run's error."""
        if self.state in FINAL:
            return
        try:
            work()
        except Exception as error:
            self.end(steps.as_genga_error(error))


R = TypeVar("R", bound=Run)


class Runs(Generic[R]):
    """The runs of a task in this session, oldest first."""

    def __init__(self) -> None:
        self.all: list[R] = []

    def begin(self, started: list[R]) -> list[R]:
        """Begins runs and takes them in; if one cannot begin, none does. Raises GengaError."""
        begun: list[R] = []
        try:
            for run in started:
                run.begin()
                begun.append(run)
        except GengaError:
            for run in begun:
                run.cancel()
            raise
        self.all.extend(begun)
        self.all = [one for one in self.all if one.state != "ready" or not opened_file.is_lost(one.file)]
        ended = [one for one in self.all if one.ended and one.state != "ready"]
        for old in ended[: max(0, len(ended) - KEPT)]:
            self.all.remove(old)
        timer.wake()
        timer.redraw()
        return begun

    def open(self) -> list[R]:
        """Gives those that the core has not finished."""
        return [one for one in self.all if not one.ended]

    def ready(self) -> list[R]:
        """Gives those whose result waits to be applied or discarded, in the file that is open."""
        return [one for one in self.all if one.state == "ready" and one.belongs_here]

    def register(self) -> None:
        """Lets Esc cancel them."""
        escape.sources.append(self.open)

    def unregister(self) -> None:
        """Forgets them; their jobs go on in the core as the session decides."""
        if self.open in escape.sources:
            escape.sources.remove(self.open)
        self.all.clear()

    def newest(self) -> R | None:
        """Gives the last one."""
        return self.all[-1] if self.all else None

    def of(self, number: int) -> R | None:
        """Gives the one with this number."""
        return next((one for one in self.all if one.number == number), None)
