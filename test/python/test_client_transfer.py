"""Assets of the Python client over connections that break."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from genga_client import GengaError, connect
from genga_client.protocol import (
    AssetChunk,
    AssetData,
    AssetGet,
    AssetProgress,
    AssetPut,
    AssetReady,
    AssetRef,
    AssetStored,
    ErrorBody,
    ErrorReply,
    Hello,
)
from scripted_core import Peer, scripted_core

MIB = 1024 * 1024
CONTENT = os.urandom(5 * MIB + 17)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
REF = AssetRef(sha256=SHA256, size=len(CONTENT), mime="application/octet-stream")


def test_an_upload_goes_on_where_it_broke(tmp_path: Path) -> None:
    taken = bytearray()

    def first(peer: Peer) -> None:
        peer.welcome()
        put = peer.receive(AssetPut)
        assert (put.size, put.name, put.sha256) == (len(CONTENT), "noise.bin", SHA256)
        peer.send(AssetReady(reply_to=put.id, offset=0))
        for _ in range(3):
            taken.extend(peer.receive(AssetChunk).bytes)
            peer.send(AssetProgress(reply_to=put.id, offset=len(taken)))
        peer.break_off()

    def second(peer: Peer) -> None:
        peer.welcome()
        put = peer.receive(AssetPut)
        peer.send(AssetReady(reply_to=put.id, offset=len(taken)))
        while len(taken) < put.size:
            chunk = peer.receive(AssetChunk)
            assert chunk.offset == len(taken) and len(chunk.bytes) <= MIB
            taken.extend(chunk.bytes)
            if len(taken) < put.size:
                peer.send(AssetProgress(reply_to=put.id, offset=len(taken)))
        peer.send(AssetStored(reply_to=put.id, asset=REF))
        peer.stay()

    path = tmp_path / "noise.bin"
    path.write_bytes(CONTENT)
    done: list[int] = []
    with scripted_core(first, second) as core, connect(core.url) as genga:
        assert genga.put_asset(path, on_progress=lambda sent, _: done.append(sent)) == REF
    assert bytes(taken) == CONTENT
    assert done == sorted(done) and done[-1] == len(CONTENT)


def test_no_more_than_eight_chunks_are_unacknowledged() -> None:
    content = bytes(12 * MIB)

    def slow(peer: Peer) -> None:
        peer.welcome()
        put = peer.receive(AssetPut)
        peer.send(AssetReady(reply_to=put.id, offset=0))
        for _ in range(8):
            peer.receive(AssetChunk)
        with pytest.raises(TimeoutError):
            peer.connection.recv(timeout=0.2)
        for number in range(1, 12):
            peer.send(AssetProgress(reply_to=put.id, offset=number * MIB))
            if number <= 4:
                peer.receive(AssetChunk)
        peer.send(AssetStored(reply_to=put.id, asset=REF))
        peer.stay()

    with scripted_core(slow) as core, connect(core.url) as genga:
        genga.put_asset(content)


def test_an_asset_that_is_there_is_not_sent() -> None:
    def has_it(peer: Peer) -> None:
        peer.welcome()
        put = peer.receive(AssetPut)
        assert put.mime == "image/png"
        peer.send(AssetReady(reply_to=put.id, offset=put.size, asset=REF))
        peer.stay()

    with scripted_core(has_it) as core, connect(core.url) as genga:
        assert genga.put_asset(b"\x89PNG\r\n\x1a\n....") == REF


def test_a_refused_upload_raises_the_cores_error() -> None:
    def refuses(peer: Peer) -> None:
        peer.welcome()
        put = peer.receive(AssetPut)
        peer.send(AssetReady(reply_to=put.id, offset=0))
        peer.receive(AssetChunk)
        peer.send(
            ErrorReply(reply_to=put.id, error=ErrorBody(code="STORAGE_FULL", message="The disk is full."))
        )
        peer.stay()

    with scripted_core(refuses) as core, connect(core.url) as genga:
        with pytest.raises(GengaError) as caught:
            genga.put_asset(b"abc")
        assert caught.value.code == "STORAGE_FULL"


def send_from(peer: Peer, get: AssetGet, stop: int, content: bytes = CONTENT) -> None:
    offset = get.offset
    while offset < stop:
        data = content[offset : min(offset + MIB, stop)]
        peer.send(
            AssetData(
                reply_to=get.id,
                asset=REF,
                offset=offset,
                bytes=data,
                last=offset + len(data) == len(content),
            )
        )
        offset += len(data)


def test_a_download_goes_on_where_it_broke() -> None:
    offsets: list[int] = []

    def first(peer: Peer) -> None:
        peer.welcome()
        get = peer.receive(AssetGet)
        offsets.append(get.offset)
        send_from(peer, get, 2 * MIB)
        peer.connection.close(1001)

    def second(peer: Peer) -> None:
        peer.welcome()
        get = peer.receive(AssetGet)
        offsets.append(get.offset)
        send_from(peer, get, len(CONTENT))
        peer.stay()

    with scripted_core(first, second) as core, connect(core.url) as genga:
        assert genga.get_asset(SHA256) == CONTENT
    assert offsets == [0, 2 * MIB]


def test_a_file_appears_whole_and_a_later_call_resumes_its_part(tmp_path: Path) -> None:
    target = tmp_path / "noise.bin"
    part = tmp_path / f"noise.bin.{SHA256[:16]}.part"
    offsets: list[int] = []

    def stops(peer: Peer) -> None:
        peer.welcome()
        get = peer.receive(AssetGet)
        offsets.append(get.offset)
        send_from(peer, get, 3 * MIB)
        peer.connection.close(1001)

    def refuses(peer: Peer) -> None:
        peer.receive(Hello)
        peer.send(ErrorReply(error=ErrorBody(code="UNAUTHORIZED", message="No longer.")))

    def whole(peer: Peer) -> None:
        peer.welcome()
        get = peer.receive(AssetGet)
        offsets.append(get.offset)
        send_from(peer, get, len(CONTENT))
        peer.stay()

    with (
        scripted_core(stops, refuses) as core,
        connect(core.url) as genga,
        pytest.raises(GengaError, match="No longer"),
    ):
        genga.get_asset(SHA256, to=target)
    assert part.read_bytes() == CONTENT[: 3 * MIB] and not target.exists()
    with scripted_core(whole) as core, connect(core.url) as genga:
        assert genga.get_asset(SHA256, to=target) == target
    assert target.read_bytes() == CONTENT and not part.exists()
    assert offsets == [0, 3 * MIB]


def test_bytes_that_do_not_match_their_hash_leave_no_file(tmp_path: Path) -> None:
    def lies(peer: Peer) -> None:
        peer.welcome()
        get = peer.receive(AssetGet)
        send_from(peer, get, len(CONTENT), CONTENT[:-1] + bytes([CONTENT[-1] ^ 1]))
        peer.stay()

    with scripted_core(lies) as core, connect(core.url) as genga:
        with pytest.raises(GengaError) as caught:
            genga.get_asset(SHA256, to=tmp_path / "noise.bin")
        assert caught.value.code == "ASSET_CORRUPT"
    assert list(tmp_path.iterdir()) == []


def test_a_missing_asset_leaves_no_file(tmp_path: Path) -> None:
    def has_nothing(peer: Peer) -> None:
        peer.welcome()
        get = peer.receive(AssetGet)
        error = ErrorBody(code="ASSET_NOT_FOUND", message="The store holds no such asset.")
        peer.send(ErrorReply(reply_to=get.id, error=error))
        peer.stay()

    with scripted_core(has_nothing) as core, connect(core.url) as genga:
        with pytest.raises(GengaError) as caught:
            genga.get_asset(SHA256, to=tmp_path / "noise.bin")
        assert caught.value.code == "ASSET_NOT_FOUND"
    assert list(tmp_path.iterdir()) == []
