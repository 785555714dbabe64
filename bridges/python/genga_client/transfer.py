"""Bytes of assets on their way to the core and back, in chunks, resumed when the connection breaks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .connection import Connection, ConnectionLost
from .errors import GengaError
from .protocol import (
    AssetChunk,
    AssetData,
    AssetGet,
    AssetProgress,
    AssetPut,
    AssetReady,
    AssetRef,
    AssetStored,
)

MAX_UNACKNOWLEDGED = 8
MAX_CHUNK_BYTES = 1024 * 1024
MAX_STALLS = 8
"""Connections in a row that broke without one byte more."""

OnProgress = Callable[[int, int], object]
"""Called with the bytes done and the bytes in all."""


def upload(
    connection: Connection, source: BinaryIO, ref: AssetRef, on_progress: OnProgress | None
) -> AssetRef:
    """Sends a seekable source unless the core has it; gives the reference that the core keeps."""
    reached = -1
    stalls = 0
    while True:
        try:
            return _upload_once(connection, source, ref, on_progress)
        except _Broken as broken:
            stalls = 0 if broken.reached > reached else stalls + 1
            reached = max(reached, broken.reached)
            if stalls > MAX_STALLS:
                raise _stalled(ref.sha256) from broken
            connection.wait_open()


def download(
    connection: Connection,
    sha256: str,
    sink: BinaryIO,
    on_progress: OnProgress | None,
    have: Path | None = None,
) -> AssetRef:
    """Writes an asset to a sink and checks its hash; `have` is the file with what came before."""
    digest = hashlib.sha256()
    offset = 0 if have is None else _digest_file(digest, have)
    stalls = 0
    while True:
        before = offset
        try:
            with connection.exchange(
                AssetGet(id=connection.next_id(), sha256=sha256, offset=offset), again=False
            ) as reply:
                while True:
                    data = reply.next()
                    if not isinstance(data, AssetData) or data.offset != offset:
                        what = f"Expected the bytes of asset {sha256} from {offset} on."
                        raise GengaError("MALFORMED_MESSAGE", what)
                    sink.write(data.bytes)
                    digest.update(data.bytes)
                    offset += len(data.bytes)
                    if on_progress is not None:
                        on_progress(offset, data.asset.size)
                    if data.last:
                        if digest.hexdigest() != sha256:
                            raise GengaError(
                                "ASSET_CORRUPT",
                                f"The bytes that came for asset {sha256} have the hash {digest.hexdigest()}.",
                                remedy="Fetch it again.",
                            )
                        return data.asset
        except ConnectionLost as lost:
            stalls = 0 if offset > before else stalls + 1
            if stalls > MAX_STALLS:
                raise _stalled(sha256) from lost
            connection.wait_open()


def hash_file(path: Path) -> tuple[str, int]:
    """Gives SHA-256 and size of a file without reading it whole into memory."""
    digest = hashlib.sha256()
    size = _digest_file(digest, path)
    return digest.hexdigest(), size


class _Broken(Exception):
    def __init__(self, reached: int) -> None:
        super().__init__(f"broke at byte {reached}")
        self.reached = reached


def _upload_once(
    connection: Connection, source: BinaryIO, ref: AssetRef, on_progress: OnProgress | None
) -> AssetRef:
    put = AssetPut(id=connection.next_id(), sha256=ref.sha256, size=ref.size, mime=ref.mime, name=ref.name)
    chunk_bytes = min(MAX_CHUNK_BYTES, connection.welcome.limits.max_chunk_bytes)
    acknowledged = -1
    try:
        with connection.exchange(put, again=False) as reply:
            ready = reply.next()
            if not isinstance(ready, AssetReady):
                raise GengaError("MALFORMED_MESSAGE", f"The core answered `asset_put` with `{ready.type}`.")
            if ready.asset is not None:
                return ready.asset
            sent = acknowledged = ready.offset
            source.seek(sent)
            in_flight = 0
            finished = False
            while True:
                while not finished and in_flight < MAX_UNACKNOWLEDGED:
                    data = source.read(min(chunk_bytes, ref.size - sent))
                    if not data and sent < ref.size:
                        raise _changed(ref)
                    # All bytes may be there already, or there may be none: one empty chunk ends the upload.
                    connection.send(AssetChunk(id=put.id, offset=sent, bytes=data))
                    sent += len(data)
                    in_flight += 1
                    finished = sent >= ref.size
                answer = reply.next()
                in_flight -= 1
                if isinstance(answer, AssetStored):
                    if on_progress is not None:
                        on_progress(ref.size, ref.size)
                    return answer.asset
                if isinstance(answer, AssetProgress):
                    acknowledged = answer.offset
                    if on_progress is not None:
                        on_progress(acknowledged, ref.size)
    except ConnectionLost as lost:
        raise _Broken(acknowledged) from lost


def _digest_file(digest: hashlib._Hash, path: Path) -> int:  # pyright: ignore[reportPrivateUsage]
    size = 0
    with path.open("rb") as file:
        while block := file.read(MAX_CHUNK_BYTES):
            digest.update(block)
            size += len(block)
    return size


def _changed(ref: AssetRef) -> GengaError:
    return GengaError(
        "ASSET_MISMATCH", f"{ref.name or 'The file'} became shorter than {ref.size} bytes while it was sent."
    )


def _stalled(sha256: str) -> GengaError:
    return GengaError(
        "CORE_NOT_RUNNING",
        f"The connection broke {MAX_STALLS} times without a byte more of asset {sha256}.",
        remedy="Look at the core's log.",
    )
