"""The connection of one Blender to a core: state, calls and jobs."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from genga_client import Client, GengaError, Job
from genga_client.protocol import CancelledEvent, CoreStatus, FailedEvent, ResultEvent, Welcome

from . import steps
from .connect_core import connect_core
from .core_process import CoreProcess
from .core_settings import CoreSettings
from .job_ticket import JobTicket, OutputFile
from .lane import Lane
from .steps import as_genga_error
from .submission import Submission

log = logging.getLogger(__name__)

T = TypeVar("T")
SessionState = Literal["off", "starting", "connecting", "connected", "lost", "refused"]

STATUS_EVERY_S = 2.0
CALLBACKS_S = 0.030
"""Time that callbacks may take of one round; those left wait for the next."""
MAX_ENDED = 50
"""Ended tickets that are kept for the list."""
RESTARTS = 3
"""Times within `RESTARTS_WITHIN_S` that a core started from here is started again after a crash."""
RESTARTS_WITHIN_S = 600.0


@dataclass(frozen=True)
class _Call:
    work: Callable[[Client], Any]
    on_done: Callable[[Any], object] | None
    on_error: Callable[[GengaError], object] | None


class Session:
    """Everything between this Blender and a core. All methods are for the main thread; no `bpy` in here.

    `pump` must be called now and then: it brings answers and events, and calls the callbacks.
    """

    def __init__(self, settings: Callable[[], CoreSettings], *, patience_s: float | None = None) -> None:
        self.state: SessionState = "off"
        self.message = ""
        """The state in words, for people."""
        self.error: GengaError | None = None
        """Why there is no connection."""
        self.welcome: Welcome | None = None
        """What the core said of itself; kept while the connection is lost."""
        self.core_status: CoreStatus | None = None
        """Device, memory and queue, some seconds old at most."""
        self.tickets: list[JobTicket] = []
        """This Blender's jobs, oldest first; ended ones stay until there are too many."""
        self.revision = 0
        """Counts changes of anything that a panel shows."""
        self._settings = settings
        self._patience_s = patience_s
        self._client: Client | None = None
        self._process: CoreProcess | None = None
        self._calls: list[_Call] = []
        self._cancel_later: list[str] = []
        self._under_way = 0
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        # A long upload must not hold up a cancel, so that has a thread of its own.
        self._work = Lane("genga-work")
        self._control = Lane("genga-control")
        self._abandoned = threading.Event()
        self._status_at = 0.0
        self._status_asked = False
        self._lost_at = 0.0
        self._restarts: list[float] = []
        self._restarting = False
        self._closed = False

    @property
    def connected(self) -> bool:
        """Whether the core answers now."""
        return self.state == "connected"

    @property
    def owns_core(self) -> bool:
        """Whether the core that runs was started from this Blender."""
        return self._process is not None and self._process.running

    @property
    def has_open_tickets(self) -> bool:
        """Whether a job of this Blender has not ended."""
        return any(not ticket.ended for ticket in self.tickets)

    @property
    def is_busy(self) -> bool:
        """Whether anything is expected soon."""
        return (
            bool(self._calls)
            or self._under_way > 0
            or self.state in ("starting", "connecting")
            or self.has_open_tickets
        )

    def start(self, *, launch: bool = True) -> None:
        """Connects to the core; with `launch`, starts it if none runs here. State and message tell more."""
        if self._closed or self.state in ("starting", "connecting", "connected"):
            return
        if self.state == "lost":
            if launch:
                self._relaunch(self._settings())
            return
        settings = self._settings()
        self._abandoned = threading.Event()
        self._set("connecting", "Looking for the core…")
        abandoned = self._abandoned
        process = self._process
        self._control.put(lambda: self._open(settings, launch, abandoned, process))

    def stop(self) -> None:
        """Ends the connection, and the core too if it was started from here. Its queue is kept: jobs go on
        when it is started again."""
        process = self._process
        self._process = None
        self._leave("off", "")
        if process is not None:
            self._control.put(process.stop)

    def disconnect(self) -> None:
        """Ends the connection and leaves the core alone."""
        self._leave("off", "")

    def call(
        self,
        work: Callable[[Client], T],
        on_done: Callable[[T], object] | None = None,
        on_error: Callable[[GengaError], object] | None = None,
    ) -> None:
        """Runs `work` in the worker thread and hands what it gives, or its error, to a callback.

        Starts the core if there is no connection yet.
        """
        call = _Call(work, on_done, on_error)
        if self._client is None:
            self._calls.append(call)
            self.start()
        else:
            self._run_call(self._client, call)

    def submit(self, submission: Submission) -> JobTicket:
        """Asks for a job; its ticket tells how it goes on. Starts the core if there is no connection yet."""
        ticket = JobTicket(self, submission)
        self._add(ticket)
        if self._client is None:
            self.start()
        else:
            self._begin(self._client, ticket)
        return ticket

    def attach(self, job_id: str, submission: Submission) -> JobTicket:
        """Follows a job that went on in the core since Blender was closed or the add-on was reloaded.

        Of the submission only callbacks and title count. JOB_NOT_FOUND goes to its `on_error`.
        """
        ticket = JobTicket(self, submission, job_id)
        self._add(ticket)
        if self._client is None:
            self.start(launch=False)
        else:
            self._begin(self._client, ticket)
        return ticket

    def cancel(self, ticket: JobTicket) -> None:
        """Cancels a job; see `JobTicket.cancel`."""
        if ticket.ended or ticket.cancel_asked:
            return
        ticket.cancel_asked = True
        if ticket.job_id is None:
            self._end(ticket, GengaError("CANCELLED", f"“{ticket.title}” was cancelled."))
            return
        self._cancel_job(ticket.job_id)
        if not self.connected:
            self._end(ticket, GengaError("CANCELLED", f"“{ticket.title}” was cancelled."))

    def forget(self, ticket: JobTicket) -> None:
        """Takes an ended job out of the list."""
        if ticket.ended and ticket in self.tickets:
            self.tickets.remove(ticket)
            self._changed()

    def pump(self) -> bool:
        """Does one round on the main thread; tells whether work is left that should go on at once."""
        deadline = time.perf_counter() + CALLBACKS_S
        more = False
        with contextlib.suppress(queue.Empty):
            while True:
                self._inbox.get_nowait()()
                if time.perf_counter() >= deadline:
                    more = not self._inbox.empty()
                    break
        self._watch_connection()
        for ticket in list(self.tickets):
            self._poll(ticket)
        self._ask_status()
        return steps.tick() or more

    def run_until(self, predicate: Callable[[], object], timeout_s: float) -> bool:
        """Pumps until the predicate holds; for background mode and tests. False when the time is up."""
        deadline = time.monotonic() + timeout_s
        while True:
            more = self.pump()
            if predicate():
                return True
            if time.monotonic() >= deadline:
                return False
            if not more:
                time.sleep(0.01)

    def close(self, wait_s: float = 5.0) -> None:
        """Ends everything for good: jobs that do not keep are cancelled, and a core that was started from
        here stops if the settings say so."""
        if self._closed:
            return
        self._closed = True
        client, process = self._client, self._process
        if client is not None and client.connected:
            dropped = [
                ticket.job_id
                for ticket in self.tickets
                if not ticket.ended and ticket.job_id and not ticket.submission.keep_after_restart
            ]
            self._control.put(lambda: _cancel_all(client, dropped))
        if process is not None and self._should_stop_core(process):
            process.ask_to_stop()
        self._process = None
        self._leave("off", "")
        deadline = time.monotonic() + wait_s
        self._control.close(wait_s)
        self._work.close(max(0.1, deadline - time.monotonic()))
        self.tickets.clear()

    # Connection

    def _open(
        self,
        settings: CoreSettings,
        launch: bool,
        abandoned: threading.Event,
        process: CoreProcess | None,
    ) -> None:
        """In the control thread: connects, after starting a core if there must be one."""
        started: CoreProcess | None = None
        try:
            settings.require_reachable()
            try:
                client = connect_core(settings)
            except GengaError as error:
                if error.code != "CORE_NOT_RUNNING" or not launch or settings.location == "remote":
                    raise
                self._post(lambda: self._set_if(abandoned, "starting", "Starting the core…"))
                if process is not None and process.running:
                    process.stop()
                started = CoreProcess.start(settings, abandoned)
                client = connect_core(settings)
        except Exception as error:
            if started is not None:
                started.stop()
            refusal = as_genga_error(error)
            self._post(lambda: self._refuse(abandoned, refusal, launch))
            return
        self._post(lambda: self._opened(abandoned, client, started))

    def _opened(self, abandoned: threading.Event, client: Client, started: CoreProcess | None) -> None:
        if abandoned.is_set():
            self._control.put(client.close)
            if started is not None:
                self._control.put(started.stop)
            return
        self._client = client
        if started is not None:
            self._process = started
        self.error = None
        self._arrive(client)
        for job_id in self._cancel_later:
            self._cancel_job(job_id)
        self._cancel_later.clear()
        calls, self._calls = self._calls, []
        for call in calls:
            self._run_call(client, call)
        for ticket in self.tickets:
            if not ticket.ended:
                self._begin(client, ticket)

    def _arrive(self, client: Client) -> None:
        self.welcome = client.welcome
        self._status_at = 0.0
        self.error = None
        self._set("connected", f"Connected to Genga {client.welcome.core.version}")

    def _refuse(self, abandoned: threading.Event, error: GengaError, launch: bool) -> None:
        if abandoned.is_set():
            return
        if error.code == "CORE_NOT_RUNNING" and not launch:
            self._leave("off", "The core is not running.")
            return
        self._leave("refused", str(error), error)

    def _leave(self, state: SessionState, message: str, error: GengaError | None = None) -> None:
        """Ends the connection. Calls fail; jobs that the core has go on there, others fail with an error."""
        self._abandoned.set()
        client, self._client = self._client, None
        if client is not None:
            self._control.put(client.close)
        self.core_status = None
        self.error = error
        self._set(state, message)
        why = error or GengaError(
            "CORE_NOT_RUNNING", "There is no connection to the core.", remedy="Press Start in the Genga tab."
        )
        calls, self._calls = self._calls, []
        for call in calls:
            self._report(call.on_error, why)
        for ticket in list(self.tickets):
            ticket._job = None
            if not ticket.ended and ticket.job_id is None:
                self._end(ticket, why)

    def _watch_connection(self) -> None:
        client = self._client
        if client is None:
            return
        ended = client.ended
        if ended is not None:
            self._leave("refused", str(ended), ended)
        elif self.state == "connected" and not client.connected:
            self._lost_at = time.monotonic()
            self.core_status = None
            self._set("lost", "The connection to the core is lost. Trying to come back…")
            self._restart_after_crash()
        elif self.state == "lost" and client.connected:
            self._arrive(client)
        elif (
            self.state == "lost"
            and self._patience_s is not None
            and time.monotonic() - self._lost_at > self._patience_s
        ):
            gone = GengaError(
                "CORE_NOT_RUNNING",
                f"The core did not come back within {self._patience_s:.0f} s.",
                remedy="Start it; jobs that it had accepted go on there.",
            )
            self._leave("refused", str(gone), gone)
            for ticket in list(self.tickets):
                self._end(ticket, gone)

    def _restart_after_crash(self) -> None:
        process = self._process
        if process is None or process.running or not self.has_open_tickets:
            return
        now = time.monotonic()
        self._restarts = [at for at in self._restarts if now - at < RESTARTS_WITHIN_S]
        if len(self._restarts) >= RESTARTS:
            self._set("lost", f"The core ended {RESTARTS} times within ten minutes. {process.last_words()}")
            return
        self._restarts.append(now)
        self._relaunch(self._settings())

    def _relaunch(self, settings: CoreSettings) -> None:
        """Starts the core again while the client tries to come back; it finds the new one by itself."""
        if self._restarting or settings.location == "remote" or self.owns_core:
            return
        self._restarting = True
        abandoned = self._abandoned
        self._set("lost", "The core ended. Starting it again…")

        def started(process: CoreProcess) -> None:
            self._restarting = False
            if abandoned.is_set():
                self._control.put(process.stop)
            else:
                self._process = process

        def failed(error: GengaError) -> None:
            self._restarting = False
            if not abandoned.is_set():
                self.error = error
                self._set("lost", str(error))

        self._control.put(
            lambda: self._finish(lambda: CoreProcess.start(settings, abandoned), started, failed)
        )

    def _ask_status(self) -> None:
        client = self._client
        if not self.connected or client is None or self._status_asked:
            return
        if time.monotonic() - self._status_at < STATUS_EVERY_S:
            return
        self._status_asked = True

        def done(status: CoreStatus) -> None:
            self._status_asked = False
            self._status_at = time.monotonic()
            if client is self._client and self.connected:
                self.core_status = status
                self._changed()

        def failed(_: GengaError) -> None:
            self._status_asked = False
            self._status_at = time.monotonic()

        self._control.put(lambda: self._finish(client.status, done, failed))

    def _should_stop_core(self, process: CoreProcess) -> bool:
        at_quit = self._settings().at_quit
        if at_quit == "keep" or not process.running:
            return False
        if at_quit == "stop":
            return True
        keeps = any(not one.ended and one.submission.keep_after_restart for one in self.tickets)
        status = self.core_status
        others = status is not None and (status.clients > 1 or status.queued + status.running > 0)
        return not keeps and not others

    # Jobs

    def _add(self, ticket: JobTicket) -> None:
        self.tickets.append(ticket)
        ended = [one for one in self.tickets if one.ended]
        for old in ended[: max(0, len(ended) - MAX_ENDED)]:
            self.tickets.remove(old)
        self._changed()

    def _begin(self, client: Client, ticket: JobTicket) -> None:
        """Brings a job to the core, or follows it if the core has it."""
        if ticket.job_id is None:
            ticket.state = "preparing"
        job_id, after = ticket.job_id, ticket._last_event

        def work() -> Job:
            if job_id is not None:
                return client.attach(job_id, after)
            asked = ticket.submission
            _require_wanted(ticket)
            params = asked.make_params(client)
            _require_wanted(ticket)
            ticket.params = params
            return client.submit(
                asked.task,
                params,
                idempotency_key=ticket.key,
                priority=asked.priority,
                project=asked.project,
                shot=asked.shot,
            )

        def accepted(job: Job) -> None:
            ticket.job_id = job.job_id
            if ticket.ended:  # cancelled before the core had it
                self._cancel_job(job.job_id)
            elif client is self._client:
                ticket._job = job
                if job_id is None:
                    ticket.state, ticket.position = "queued", job.position
            self._changed()

        def failed(error: GengaError) -> None:
            if client is self._client or job_id is None:
                self._end(ticket, error)

        self._spawn(self._work, work, accepted, failed)
        self._changed()

    def _poll(self, ticket: JobTicket) -> None:
        job = ticket._job
        if job is None or ticket.state == "fetching" or ticket.ended:
            return
        try:
            events = job.poll()
        except GengaError as error:
            if self._client is not None and self._client.ended is None:
                self._end(ticket, error)
            return
        for event in events:
            ticket.take(event)
            if isinstance(event, ResultEvent):
                self._fetch(ticket, event)
            self._report(ticket.submission.on_event, event)
            if isinstance(event, FailedEvent):
                self._end(ticket, GengaError.from_body(event.error))
            elif isinstance(event, CancelledEvent):
                self._end(ticket, GengaError("CANCELLED", f"“{ticket.title}” was cancelled."))
        if events:
            self._changed()

    def _fetch(self, ticket: JobTicket, result: ResultEvent) -> None:
        client = self._client
        if client is None:
            return
        ticket.state = "fetching"

        def work() -> list[OutputFile]:
            return [
                OutputFile(
                    bytes=client.get_asset(output.asset.sha256),
                    asset=output.asset,
                    output=output,
                    sidecar=None if output.sidecar is None else client.get_asset(output.sidecar.sha256),
                )
                for output in result.outputs
            ]

        def done(files: list[OutputFile]) -> None:
            if ticket.ended:
                return
            ticket.state, ticket.progress, ticket.outputs = "succeeded", 1.0, files
            self._changed()
            self._report(ticket.submission.on_done, files)
            ticket.outputs = []

        def failed(error: GengaError) -> None:
            if client is self._client:
                self._end(ticket, error)
            else:  # the connection was ended meanwhile: the next one replays the result
                ticket._last_event = result.sequence - 1
                ticket.state = "waiting"

        self._spawn(self._work, work, done, failed)

    def _end(self, ticket: JobTicket, error: GengaError) -> None:
        if ticket.ended:
            return
        ticket.state = "cancelled" if error.code == "CANCELLED" else "failed"
        ticket.error = None if error.code == "CANCELLED" else error
        ticket._job = None
        self._changed()
        self._report(ticket.submission.on_error, error)

    def _cancel_job(self, job_id: str) -> None:
        client = self._client
        if client is None:
            self._cancel_later.append(job_id)
            return

        def failed(error: GengaError) -> None:
            # It ended by itself, or is gone: what was wanted.
            if error.code not in ("JOB_STATE", "JOB_NOT_FOUND"):
                log.warning("Cancelling job %s: %s", job_id, error)

        self._spawn(self._control, lambda: client.cancel(job_id), None, failed)

    # Threads

    def _run_call(self, client: Client, call: _Call) -> None:
        self._spawn(self._work, lambda: call.work(client), call.on_done, call.on_error)

    def _spawn(
        self,
        lane: Lane,
        work: Callable[[], T],
        on_done: Callable[[T], object] | None,
        on_error: Callable[[GengaError], object] | None,
    ) -> None:
        self._under_way += 1

        def done(value: T) -> None:
            self._under_way -= 1
            self._report(on_done, value)

        def failed(error: GengaError) -> None:
            self._under_way -= 1
            self._report(on_error, error)

        lane.put(lambda: self._finish(work, done, failed))

    def _finish(
        self,
        work: Callable[[], T],
        on_done: Callable[[T], object],
        on_error: Callable[[GengaError], object],
    ) -> None:
        """In a thread: does work and posts its end to the main thread."""
        try:
            value = work()
        except Exception as error:
            coded = as_genga_error(error)
            self._post(lambda: on_error(coded))
        else:
            self._post(lambda: on_done(value))

    def _post(self, note: Callable[[], object]) -> None:
        self._inbox.put(note)

    def _report(self, callback: Callable[[Any], object] | None, value: object) -> None:
        if callback is None:
            return
        try:
            callback(value)
        except Exception:
            log.exception("A callback of the add-on failed")

    def _set(self, state: SessionState, message: str) -> None:
        if (state, message) != (self.state, self.message):
            log.info("%s: %s", state, message)
        self.state, self.message = state, message
        self._changed()

    def _set_if(self, abandoned: threading.Event, state: SessionState, message: str) -> None:
        if not abandoned.is_set():
            self._set(state, message)

    def _changed(self) -> None:
        self.revision += 1


def _require_wanted(ticket: JobTicket) -> None:
    if ticket.cancel_asked:
        raise GengaError("CANCELLED", f"“{ticket.title}” was cancelled.")


def _cancel_all(client: Client, job_ids: list[str]) -> None:
    for job_id in job_ids:
        with contextlib.suppress(GengaError):
            client.cancel(job_id)
