"""This Blender's jobs on their way to the core and back."""

from __future__ import annotations

import logging
from collections.abc import Callable

from genga_client import Client, GengaError, Job
from genga_client.protocol import CancelledEvent, FailedEvent, ResultEvent

from .job_ticket import JobTicket, OutputFile
from .workers import Workers, report

log = logging.getLogger(__name__)

MAX_ENDED = 50
"""Ended tickets that are kept for the list."""


class JobList:
    """Tickets, oldest first, and what moves them. For the main thread."""

    def __init__(self, workers: Workers, changed: Callable[[], None]) -> None:
        self.tickets: list[JobTicket] = []
        self._workers = workers
        self._changed = changed
        self._client: Client | None = None
        self._cancel_later: list[str] = []

    @property
    def has_open(self) -> bool:
        """Whether a job has not ended."""
        return any(not ticket.ended for ticket in self.tickets)

    def add(self, ticket: JobTicket) -> None:
        """Takes a ticket in; it begins now or with the next connection."""
        self.tickets.append(ticket)
        ended = [one for one in self.tickets if one.ended]
        for old in ended[: max(0, len(ended) - MAX_ENDED)]:
            self.tickets.remove(old)
        if self._client is not None:
            self._begin(self._client, ticket)
        self._changed()

    def connect(self, client: Client) -> None:
        """Goes on with all open jobs over a connection: sends those not sent, follows the others."""
        self._client = client
        later, self._cancel_later = self._cancel_later, []
        for job_id in later:
            self._cancel_in_core(job_id)
        for ticket in self.tickets:
            if not ticket.ended:
                self._begin(client, ticket)

    def disconnect(self, why: GengaError) -> None:
        """Lets jobs wait that the core has accepted, and ends the others."""
        self._client = None
        for ticket in list(self.tickets):
            ticket.job = None
            if ticket.ended:
                continue
            if ticket.job_id is None:
                self.end(ticket, why)
                continue
            if ticket.state == "fetching":
                ticket.last_event -= 1  # the next connection gives the result again
            ticket.state = "waiting"

    def poll(self) -> None:
        """Takes the events that came for the tickets."""
        for ticket in list(self.tickets):
            if ticket.job is not None and ticket.state != "fetching" and not ticket.ended:
                self._poll(ticket, ticket.job)

    def cancel(self, ticket: JobTicket, *, at_once: bool) -> None:
        """Cancels a job; `at_once` does not wait for the core's word."""
        if ticket.ended or ticket.cancel_asked:
            return
        ticket.cancel_asked = True
        if ticket.job_id is not None:
            self._cancel_in_core(ticket.job_id)
        if ticket.job_id is None or at_once:
            self.end(ticket, _cancelled(ticket))
        self._changed()

    def end(self, ticket: JobTicket, error: GengaError) -> None:
        """Ends a ticket that has not ended, without a result."""
        if ticket.ended:
            return
        ticket.state = "cancelled" if error.code == "CANCELLED" else "failed"
        ticket.error = None if error.code == "CANCELLED" else error
        ticket.job = None
        self._changed()
        report(ticket.submission.on_error, error)
        ticket.let_go()

    def _begin(self, client: Client, ticket: JobTicket) -> None:
        """Brings a job to the core, or follows it if the core has it."""
        job_id, after = ticket.job_id, ticket.last_event
        ticket.state = "preparing" if job_id is None else "waiting"

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
                prompt_privacy=ticket.prompt_privacy,
            )

        def accepted(job: Job) -> None:
            ticket.job_id = job.job_id
            if ticket.cancel_asked:
                self._cancel_in_core(job.job_id)
            if client is self._client and not ticket.ended:
                ticket.job = job
                if job_id is None:
                    ticket.state, ticket.position = "queued", job.position
            self._changed()

        def failed(error: GengaError) -> None:
            # With another connection, or none, the ticket has been seen to already.
            if client is self._client:
                self.end(ticket, error)

        self._workers.spawn(self._workers.work, work, accepted, failed)

    def _poll(self, ticket: JobTicket, job: Job) -> None:
        try:
            events = job.poll()
        except GengaError as error:
            if self._client is not None and self._client.ended is None:
                self.end(ticket, error)
            return
        for event in events:
            ticket.take(event)
            if isinstance(event, ResultEvent):
                self._fetch(ticket, event)
            report(ticket.submission.on_event, event)
            if isinstance(event, FailedEvent):
                self.end(ticket, GengaError.from_body(event.error))
            elif isinstance(event, CancelledEvent):
                self.end(ticket, _cancelled(ticket))
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
            ticket.state, ticket.progress = "succeeded", 1.0
            ticket.job = None
            self._changed()
            report(ticket.submission.on_done, files)
            ticket.let_go()

        def failed(error: GengaError) -> None:
            if client is self._client:
                self.end(ticket, error)

        self._workers.spawn(self._workers.work, work, done, failed)

    def _cancel_in_core(self, job_id: str) -> None:
        client = self._client
        if client is None:
            self._cancel_later.append(job_id)
            return

        def failed(error: GengaError) -> None:
            if error.code == "CORE_NOT_RUNNING":
                self._cancel_later.append(job_id)
            elif error.code not in ("JOB_STATE", "JOB_NOT_FOUND"):  # it ended by itself: what was wanted
                log.warning("Cancelling job %s: %s", job_id, error)

        self._workers.spawn(self._workers.control, lambda: client.cancel(job_id), None, failed)


def _cancelled(ticket: JobTicket) -> GengaError:
    return GengaError("CANCELLED", f"“{ticket.title}” was cancelled.")


def _require_wanted(ticket: JobTicket) -> None:
    if ticket.cancel_asked:
        raise _cancelled(ticket)
