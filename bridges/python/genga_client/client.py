"""The client: what programs do with a core."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import os
import threading
import uuid
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar, cast, overload

from .codec import encode
from .connection import Connection
from .discovery import Endpoint, default_home, find_core
from .errors import GengaError
from .feed import Feed
from .job import Job
from .protocol import (
    Accepted,
    AssetRef,
    Attach,
    Cancel,
    CoreMessage,
    CoreStatus,
    DeclaredModel,
    Done,
    HelloClient,
    ImageParams,
    Jobs,
    JobsList,
    JobState,
    JobsUpdate,
    MeshParams,
    MotionParams,
    Output,
    Request,
    Sign,
    SignAction,
    Signed,
    SignedFile,
    SignIngredient,
    SoftwareAgent,
    Status,
    Task,
    TextureParams,
    Validate,
    Validated,
    Verification,
    Verified,
    Verify,
    Welcome,
)
from .transfer import OnProgress, download, hash_file, upload

__version__ = "0.1.0"

T = TypeVar("T", bound=CoreMessage)
Params = Mapping[str, Any] | ImageParams | MotionParams | MeshParams | TextureParams
JobsAction = Literal["pause", "resume", "retry", "move", "remove"]

# Files that artists have and that Python's table lacks on some platforms.
_MIME = {
    ".bvh": "application/x-bvh",
    ".c2pa": "application/c2pa",
    ".exr": "image/x-exr",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".obj": "model/obj",
    ".ply": "application/x-ply",
    ".webp": "image/webp",
}


def connect(
    url: str | None = None,
    token: str | None = None,
    *,
    name: str = "genga-python",
    version: str = __version__,
    user: str | None = None,
    home: str | os.PathLike[str] | None = None,
    connect_timeout: float = 5.0,
    reconnect_for: float = 60.0,
) -> Client:
    """Connects to the core that runs on this machine, or to the one at `url`.

    Without `url`, port and token come from `run/core.json` in `home` (`GENGA_HOME`, else the platform's data
    folder). They are looked up again at each reconnect: a core restarted on another port is found.
    `GENGA_TOKEN` and `token` go before the token file. When a connection breaks, the client tries for
    `reconnect_for` seconds to come back, missing no event meanwhile, and then gives up.

    Raises GengaError: CORE_NOT_RUNNING, UNAUTHORIZED, UNSUPPORTED_PROTOCOL.

    >>> with connect() as genga:
    ...     job = genga.submit("image", {"prompt": "a castle at dawn"})
    ...     picture = genga.get_asset(job.wait().outputs[0].asset.sha256)
    """
    folder = Path(home) if home is not None else None

    def find() -> Endpoint:
        if url is not None:
            return Endpoint(url=url, token=token or os.environ.get("GENGA_TOKEN"))
        found = find_core(folder or default_home())
        return Endpoint(url=found.url, token=token or found.token)

    hello = HelloClient(name=name, version=version, user=user)
    return Client(Connection(find, hello, connect_timeout_s=connect_timeout, reconnect_for_s=reconnect_for))


class Client:
    """A connection to a core. May be used from several threads; made by `connect`.

    Its thread ends with `close`, at the end of a `with` block, or when nothing refers to the client and its
    jobs any more.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._jobs: weakref.WeakValueDictionary[str, Job] = weakref.WeakValueDictionary()
        self._jobs_lock = threading.Lock()
        self._finalizer = weakref.finalize(self, connection.close)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection and its threads. Jobs go on in the core; `attach` finds them again."""
        self._finalizer()

    @property
    def welcome(self) -> Welcome:
        """What the core said of itself: capabilities, bundles, limits."""
        return self._connection.welcome

    @property
    def connected(self) -> bool:
        """Whether the connection stands; False while the client tries to come back, and at the end."""
        return self._connection.is_open

    @property
    def ended(self) -> GengaError | None:
        """Why the connection has ended for good: closed here, refused, or given up; None before."""
        return self._connection.ended

    def submit(
        self,
        task: Task,
        params: Params,
        *,
        idempotency_key: str | None = None,
        priority: int = 0,
        project: str | None = None,
        shot: str | None = None,
        prompt_privacy: bool = False,
    ) -> Job:
        """Asks for a job. Gives it when the core has stored it durably.

        Without an idempotency key of the caller's, one is drawn, so that a broken connection never runs a job
        twice. With `prompt_privacy` the job's files hold hashes in place of its prompts.

        Raises GengaError: INVALID_REQUEST, UNSUPPORTED_TASK, BUNDLE_NOT_FOUND, POLICY_REFUSED, QUEUE_FULL …
        """
        accepted = self._call(
            Accepted,
            Request(
                id=self._connection.next_id(),
                task=task,
                params=encode(params),
                idempotency_key=idempotency_key or f"genga-client-{uuid.uuid4()}",
                priority=priority,
                project=project,
                shot=shot,
                prompt_privacy=prompt_privacy or None,
                attach=False,  # `_attach` gives the events from the first on, of an old job too
            ),
        )
        return self._attach(accepted.job_id, 0, accepted.position, accepted.duplicate)

    def attach(self, job_id: str, after_event: int = 0) -> Job:
        """Gives a job that another connection began, with its events after `after_event`.

        Of a job that was retried, the events begin with the last retry: an end that did not last is not read.

        Raises GengaError JOB_NOT_FOUND.
        """
        return self._attach(job_id, after_event, 0, True)

    def validate(self, task: Task, params: Params) -> Validated:
        """Checks a request as `submit` does and runs nothing; gives the parameters with all defaults."""
        message = Validate(id=self._connection.next_id(), task=task, params=encode(params))
        return self._call(Validated, message)

    def cancel(self, job_id: str) -> None:
        """Cancels a job within one denoising step. Raises GengaError JOB_NOT_FOUND, JOB_STATE."""
        self._call(Done, Cancel(id=self._connection.next_id(), job_id=job_id))

    def jobs(self, states: Sequence[JobState] | None = None, limit: int = 100) -> Jobs:
        """Lists jobs: open ones in the order they will run, then ended ones, newest first."""
        wanted = None if states is None else list(states)
        return self._call(Jobs, JobsList(id=self._connection.next_id(), states=wanted, limit=limit))

    def update_jobs(
        self, action: JobsAction, job_ids: Sequence[str] | None = None, *, before: str | None = None
    ) -> Jobs:
        """Changes the queue; gives the jobs that it changed. See `JobsUpdate` for the actions."""
        ids = None if job_ids is None else list(job_ids)
        update = JobsUpdate(id=self._connection.next_id(), action=action, job_ids=ids, before=before)
        return self._call(Jobs, update, again=action != "retry")

    def put_asset(
        self,
        source: bytes | str | os.PathLike[str],
        *,
        mime: str | None = None,
        name: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> AssetRef:
        """Brings bytes, or the file at a path, into the core's store; sends nothing that is there already.

        The media type comes from the file's name, or from the first bytes of PNG, JPEG, WebP and GLB.

        Raises GengaError: ASSET_TOO_LARGE, QUOTA_EXCEEDED, STORAGE_FULL.
        """
        if isinstance(source, bytes):
            digest = hashlib.sha256(source).hexdigest()
            ref = AssetRef(sha256=digest, size=len(source), mime=mime or _sniff(source), name=name)
            return upload(self._connection, io.BytesIO(source), ref, on_progress)
        path = Path(source)
        sha256, size = hash_file(path)
        with path.open("rb") as file:
            kind = mime or _mime_of_name(path) or _sniff(file.read(16))
            ref = AssetRef(sha256=sha256, size=size, mime=kind, name=name or path.name)
            return upload(self._connection, file, ref, on_progress)

    @overload
    def get_asset(self, sha256: str, *, on_progress: OnProgress | None = None) -> bytes: ...

    @overload
    def get_asset(
        self, sha256: str, to: str | os.PathLike[str], *, on_progress: OnProgress | None = None
    ) -> Path: ...

    def get_asset(
        self, sha256: str, to: str | os.PathLike[str] | None = None, *, on_progress: OnProgress | None = None
    ) -> bytes | Path:
        """Gives the bytes of an asset, or writes them to a file and gives its path; the hash was checked.

        The file appears whole or not at all: bytes go to `<to>.<hash>.part` first; a later call resumes that.

        Raises GengaError: ASSET_NOT_FOUND, ASSET_CORRUPT.
        """
        if to is None:
            memory = io.BytesIO()
            download(self._connection, sha256, memory, on_progress)
            return memory.getvalue()
        path = Path(to)
        part = path.with_name(f"{path.name}.{sha256[:16]}.part")
        try:
            with part.open("ab") as file:
                download(self._connection, sha256, file, on_progress, have=part)
                file.flush()
                os.fsync(file.fileno())
        except GengaError as error:
            if error.code in ("ASSET_CORRUPT", "ASSET_NOT_FOUND", "INVALID_REQUEST"):
                part.unlink(missing_ok=True)
            raise
        os.replace(part, path)
        return path

    def save_output(self, output: Output, to: str | os.PathLike[str]) -> Path:
        """Writes a job's file and, where it has one, its credential beside it, `<to>.c2pa`; gives the file.

        Raises GengaError: ASSET_NOT_FOUND, ASSET_CORRUPT.
        """
        path = self.get_asset(output.asset.sha256, to)
        if output.sidecar is not None:
            self.get_asset(output.sidecar.sha256, path.with_name(f"{path.name}.c2pa"))
        return path

    def verify(self, sha256: str, sidecar: str | None = None) -> Verification:
        """Gives the credential state of an asset, and what made it."""
        message = Verify(id=self._connection.next_id(), sha256=sha256, sidecar=sidecar)
        return self._call(Verified, message).verification

    def sign(
        self,
        asset: str,
        *,
        sidecar: str | None = None,
        title: str | None = None,
        actions: Sequence[SignAction | Mapping[str, Any]] = (),
        ingredients: Sequence[SignIngredient | Mapping[str, Any]] = (),
        models: Sequence[DeclaredModel | Mapping[str, Any]] = (),
        software_agent: SoftwareAgent | Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        prompt_privacy: bool = False,
        project: str | None = None,
        shot: str | None = None,
    ) -> SignedFile:
        """Has the core sign a file that was made elsewhere; bring it in with `put_asset` first.

        PNG, JPEG and WebP carry their credential; of other files keep the sidecar as `<file>.c2pa`. Actions
        are the words of C2PA; without a parent and without `c2pa.created` first, the file as it came is the
        parent. It is signed at once, whatever waits in the queue, and all that is declared is written as this
        client's word. A call that a broken connection repeats may leave two entries in the log.

        Raises GengaError: INVALID_REQUEST, ASSET_NOT_FOUND, ASSET_UNREADABLE, POLICY_REFUSED, SIGNING_FAILED.

        >>> picture = genga.put_asset("castle.png")
        >>> painted = {"action": "c2pa.edited", "digital_source_type": "humanEdits"}
        >>> signed = genga.sign(picture.sha256, actions=[painted])
        >>> genga.get_asset(signed.asset.sha256, to="castle-signed.png")
        """
        message = Sign(
            id=self._connection.next_id(),
            asset=asset,
            sidecar=sidecar,
            title=title,
            actions=cast("list[SignAction]", list(actions)),
            ingredients=cast("list[SignIngredient]", list(ingredients)),
            models=cast("list[DeclaredModel]", list(models)),
            software_agent=cast("SoftwareAgent | None", software_agent),
            parameters=dict(parameters or {}),
            prompt_privacy=prompt_privacy,
            project=project,
            shot=shot,
        )
        return self._call(Signed, message).file

    def status(self) -> CoreStatus:
        """Tells how the core is: provider, memory, queue, policy, bundles."""
        return self._call(CoreStatus, Status(id=self._connection.next_id()))

    def _attach(self, job_id: str, after_event: int, position: int, duplicate: bool) -> Job:
        with self._jobs_lock:
            job = self._jobs.get(job_id)
            # A job whose end has come may have been retried since: that is followed anew.
            if job is not None and not job.ended and not job.feed.ended:
                return job
            feed = Feed(after_event)
            job = Job(self, job_id, feed, position, duplicate)
            self._jobs[job_id] = job
            self._connection.add_feed(job_id, feed)
        # From here on a reconnect asks for the events again; what comes twice is dropped by its number.
        feed.attached = True
        try:
            self._call(Done, Attach(id=self._connection.next_id(), job_id=job_id, after_event=after_event))
        except BaseException:
            feed.attached = False
            with self._jobs_lock:
                self._jobs.pop(job_id, None)
            raise
        return job

    def _call(self, kind: type[T], message: Any, *, again: bool = True) -> T:
        answer = self._connection.call(message, again=again)
        if not isinstance(answer, kind):
            raise GengaError("MALFORMED_MESSAGE", f"The core answered `{message.type}` with `{answer.type}`.")
        return answer


def _mime_of_name(path: Path) -> str | None:
    return _MIME.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]


def _sniff(start: bytes) -> str:
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start.startswith(b"glTF"):
        return "model/gltf-binary"
    return "application/octet-stream"
