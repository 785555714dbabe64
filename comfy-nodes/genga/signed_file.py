"""Files of the core with their credentials, as they travel between the pack's nodes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genga_client import Client
from genga_client.codec import encode
from genga_client.protocol import Output

from .made import MadeFile, declared_bundle


@dataclass(frozen=True, kw_only=True)
class SignedFile:
    """One file as the core gave it."""

    data: bytes
    sha256: str
    name: str
    sidecar: bytes | None = None
    """Its credential, for forms that hold none themselves: goes to `<file>.c2pa`."""
    sidecar_sha256: str | None = None
    record: dict[str, Any] | None = None
    """What made it, as the core signed it."""

    @property
    def asset(self) -> dict[str, Any]:
        """What the page needs to put its provenance badge on a node."""
        return {"sha256": self.sha256, "name": self.name, "sidecar": self.sidecar_sha256}

    @property
    def made(self) -> MadeFile:
        """What a later node of the graph names as the file that it was made from."""
        return MadeFile(
            sha256=self.sha256,
            name=self.name,
            models=[declared_bundle(model) for model in (self.record or {}).get("models", [])],
            sidecar=self.sidecar_sha256,
        )


def fetch_output(client: Client, output: Output) -> SignedFile:
    """Gives a file that a job made."""
    sidecar = output.sidecar
    return SignedFile(
        data=client.get_asset(output.asset.sha256),
        sha256=output.asset.sha256,
        name=output.asset.name or f"{output.record.task}-{output.seed}",
        sidecar=None if sidecar is None else client.get_asset(sidecar.sha256),
        sidecar_sha256=None if sidecar is None else sidecar.sha256,
        record=encode(output.record),
    )


def put_file(client: Client, file: SignedFile, mime: str) -> str:
    """Brings a file and its credential into the core, if they are not there; gives its SHA-256."""
    if file.sidecar is not None:
        client.put_asset(file.sidecar, mime="application/c2pa", name=f"{file.name}.c2pa")
    return client.put_asset(file.data, mime=mime, name=file.name).sha256


def read_file(client: Client, path: Path, data: bytes, mime: str) -> tuple[SignedFile, Any]:
    """Brings a file of the disk and the credential beside it into the core, which verifies it.

    Gives the file and what the core found (VerifiedMessage).
    """
    beside = path.with_name(f"{path.name}.c2pa")
    sidecar = beside.read_bytes() if beside.is_file() else None
    asset = client.put_asset(data, mime=mime, name=path.name)
    credential = None
    if sidecar is not None:
        credential = client.put_asset(sidecar, mime="application/c2pa", name=beside.name).sha256
    found = client.verify(asset.sha256, credential)
    record = None if found.record is None else encode(found.record)
    file = SignedFile(
        data=data,
        sha256=asset.sha256,
        name=path.name,
        sidecar=sidecar,
        sidecar_sha256=credential,
        record=record,
    )
    return file, found


def file_mark(path: Path) -> str:
    """Gives what tells whether a file or the credential beside it changed."""
    marks: list[str] = []
    for one in (path, path.with_name(f"{path.name}.c2pa")):
        try:
            stat = one.stat()
        except OSError:
            marks.append("not there")
            continue
        marks.append(f"{stat.st_mtime_ns} {stat.st_size}")
    return ", ".join(marks)
