"""The Python client against a core that breaks on purpose."""

from __future__ import annotations

import gc
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from genga_client import GengaError, connect
from genga_client.protocol import (
    Accepted,
    Attach,
    Cancel,
    CancelledEvent,
    Done,
    ErrorBody,
    ErrorReply,
    Hello,
    JobsUpdate,
    PreviewEvent,
    ProgressEvent,
    QueuedEvent,
    Request,
    ResultEvent,
    Validate,
    Validated,
)
from scripted_core import Peer, scripted_core

NOW = "2026-11-22T08:30:00.000Z"


def progress(sequence: int) -> ProgressEvent:
    return ProgressEvent(
        job_id="job-1",
        sequence=sequence,
        time=NOW,
        stage="denoise",
        progress=sequence / 100,
        step=sequence,
        total_steps=100,
    )


def result(sequence: int) -> ResultEvent:
    return ResultEvent(job_id="job-1", sequence=sequence, time=NOW, outputs=[], duration_ms=1)


def take_job(peer: Peer) -> None:
    """Welcomes, accepts a job and its `attach`."""
    peer.welcome()
    request = peer.receive(Request)
    peer.send(Accepted(reply_to=request.id, job_id="job-1", position=0, duplicate=False))
    peer.send(Done(reply_to=peer.receive(Attach).id))


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left: list[threading.Thread] = []

    def ended() -> bool:
        left[:] = [thread for thread in threading.enumerate() if thread not in before]
        return not left

    eventually(ended, f"threads are left: {left}")


def test_events_after_a_broken_connection_come_once_and_in_order() -> None:
    def first(peer: Peer) -> None:
        take_job(peer)
        for sequence in range(1, 5):
            peer.send(progress(sequence))
        peer.break_off()

    def second(peer: Peer) -> None:
        peer.welcome()
        attach = peer.receive(Attach)
        assert attach.job_id == "job-1"
        asked.append(attach.after_event)
        peer.send(Done(reply_to=attach.id))
        for sequence in range(3, 9):  # 3 and 4 come again
            peer.send(progress(sequence))
        peer.break_off()

    def third(peer: Peer) -> None:
        peer.welcome()
        attach = peer.receive(Attach)
        asked.append(attach.after_event)
        peer.send(result(9))
        peer.send(Done(reply_to=attach.id))
        peer.stay()

    asked: list[int] = []
    with scripted_core(first, second, third) as core, connect(core.url, "token") as genga:
        job = genga.submit("image", {"prompt": "x"})
        assert [event.sequence for event in job.events(timeout=600)] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
        assert job.ended and job.result().duration_ms == 1
    assert asked == [4, 8]


def test_a_request_without_answer_is_repeated_with_the_same_key() -> None:
    keys: list[str | None] = []

    def deaf(peer: Peer) -> None:
        peer.welcome()
        keys.append(peer.receive(Request).idempotency_key)
        peer.break_off()

    def awake(peer: Peer) -> None:
        peer.welcome()
        request = peer.receive(Request)
        keys.append(request.idempotency_key)
        peer.send(Accepted(reply_to=request.id, job_id="job-1", position=2, duplicate=True))
        peer.send(Done(reply_to=peer.receive(Attach).id))
        peer.stay()

    with scripted_core(deaf, awake) as core, connect(core.url) as genga:
        job = genga.submit("image", {"prompt": "x"})
        assert (job.job_id, job.position, job.duplicate) == ("job-1", 2, True)
    assert len(keys) == 2 and keys[0] is not None and keys[0] == keys[1]


def test_a_retry_without_answer_is_not_repeated() -> None:
    def deaf(peer: Peer) -> None:
        peer.welcome()
        peer.receive(JobsUpdate)
        peer.break_off()

    def second(peer: Peer) -> None:
        peer.welcome()
        peer.stay()

    with scripted_core(deaf, second) as core, connect(core.url) as genga:
        with pytest.raises(GengaError, match="perhaps it was done") as caught:
            genga.update_jobs("retry")
        assert caught.value.code == "CORE_NOT_RUNNING"


def test_a_message_that_brings_the_core_down_is_not_repeated_for_ever() -> None:
    def crashes(peer: Peer) -> None:
        peer.welcome()
        peer.receive(Validate)
        peer.break_off()

    with scripted_core(crashes) as core, connect(core.url) as genga:
        with pytest.raises(GengaError) as caught:
            genga.validate("image", {"prompt": "x"})
        assert caught.value.code == "CORE_NOT_RUNNING"
        assert core.connections == 5


