"""A WebSocket server that speaks the protocol by a script, for what a real core does only when it breaks."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from genga_client.codec import decode_client_message, encode
from genga_client.messagepack import pack, unpack
from genga_client.protocol import Hello
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

GOLDEN = Path(__file__).parents[1] / "contract" / "core"
T = TypeVar("T")


class Peer:
    """One connection of a client, seen from the core."""

    def __init__(self, connection: ServerConnection, number: int) -> None:
        self.connection = connection
        self.number = number
        """Counts the connections from 1."""

    def receive(self, kind: type[T]) -> T:
        """Takes the next message, which must be of this kind and fit the protocol strictly."""
        frame = self.connection.recv(timeout=10)
        assert isinstance(frame, bytes)
        message = decode_client_message(unpack(frame))
        assert isinstance(message, kind), f"expected {kind.__name__}, met {message}"
        return message

    def send(self, message: object) -> None:
        """Sends a message, or a plain map that is none."""
        self.connection.send(pack(encode(message)))

    def welcome(self) -> Hello:
        """Takes `hello` and answers with the golden `welcome`."""
        hello = self.receive(Hello)
        golden: Any = json.loads((GOLDEN / "welcome.json").read_text(encoding="utf-8"))
        self.connection.send(bytes.fromhex(golden["frame"]))
        return hello

    def break_off(self) -> None:
        """Ends the connection as a crash does: without a closing handshake."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)
        self.connection.socket.close()

    def stay(self) -> None:
        """Waits until the client leaves."""
        try:
            while True:
                self.connection.recv()
        except (ConnectionClosed, OSError):
            pass


Script = Callable[[Peer], object]


class ScriptedCore:
    """The server's address, and what went wrong in its scripts."""

    def __init__(self, port: int) -> None:
        self.url = f"ws://127.0.0.1:{port}/"
        self.port = port
        self.connections = 0
        self.problems: list[BaseException] = []


@contextmanager
def scripted_core(*scripts: Script) -> Iterator[ScriptedCore]:
    """Serves; the first connection runs the first script, further ones the next, the last again and again."""

    def run(connection: ServerConnection) -> None:
        core.connections += 1
        peer = Peer(connection, core.connections)
        try:
            scripts[min(core.connections, len(scripts)) - 1](peer)
        except (ConnectionClosed, OSError):
            pass
        except BaseException as problem:
            core.problems.append(problem)

    server = serve(
        run,
        "127.0.0.1",
        0,
        subprotocols=["genga.v1"],  # pyright: ignore[reportArgumentType] - a NewType of str
        compression=None,
        max_size=8 * 1024 * 1024,
        close_timeout=0.5,
    )
    core = ScriptedCore(server.socket.getsockname()[1])
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield core
    finally:
        server.shutdown()
        thread.join()
    if core.problems:
        raise core.problems[0]
