"""The connection of one Blender to a core."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Literal, TypeVar

from genga_client import Client, GengaError
from genga_client.protocol import CoreStatus, Welcome

from ..core_settings import AtQuit, CoreSettings
from . import steps
from .connect_core import Connected, open_core, start_unless_running
from .core_process import CoreProcess
from .job_list import JobList
from .job_ticket import JobTicket
from .submission import Submission
from .workers import OnError, Workers, report

log = logging.getLogger(__name__)

T = TypeVar("T")
SessionState = Literal["off", "starting", "connecting", "connected", "lost", "refused"]

STATUS_EVERY_S = 2.0
CALLBACKS_S = 0.030
"""Time that callbacks may take of one round; those left wait for the next."""
RESTARTS = 3
"""Times within `RESTARTS_WITHIN_S` that a core started from here is started again after a crash."""
RESTARTS_WITHIN_S = 600.0


class Session:
    """Everything between this Blender and a core. All methods are for the main thread; no `bpy` in here.

    `pump` must be called now and then: it brings answers and events, and calls the callbacks.
    """

    def __init__(self, settings: Callable[[], CoreSettings], *, patience_s: float | None = None) -> None:
        self.state: SessionState = "off"
        """off: nothing was asked for. starting: the core starts. lost: tries to come back, jobs wait.
        refused: `error` says why there is no connection."""
        self.message = ""
        """The state in words, for people."""
        self.error: GengaError | None = None
        """Why there is no connection."""
        self.welcome: Welcome | None = None
        """What the core said of itself; kept when the connection ends, for menus."""
        self.core_status: CoreStatus | None = None
        """Device, memory and queue, some seconds old at most; None without a connection."""
        self.settings_in_use: CoreSettings | None = None
        """What the connection was made with; the preferences may have changed since."""
        self.at_quit: AtQuit = "keep_with_jobs"
        """What becomes of a core that Blender started when Blender quits."""
        self.revision = 0
        """Counts changes of anything that a panel shows."""
        self._settings = settings
        self._patience_s = patience_s
        self._workers = Workers()
        self._jobs = JobList(self._workers, self._changed)
        self._client: Client | None = None
        self._process: CoreProcess | None = None
        self._calls: list[tuple[Callable[[Client], object], OnError | None]] = []
        self._abandoned = threading.Event()
        self._launch = False
        self._relaunching = False
        self._launches: list[float] = []
        self._status_at = 0.0
        self._status_asked = False
        self._lost_at = 0.0
        self._closed = False

    @property
    def tickets(self) -> list[JobTicket]:
        """This Blender's jobs, oldest first; of ended ones the last fifty."""
        return self._jobs.tickets

    @property
    def connected(self) -> bool:
        """Whether the core answers now."""
        return self.state == "connected"

    @property
    def owns_core(self) -> bool:
        """Whether the core that runs was started by Blender, so that `stop` ends it."""
        return self._process is not None and self._process.running

    @property
    def has_open_tickets(self) -> bool:
        """Whether a job of this Blender has not ended."""
        return self._jobs.has_open

    @property
    def is_busy(self) -> bool:
        """Whether anything is expected soon."""
        waits = self.state in ("starting", "connecting", "lost")
        return waits or bool(self._calls) or self._workers.under_way > 0 or self._jobs.has_open

    def start(self, *, launch: bool = True) -> None:
        """Connects to the core; with `launch`, starts it if none runs here. State and message tell more."""
        if self._closed:
            return
        self._launch = self._launch or launch
        if self.state == "lost" and launch:
            self._relaunch("Starting the core…")
        if self.state not in ("off", "refused"):
            return
        settings = self._settings()
        self.settings_in_use = settings
        self.at_quit = settings.at_quit
        self.error = None
        self._abandoned = abandoned = threading.Event()
        self._set("connecting", "Looking for the core…")

        def starting() -> None:
            self._workers.post(lambda: self._set_starting(abandoned))

        self._workers.spawn(
            self._workers.core,
            lambda: open_core(settings, launch=launch, abandoned=abandoned, on_start=starting),
            lambda connected: self._opened(abandoned, connected),
            lambda error: self._refused(abandoned, error),
        )

    def stop(self) -> None:
        """Ends the connection, and the core too if Blender started it. Its queue is kept: jobs go on when it
        is started again."""
        process, self._process = self._process, None
        self._leave("off", "")
        if process is not None:
            self._workers.spawn(self._workers.core, process.stop)

    def disconnect(self) -> None:
        """Ends the connection and leaves the core alone."""
        self._leave("off", "")

    def reconnect(self) -> None:
        """Ends the connection and makes another with the settings as they are now."""
        self._leave("off", "")
        self.start()

    def use_settings(self, settings: CoreSettings) -> None:
        """Connects from now on with these settings in place of the preferences'; for the command line."""
        self._settings = lambda: settings

    def call(
        self,
        work: Callable[[Client], T],
        on_done: Callable[[T], object] | None = None,
        on_error: OnError | None = None,
    ) -> None:
        """Runs `work` in the worker thread and hands what it gives, or its error, to a callback.

        Starts the core if there is no connection yet.
        """

        def begin(client: Client) -> None:
            self._workers.spawn(self._workers.work, lambda: work(client), on_done, on_error)

        if self._client is not None:
            begin(self._client)
        elif self._closed:
            report(on_error, _no_connection())
        else:
            self._calls.append((begin, on_error))
            self.start()

    def run_in_worker(
        self,
        work: Callable[[], T],
        on_done: Callable[[T], object] | None = None,
        on_error: OnError | None = None,
    ) -> None:
        """Runs work that needs no core, and no `bpy`, in the worker thread; for instance writing files."""
        self._workers.spawn(self._workers.work, work, on_done, on_error)

    def submit(self, submission: Submission) -> JobTicket:
        """Asks for a job; its ticket tells how it goes on. Starts the core if there is no connection yet."""
        ticket = JobTicket(self, submission)
        ticket.prompt_privacy = self._settings().hide_prompts
        self._jobs.add(ticket)
        self.start()
        return ticket

    def attach(self, job_id: str, submission: Submission) -> JobTicket:
        """Follows a job that went on in the core since Blender was closed or the add-on was reloaded.

        Of the submission only callbacks and title count. JOB_NOT_FOUND goes to its `on_error`. Starts no
        core: the job waits for one.
        """
        ticket = JobTicket(self, submission, job_id)
        self._jobs.add(ticket)
        self.start(launch=False)
        return ticket

    def cancel(self, ticket: JobTicket) -> None:
        """Cancels a job; see `JobTicket.cancel`."""
        self._jobs.cancel(ticket, at_once=not self.connected)

    def forget(self, ticket: JobTicket) -> None:
        """Takes an ended job out of the list."""
        if ticket.ended and ticket in self.tickets:
            self.tickets.remove(ticket)
            self._changed()

    def pump(self) -> bool:
        """Does one round on the main thread; tells whether work is left that should go on at once."""
        more = self._workers.deliver(CALLBACKS_S)
        self._watch()
        self._jobs.poll()
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
        """Ends everything for good: jobs that are not to be kept are cancelled, and a core that Blender
        started stops if `at_quit` says so. Waits for the threads that long."""
        if self._closed:
            return
        self._closed = True
        deadline = time.monotonic() + wait_s
        client, process = self._client, self._process
        stops = process is not None and self._stops_at_quit(process)
        if client is not None and client.connected:
            open_jobs = [one for one in self.tickets if one.job_id is not None and not one.ended]
            dropped = [one.job_id for one in open_jobs if not one.submission.keep_after_restart]
            for job_id in dropped:
                self._workers.control.put(lambda job_id=job_id: _cancel_quietly(client, job_id))
            if dropped:
                self._workers.control.close(min(2.0, wait_s))
        if process is not None and stops:
            process.ask_to_stop()
        self._leave("off", "")
        for lane in (self._workers.core, self._workers.control, self._workers.work):
            lane.close(max(0.0, deadline - time.monotonic()))

    # The connection

    def _opened(self, abandoned: threading.Event, connected: Connected) -> None:
        client, process = connected
        if abandoned.is_set():
            self._workers.spawn(self._workers.core, client.close)
            if process is not None and process.started_here:
                self._workers.spawn(self._workers.core, process.stop)
            return
        self._client = client
        self._process = process
        self._arrive(client)
        calls, self._calls = self._calls, []
        for begin, _ in calls:
            begin(client)
        self._jobs.connect(client)

    def _arrive(self, client: Client) -> None:
        self.welcome = client.welcome
        self.error = None
        self._status_at = 0.0
        self._set("connected", "Connected")

    def _refused(self, abandoned: threading.Event, error: GengaError) -> None:
        if abandoned.is_set():
            return
        if error.code == "CORE_NOT_RUNNING" and not self._launch:
            self._leave("off", "No core is running")
        elif error.code == "CORE_NOT_RUNNING" and error.data.get("launched") is False:
            # Somebody asked for more since the look for a running core began.
            self.state = "off"
            self.start()
        else:
            self._leave("refused", str(error), error)

    def _leave(self, state: SessionState, message: str, error: GengaError | None = None) -> None:
        """Ends the connection. Calls fail; jobs that the core has go on there, others fail."""
        self._abandoned.set()
        self._launch = False
        self._relaunching = False
        client, self._client = self._client, None
        if client is not None:
            self._workers.spawn(self._workers.core, client.close)
        self.core_status = None
        self.error = error
        self._set(state, message)
        why = error or _no_connection()
        calls, self._calls = self._calls, []
        for _, on_error in calls:
            report(on_error, why)
        self._jobs.disconnect(why)

    def _watch(self) -> None:
        client = self._client
        if client is None:
            return
        if (ended := client.ended) is not None:
            self._leave("refused", str(ended), ended)
        elif self.state == "connected" and not client.connected:
            self._lost_at = time.monotonic()
            self.core_status = None
            self._set("lost", "The connection to the core is lost; trying to come back…")
        elif self.state == "lost" and client.connected:
            self._arrive(client)
        elif self.state == "lost":
            if self._crashed and not self._relaunching and self.error is None:
                self._meet_crash()
            if self._patience_s is not None:
                self._give_up_after(self._patience_s)
        elif self.welcome is not client.welcome:  # bundles came or went
            self.welcome = client.welcome
            self._changed()

    @property
    def _crashed(self) -> bool:
        """Whether a core that Blender started has ended without being told to."""
        return self._process is not None and not self._process.running

    def _give_up_after(self, patience_s: float) -> None:
        if time.monotonic() - self._lost_at < patience_s or self._relaunching:
            return
        gone = GengaError(
            "CORE_NOT_RUNNING",
            f"The core did not come back within {patience_s:.0f} s.",
            remedy="Start it; jobs that it had accepted go on there.",
        )
        self._leave("refused", str(gone), gone)
        for ticket in list(self.tickets):
            self._jobs.end(ticket, gone)

    def _meet_crash(self) -> None:
        """Starts a core of Blender's again that ended by itself, if there is work for it."""
        if not self._jobs.has_open:
            self._set("lost", "The core ended unexpectedly")
            return
        now = time.monotonic()
        recent = [at for at in self._launches if now - at < RESTARTS_WITHIN_S]
        if len(recent) < RESTARTS:
            self._launches = [*recent, now]
            self._relaunch("The core ended unexpectedly; starting it again…")
        elif self._process is not None:
            words = f"The core ended {RESTARTS} times within ten minutes. {self._process.last_words()}"
            self.error = GengaError("CORE_NOT_RUNNING", words, remedy="Copy the diagnostics for a report.")
            self._set("lost", words)

    def _relaunch(self, message: str) -> None:
        """Starts the core again while the client tries to come back; the client finds it by itself."""
        settings = self._settings()
        if self._relaunching or settings.location == "remote" or self.owns_core:
            return
        self._relaunching = True
        self.error = None
        abandoned = self._abandoned
        self._set("lost", message)

        def started(process: CoreProcess | None) -> None:
            if abandoned.is_set():
                if process is not None and process.started_here:
                    self._workers.spawn(self._workers.core, process.stop)
                return
            self._relaunching = False
            self._process = process
            self._lost_at = time.monotonic()

        def failed(error: GengaError) -> None:
            if abandoned.is_set():
                return
            self._relaunching = False
            if self.state == "lost":
                self.error = error
                self._set("lost", str(error))

        self._workers.spawn(
            self._workers.core, lambda: start_unless_running(settings, abandoned), started, failed
        )

    def _ask_status(self) -> None:
        client = self._client
        soon = time.monotonic() - self._status_at < STATUS_EVERY_S
        if not self.connected or client is None or self._status_asked or soon:
            return
        self._status_asked = True

        def done(status: CoreStatus) -> None:
            asked_again()
            if client is self._client and self.connected:
                self.core_status = status
                self._changed()

        def asked_again(_: object = None) -> None:
            self._status_asked = False
            self._status_at = time.monotonic()

        self._workers.spawn(self._workers.control, client.status, done, asked_again)

    def _stops_at_quit(self, process: CoreProcess) -> bool:
        if self.at_quit == "keep" or not process.running:
            return False
        if self.at_quit == "stop":
            return True
        mine = any(not one.ended and one.submission.keep_after_restart for one in self.tickets)
        status = self.core_status
        theirs = status is not None and (status.clients > 1 or status.queued + status.running > 0)
        return not mine and not theirs

    def _set_starting(self, abandoned: threading.Event) -> None:
        if not abandoned.is_set():
            self._set("starting", "Starting the core…")

    def _set(self, state: SessionState, message: str) -> None:
        if (state, message) == (self.state, self.message):
            return
        log.info("%s: %s", state, message or "-")
        self.state, self.message = state, message
        self._changed()

    def _changed(self) -> None:
        self.revision += 1


def _no_connection() -> GengaError:
    return GengaError(
        "CORE_NOT_RUNNING", "There is no connection to the core.", remedy="Press Start Core in the Genga tab."
    )


def _cancel_quietly(client: Client, job_id: str) -> None:
    with contextlib.suppress(GengaError):
        client.cancel(job_id)