def test_a_core_that_does_not_come_back_is_given_up() -> None:
    def first(peer: Peer) -> None:
        take_job(peer)
        peer.send(progress(1))
        peer.break_off()
        gone.set()

    gone = threading.Event()
    with scripted_core(first) as core:
        genga = connect(core.url, reconnect_for=0.3)
        job = genga.submit("image", {"prompt": "x"})
        assert gone.wait(10)
        core_url = core.url
        # The server stops with the block; nothing answers any more.
    seen: list[int] = []
    with pytest.raises(GengaError) as caught:
        for event in job.events(timeout=600):
            seen.append(event.sequence)
    assert caught.value.code == "CORE_NOT_RUNNING"
    assert core_url in caught.value.message and "genga serve" in (caught.value.remedy or "")
    assert seen == [1]
    with pytest.raises(GengaError):
        genga.status()
    genga.close()


def test_a_refused_token_is_not_tried_again() -> None:
    def refuses(peer: Peer) -> None:
        assert peer.receive(Hello).token == "wrong"
        error = ErrorBody(code="UNAUTHORIZED", message="The token is wrong.", remedy="Take the other.")
        peer.send(ErrorReply(error=error))
        peer.connection.close(4401)

    with scripted_core(refuses) as core:
        with pytest.raises(GengaError, match="The token is wrong") as caught:
            connect(core.url, "wrong")
        assert caught.value.code == "UNAUTHORIZED" and caught.value.remedy == "Take the other."
        assert core.connections == 1


def test_a_core_restarted_on_another_port_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENGA_TOKEN", raising=False)
    tokens: list[str | None] = []

    def first(peer: Peer) -> None:
        tokens.append(peer.welcome().token)
        peer.receive(Validate)
        point_at(other.port, "token of the second")
        peer.break_off()

    def second(peer: Peer) -> None:
        tokens.append(peer.welcome().token)
        peer.send(Validated(reply_to=peer.receive(Validate).id, params={"width": 512}))
        peer.stay()

    def point_at(port: int, token: str) -> None:
        (tmp_path / "token").write_text(f"{token}\n")
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / "core.json").write_text(
            json.dumps({"port": port, "token_file": str(tmp_path / "token")})
        )

    with scripted_core(first) as core, scripted_core(second) as other:
        point_at(core.port, "token of the first")
        with connect(home=tmp_path) as genga:
            assert genga.validate("image", {"prompt": "x"}).params == {"width": 512}
    assert tokens == ["token of the first", "token of the second"]


