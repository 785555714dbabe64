"""One lasting connection to the core, kept by a thread of its own."""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import random
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Literal, Protocol, cast

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as open_websocket
from websockets.typing import Subprotocol

from .codec import decode_core_message, encode
from .discovery import START_REMEDY, Endpoint
from .errors import GengaError
from .feed import Feed
from .messagepack import pack, unpack
from .protocol import (
    PROTOCOL_VERSION,
    Attach,
    CancelledEvent,
    CapabilitiesChanged,
    ClientMessage,
    CoreMessage,
    ErrorReply,
    FailedEvent,
    Hello,
    HelloClient,
    PausedEvent,
    PreviewEvent,
    ProgressEvent,
    QueuedEvent,
    ResultEvent,
    StartedEvent,
    Welcome,
)

log = logging.getLogger("genga_client")

EVENTS = (
    QueuedEvent,
    PausedEvent,
    StartedEvent,
    ProgressEvent,
    PreviewEvent,
    ResultEvent,
    FailedEvent,
    CancelledEvent,
)

MAX_FRAME_BYTES = 64 * 1024 * 1024
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0
MAX_SENT = 5
"""Times that a message is sent; one that brings the core down must not do so for ever."""
FINAL = {"UNAUTHORIZED", "FORBIDDEN_ORIGIN", "UNSUPPORTED_PROTOCOL", "INVALID_REQUEST"}
"""Refusals of a connection that another attempt does not mend."""


class ConnectionLost(Exception):
    """The connection broke in the middle of an exchange that must begin anew on the next one."""


class _Waiting(Protocol):
    message: ClientMessage
    again: bool
    sent: int

    def deliver(self, message: CoreMessage) -> None: ...
    def fail(self, error: Exception) -> None: ...


class Reply:
    """The answers to one message. Holds at most 8: a slow reader slows the core instead of filling memory."""

    def __init__(self, connection: Connection, message: ClientMessage, again: bool) -> None:
        self.message = message
        self.again = again
        self._connection = connection
        self._answers: queue.Queue[CoreMessage | Exception] = queue.Queue(maxsize=8)
        self._closed = False
        self.sent = 1

    def __enter__(self) -> Reply:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._connection.forget(self)

    def next(self, timeout: float | None = None) -> CoreMessage:
        """Waits for the next answer. Raises GengaError if it is an error, ConnectionLost, TimeoutError."""
        try:
            answer = self._answers.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"No answer to `{self.message.type}` came within {timeout} s.") from None
        if isinstance(answer, ErrorReply):
            raise GengaError.from_body(answer.error)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def deliver(self, message: CoreMessage) -> None:
        self._put(message)

    def fail(self, error: Exception) -> None:
        self._put(error)

    def _put(self, answer: CoreMessage | Exception) -> None:
        while not self._closed:
            try:
                return self._answers.put(answer, timeout=0.1)
            except queue.Full:
                continue


class _Reattach:
    """Waits for the answer to an `attach` after a reconnect."""

    def __init__(self, message: Attach, feed: Feed) -> None:
        self.message: ClientMessage = message
        self.again = False
        self.sent = 1
        self._feed = feed

    def deliver(self, message: CoreMessage) -> None:
        if isinstance(message, ErrorReply):
            self._feed.fail(GengaError.from_body(message.error))

    def fail(self, error: Exception) -> None:
        if isinstance(error, GengaError):
            self._feed.fail(error)