@pytest.mark.parametrize("use", ["closed port", "no file", "stale file", "broken file", "no core"])
def test_core_not_running_is_said_with_a_remedy(use: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options: dict[str, Any] = {"home": tmp_path}
    server: http.server.HTTPServer | None = None
    (tmp_path / "run").mkdir()
    if use == "closed port":
        options = {"url": f"ws://127.0.0.1:{port}/"}
    elif use == "stale file":
        (tmp_path / "run" / "core.json").write_text(json.dumps({"port": port, "pid": 1}))
    elif use == "broken file":
        (tmp_path / "run" / "core.json").write_text('{"port": 17')
    elif use == "no core":
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
        server.RequestHandlerClass.log_message = lambda *_: None  # pyright: ignore[reportAttributeAccessIssue]
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        options = {"url": f"ws://127.0.0.1:{server.server_port}/nothing"}
    try:
        with pytest.raises(GengaError) as caught:
            connect(**options)
    finally:
        if server is not None:
            server.shutdown()
            server.server_close()
    assert caught.value.code == "CORE_NOT_RUNNING"
    assert "genga serve" in str(caught.value)


def test_a_forgotten_client_ends_its_threads() -> None:
    def stays(peer: Peer) -> None:
        peer.welcome()
        peer.stay()
        left.set()

    left = threading.Event()
    with scripted_core(stays) as core:
        genga = connect(core.url)
        assert any(thread.name == "genga-client" for thread in threading.enumerate())
        del genga
        gc.collect()
        assert left.wait(10)
        eventually(
            lambda: all(thread.name != "genga-client" for thread in threading.enumerate()), "thread is left"
        )


def test_close_frees_who_waits() -> None:
    def deaf(peer: Peer) -> None:
        peer.welcome()
        peer.receive(Validate)
        asked.set()
        peer.stay()

    asked = threading.Event()
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            genga.validate("image", {"prompt": "x"})
        except GengaError as error:
            caught.append(error)

    with scripted_core(deaf) as core:
        genga = connect(core.url)
        asking = threading.Thread(target=ask)
        asking.start()
        assert asked.wait(10)
        genga.close()
        asking.join(10)
        genga.close()
    assert isinstance(caught[0], GengaError) and caught[0].code == "CORE_NOT_RUNNING"


def test_what_a_later_core_says_is_passed_over_and_a_broken_answer_reaches_who_asked() -> None:
    def talks(peer: Peer) -> None:
        peer.welcome()
        first = peer.receive(Validate)
        peer.send({"type": "greeting", "text": "new in a later core"})
        peer.connection.send(b"\xc1")
        peer.connection.send("text")
        peer.send(Validated(reply_to=first.id, params={}))
        second = peer.receive(Validate)
        peer.send({"type": "validated", "reply_to": second.id, "params": 5})
        peer.stay()

    with scripted_core(talks) as core, connect(core.url) as genga:
        assert genga.validate("image", {"prompt": "x"}).params == {}
        with pytest.raises(GengaError, match="params must be a map") as caught:
            genga.validate("image", {"prompt": "x"})
        assert caught.value.code == "MALFORMED_MESSAGE"


@pytest.mark.parametrize("by", ["on_event", "on_tick"])
def test_an_exception_while_waiting_cancels_the_job(by: str) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(*_: object) -> None:
        raise Interrupted

    def works(peer: Peer) -> None:
        take_job(peer)
        if by == "on_event":
            peer.send(progress(1))
        cancel = peer.receive(Cancel)
        assert cancel.job_id == "job-1"
        peer.send(Done(reply_to=cancel.id))
        peer.send(CancelledEvent(job_id="job-1", sequence=2, time=NOW))
        peer.stay()

    with scripted_core(works) as core, connect(core.url) as genga:
        job = genga.submit("image", {"prompt": "x"})
        with pytest.raises(Interrupted):
            if by == "on_event":
                job.wait(interrupt)
            else:
                job.wait(on_tick=interrupt)
        with pytest.raises(GengaError) as caught:
            job.wait(timeout=10)
        assert caught.value.code == "CANCELLED"


def test_poll_gives_what_is_there_and_keeps_one_preview_of_an_output() -> None:
    def preview(sequence: int, output_index: int) -> PreviewEvent:
        return PreviewEvent(
            job_id="job-1",
            sequence=sequence,
            time=NOW,
            mime="image/png",
            bytes=b"x",
            output_index=output_index,
            step=sequence,
        )

    def works(peer: Peer) -> None:
        take_job(peer)
        peer.receive(Validate)  # the test has polled once
        peer.send(QueuedEvent(job_id="job-1", sequence=1, time=NOW, position=0))
        for event in (preview(2, 0), preview(3, 1), progress(4), preview(5, 0)):
            peer.send(event)
        peer.send(Validated(reply_to="9", params={}))
        peer.send(result(6))
        peer.stay()

    with scripted_core(works) as core, connect(core.url) as genga:
        job = genga.submit("image", {"prompt": "x"})
        assert job.poll() == []
        asking = threading.Thread(target=lambda: pytest.raises(GengaError, genga.validate, "image", {}))
        asking.start()
        eventually(lambda: job.last_sequence == 6, "events do not come")
        assert [event.sequence for event in job.poll()] == [1, 3, 4, 5, 6]
        assert job.ended
        genga.close()
        asking.join(10)


def test_wait_says_when_time_is_up() -> None:
    def works(peer: Peer) -> None:
        take_job(peer)
        peer.stay()

    with scripted_core(works) as core, connect(core.url) as genga:
        job = genga.submit("image", {"prompt": "x"})
        with pytest.raises(TimeoutError, match="job-1"):
            job.wait(timeout=0.05)
        with pytest.raises(TimeoutError, match="job-1"):
            list(job.events(timeout=0.05))


def test_a_message_beyond_the_limit_is_refused_before_it_is_sent() -> None:
    def stays(peer: Peer) -> None:
        peer.welcome()
        peer.stay()

    with scripted_core(stays) as core, connect(core.url) as genga:
        with pytest.raises(GengaError, match="4194304") as caught:
            genga.submit("image", {"prompt": "x" * 5_000_000})
        assert caught.value.code == "MESSAGE_TOO_LARGE"
        assert core.connections == 1