class Connection:
    """Sends messages, brings answers to callers and events to feeds, reconnects when the core goes away.

    Never refers to the `Client` in front of it, so that a forgotten client is collected and closes this.
    """

    def __init__(
        self,
        find: Callable[[], Endpoint],
        client: HelloClient,
        *,
        connect_timeout_s: float,
        reconnect_for_s: float,
    ) -> None:
        self._find = find
        self._hello = client
        self._connect_timeout_s = connect_timeout_s
        self._reconnect_for_s = reconnect_for_s
        self._changed = threading.Condition()
        self._socket: ClientConnection | None = None
        self._ended: GengaError | None = None
        self._closing = threading.Event()
        self._waiting: dict[str, _Waiting] = {}
        self._feeds: weakref.WeakValueDictionary[str, Feed] = weakref.WeakValueDictionary()
        self._ids = itertools.count(1)
        self._socket, self.welcome = self._open()
        self._thread = threading.Thread(target=self._run, name="genga-client", daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        """Whether messages go out now."""
        with self._changed:
            return self._socket is not None and self._ended is None

    @property
    def ended(self) -> GengaError | None:
        """The error that everyone gets since the connection has ended."""
        with self._changed:
            return self._ended

    def next_id(self) -> str:
        """Gives an id that no other message of this connection has."""
        return str(next(self._ids))

    def call(self, message: ClientMessage, *, again: bool = True) -> CoreMessage:
        """Sends a message and gives its one answer; sends it again on the next connection if this breaks."""
        with self.exchange(message, again=again) as reply:
            try:
                return reply.next()
            except ConnectionLost as lost:
                raise GengaError(
                    "CORE_NOT_RUNNING",
                    f"The connection broke before the answer to `{message.type}` came; perhaps it was done.",
                    remedy="Look at the state with `jobs` and repeat what is missing.",
                ) from lost

    def exchange(self, message: ClientMessage, *, again: bool) -> Reply:
        """Sends a message that may get several answers."""
        frame = pack(encode(message))
        limit = self.welcome.limits.max_message_bytes
        if len(frame) > limit:
            what = f"The message `{message.type}` has {len(frame)} bytes; the core takes at most {limit}."
            raise GengaError(
                "MESSAGE_TOO_LARGE", what, remedy="Send pictures as assets, and fewer parameters."
            )
        reply = Reply(self, message, again)
        with self._changed:
            if self._ended is not None:
                raise self._ended
            self._waiting[_id(message)] = reply
            socket = self._socket
        if socket is None:
            if not again:
                reply.fail(ConnectionLost())
        else:
            # If it breaks here, the reading thread notices, and fails or repeats what waits.
            with contextlib.suppress(ConnectionClosed, OSError):
                socket.send(frame)
        return reply

    def send(self, message: ClientMessage) -> None:
        """Sends a message that belongs to an exchange. Raises ConnectionLost."""
        with self._changed:
            socket = self._socket
        if socket is None:
            raise ConnectionLost()
        try:
            socket.send(pack(encode(message)))
        except (ConnectionClosed, OSError) as error:
            raise ConnectionLost() from error

    def forget(self, waiting: _Waiting) -> None:
        """Drops answers that still come to a message."""
        with self._changed:
            self._waiting.pop(_id(waiting.message), None)

    def add_feed(self, job_id: str, feed: Feed) -> None:
        """Brings the events of a job to this feed from now on."""
        with self._changed:
            self._feeds[job_id] = feed

    def wait_open(self) -> None:
        """Waits until the connection is there again. Raises GengaError when it was given up."""
        with self._changed:
            self._changed.wait_for(lambda: self._socket is not None or self._ended is not None)
            if self._ended is not None:
                raise self._ended

    def close(self) -> None:
        """Ends the connection and its threads; what still waits gets CORE_NOT_RUNNING."""
        self._closing.set()
        with self._changed:
            socket = self._socket
        if socket is not None:
            socket.close()
        if threading.current_thread() is not self._thread:
            self._thread.join(self._connect_timeout_s + 5)

    def _run(self) -> None:
        try:
            while True:
                socket = self._socket
                if socket is not None:
                    self._read(socket)
                    socket.close()
                self._lose()
                if self._closing.is_set():
                    closed = "The connection was closed by this program."
                    return self._end(GengaError("CORE_NOT_RUNNING", closed, remedy="Connect again."))
                try:
                    self._reopen()
                except GengaError as error:
                    return self._end(error)
        except BaseException as error:  # a fault of ours must not leave callers waiting for ever
            log.exception("The client's thread ended")
            self._end(GengaError("INTERNAL", f"The client met a fault of its own: {error!r}."))

    def _read(self, socket: ClientConnection) -> None:
        while True:
            try:
                frame = socket.recv()
            except (ConnectionClosed, OSError):
                return
            if isinstance(frame, bytes):
                self._take(frame)

    def _take(self, frame: bytes) -> None:
        reply_to: object = None
        try:
            value = unpack(frame)
            reply_to = _reply_to(value)
            message = decode_core_message(value)
        except GengaError as error:
            # A later core may send messages that this client does not know; only who asked must hear of it.
            log.warning("%s", error)
            waiting = self._waiting_for(reply_to)
            if waiting is not None:
                waiting.fail(error)
            return
        if isinstance(message, EVENTS):
            with self._changed:
                feed = self._feeds.get(message.job_id)
            if feed is not None:
                feed.push(message)
            return
        if isinstance(message, CapabilitiesChanged):
            self.welcome = replace(self.welcome, capabilities=message.capabilities)
            return
        if isinstance(message, ErrorReply) and message.reply_to is None:
            log.warning("%s: %s", message.error.code, message.error.message)
            with self._changed:
                # The core could not read a message and cannot tell which. All else breaks the connection.
                unread = message.error.code == "MALFORMED_MESSAGE"
                everyone = list(self._waiting.values()) if unread else []
            for waiting in everyone:
                waiting.deliver(message)
            return
        waiting = self._waiting_for(None if isinstance(message, Welcome) else message.reply_to)
        if waiting is not None:
            waiting.deliver(message)

    def _waiting_for(self, reply_to: object) -> _Waiting | None:
        with self._changed:
            return self._waiting.get(reply_to) if isinstance(reply_to, str) else None

    def _lose(self) -> None:
        with self._changed:
            self._socket = None
            lost = [one for one in self._waiting.values() if not one.again or one.sent >= MAX_SENT]
        for waiting in lost:
            waiting.fail(ConnectionLost())

    def _end(self, error: GengaError) -> None:
        with self._changed:
            self._ended = error
            waiting = list(self._waiting.values())
            feeds = list(self._feeds.values())
            self._changed.notify_all()
        for one in waiting:
            one.fail(error)
        for feed in feeds:
            feed.fail(error)

    def _reopen(self) -> None:
        deadline = time.monotonic() + self._reconnect_for_s
        pause = FIRST_PAUSE_S
        while True:
            # Half of the pause is drawn, so that many clients do not come back in step.
            if self._closing.wait(pause * (0.5 + random.random() / 2)):
                return
            try:
                socket, self.welcome = self._open()
                break
            except GengaError as error:
                if error.code in FINAL or time.monotonic() > deadline:
                    raise
            pause = min(pause * 2, LONGEST_PAUSE_S)
        log.info("Connected again")
        self._resume(socket)

    def _resume(self, socket: ClientConnection) -> None:
        """Asks for the events that were missed and repeats what was not answered, before anyone may send."""
        with self._changed:
            repeated: list[ClientMessage] = []
            for waiting in self._waiting.values():
                if waiting.again:
                    waiting.sent += 1
                    repeated.append(waiting.message)
            for job_id, feed in list(self._feeds.items()):
                if feed.attached:
                    attach = Attach(id=self.next_id(), job_id=job_id, after_event=feed.last_sequence)
                    self._waiting[_id(attach)] = _Reattach(attach, feed)
                    repeated.append(attach)
            # If it breaks again, the reading thread notices.
            with contextlib.suppress(ConnectionClosed, OSError):
                for message in repeated:
                    socket.send(pack(encode(message)))
            self._socket = socket
            self._changed.notify_all()

    def _open(self) -> tuple[ClientConnection, Welcome]:
        endpoint = self._find()
        try:
            socket = open_websocket(
                endpoint.url,
                subprotocols=[Subprotocol(PROTOCOL_VERSION)],
                compression=None,
                proxy=None,  # a proxy of the environment knows nothing of this machine
                open_timeout=self._connect_timeout_s,
                close_timeout=2,
                max_size=MAX_FRAME_BYTES,
            )
            # websockets 17.1 warns of connections that are used without being entered.
            socket.__enter__()
        except InvalidStatus as error:
            raise _refused(endpoint, error) from error
        except (OSError, InvalidHandshake, EOFError) as error:
            raise GengaError(
                "CORE_NOT_RUNNING", f"No core answers at {endpoint.url}: {error}.", remedy=START_REMEDY
            ) from error
        try:
            hello = Hello(client=self._hello, protocols=[PROTOCOL_VERSION], token=endpoint.token)
            socket.send(pack(encode(hello)))
            frame = socket.recv(timeout=self._connect_timeout_s)
            answer = decode_core_message(unpack(frame if isinstance(frame, bytes) else frame.encode()))
            if isinstance(answer, ErrorReply):
                raise GengaError.from_body(answer.error)
            if not isinstance(answer, Welcome):
                raise GengaError("MALFORMED_MESSAGE", f"The core answered `hello` with `{answer.type}`.")
            return socket, answer
        except (ConnectionClosed, OSError) as error:
            socket.close()
            raise GengaError(
                "CORE_NOT_RUNNING", f"{endpoint.url} gave no answer to `hello`: {error}.", remedy=START_REMEDY
            ) from error
        except GengaError:
            socket.close()
            raise


def _reply_to(value: object) -> object:
    return cast("dict[str, Any]", value).get("reply_to") if isinstance(value, dict) else None


def _id(message: ClientMessage) -> str:
    return "" if isinstance(message, Hello) else message.id


_STATUS_CODES: dict[
    int, Literal["UNAUTHORIZED", "FORBIDDEN_ORIGIN", "UNSUPPORTED_PROTOCOL", "RATE_LIMITED", "SHUTTING_DOWN"]
] = {
    400: "UNSUPPORTED_PROTOCOL",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN_ORIGIN",
    429: "RATE_LIMITED",
    503: "SHUTTING_DOWN",
}


def _refused(endpoint: Endpoint, error: InvalidStatus) -> GengaError:
    status = error.response.status_code
    said = bytes(error.response.body or b"").decode("utf-8", "replace").strip()[:500]
    code = _STATUS_CODES.get(status)
    if code is None:
        what = f"What answers at {endpoint.url} is no core: HTTP status {status}."
        return GengaError("CORE_NOT_RUNNING", what, remedy=START_REMEDY)
    return GengaError(code, said or f"The core refused the connection with HTTP status {status}.")
