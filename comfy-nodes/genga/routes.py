"""Routes of ComfyUI's server for the page's extension: state, jobs, pictures, provenance and settings.

The page never talks to the core and never sees its token. Who reaches ComfyUI from another machine sees
the jobs of this pack only, and changes no settings.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import folder_paths
from aiohttp import web
from genga_client import Client, GengaError
from genga_client.codec import encode
from PIL import Image, ImageOps

from .core import CLIENT_NAME, page_link
from .settings import Settings, held_settings, load_settings, save_settings

log = logging.getLogger("genga")

JOBS_SHOWN = 60
LARGEST_FILE = 512 * 1024 * 1024
THUMBNAIL_PX = 256
STATUS = {
    "ASSET_NOT_FOUND": 404,
    "JOB_NOT_FOUND": 404,
    "JOB_STATE": 409,
    "INVALID_REQUEST": 400,
    "POLICY_REFUSED": 403,
    "FORBIDDEN_ORIGIN": 403,
}
PROXY_HEADERS = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
ACTIONS = ("pause", "resume", "retry", "remove")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
T = TypeVar("T")


def register_routes(routes: web.RouteTableDef) -> None:
    """Adds the routes to ComfyUI's table, `PromptServer.instance.routes`."""
    routes.get("/genga/state")(_answers(_state))
    routes.post("/genga/jobs/update")(_answers(_update_jobs))
    routes.post("/genga/jobs/{job_id}/cancel")(_answers(_cancel))
    routes.get("/genga/assets/{sha256}")(_answers(_asset))
    routes.get("/genga/provenance")(_answers(_provenance))
    routes.get("/genga/settings")(_answers(_get_settings))
    routes.post("/genga/settings")(_answers(_set_settings))


def _answers(handler: Handler) -> Handler:
    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            # A form of another site cannot send this type without asking first, and ComfyUI then says no.
            if request.method == "POST" and request.content_type != "application/json":
                raise _refused("A change must come as application/json.")
            return await handler(request)
        except GengaError as error:
            return web.json_response({"error": _body(error)}, status=STATUS.get(error.code, 502))
        except (KeyError, TypeError, ValueError) as error:
            body = {"code": "INVALID_REQUEST", "message": f"The request cannot be read: {error}."}
            return web.json_response({"error": body}, status=400)

    return guarded


async def _state(request: web.Request) -> web.Response:
    def read(client: Client) -> dict[str, Any]:
        status = encode(client.status())
        jobs = client.jobs(limit=JOBS_SHOWN)
        return {
            "state": "connected",
            "version": client.welcome.core.version,
            "status": {key: value for key, value in status.items() if key not in ("type", "reply_to")},
            "paused": jobs.paused,
            "jobs": [encode(job) for job in jobs.jobs if _sees(request, job.client)],
        }

    # Always 200: a page that asks every two seconds would fill the browser's console with failures.
    try:
        return web.json_response(await _ask(read))
    except GengaError as error:
        return web.json_response({"state": "unreachable", "error": _body(error)})


async def _cancel(request: web.Request) -> web.Response:
    job_id = request.match_info["job_id"]

    def cancel(client: Client) -> None:
        _must_see(request, client, [job_id])
        client.cancel(job_id)

    await _ask(cancel)
    return web.json_response({})


async def _update_jobs(request: web.Request) -> web.Response:
    body = await request.json()
    action, job_ids = body["action"], body.get("job_ids")
    if action not in ACTIONS:
        raise ValueError(f"action {action!r}; expected one of: {', '.join(ACTIONS)}")
    if job_ids is not None and not all(isinstance(job_id, str) for job_id in job_ids):
        raise ValueError("job_ids is no list of texts")

    def update(client: Client) -> None:
        if job_ids is None and not _is_local(request):
            raise _refused("The whole queue can be changed only on ComfyUI's own machine.")
        _must_see(request, client, job_ids or [])
        client.update_jobs(action, job_ids)

    await _ask(update)
    return web.json_response({})


async def _asset(request: web.Request) -> web.Response:
    """The bytes of a core's asset, or with `thumbnail` a small WebP of a picture."""
    sha256 = request.match_info["sha256"]
    # A hash names its bytes for ever, and is known only to those who saw the job.
    headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    if "thumbnail" in request.query:
        small = _thumbnails.get(sha256)
        if small is None:
            small = await asyncio.to_thread(_shrink, await _ask(lambda client: client.get_asset(sha256)))
            _thumbnails.put(sha256, small)
        return web.Response(body=small, content_type="image/webp", headers=headers)
    data = await _ask(lambda client: client.get_asset(sha256))
    kind = _image_type(data)
    if kind is None:
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=data, content_type=kind or "application/octet-stream", headers=headers)


async def _provenance(request: web.Request) -> web.Response:
    """Credential state of an asset (`sha256`, `sidecar`) or of a file of ComfyUI's (`filename` …, `type`).

    A file without a credential is brought into the core, to be looked up in its log, only with `search`.
    """
    query = request.query
    if "sha256" in query:
        found = await _ask(lambda client: client.verify(query["sha256"], query.get("sidecar")))
        return web.json_response({"credential": True, "verification": encode(found)})
    path = _comfy_file(query)
    search = "search" in query
    answer = await asyncio.to_thread(_verify_file, path, search)
    return web.json_response(answer)


async def _get_settings(request: web.Request) -> web.Response:
    return web.json_response(_shown(load_settings(), request))


async def _set_settings(request: web.Request) -> web.Response:
    """Takes `url`, `token` and `prompt_privacy`; what is absent stays. A token goes with its address."""
    if not _is_local(request):
        raise _refused("Settings can be changed only on ComfyUI's own machine.")
    body = await request.json()
    unknown = sorted(set(body) - {"url", "token", "prompt_privacy"})
    if unknown:
        raise ValueError(f"unknown setting {unknown[0]!r}")
    before = held_settings()
    moved = "url" in body and (body["url"] or None) != before.url
    changed = asdict(before) | ({"token": None} if moved else {}) | body
    save_settings(Settings(**changed))
    page_link.close()
    return web.json_response(_shown(load_settings(), request))


def _shown(settings: Settings, request: web.Request) -> dict[str, Any]:
    local = _is_local(request)
    return {
        "url": settings.url if local else None,
        "has_token": settings.token is not None,
        "prompt_privacy": settings.prompt_privacy,
        "fixed_url": bool(os.environ.get("GENGA_URL")),
        "may_change": local,
    }


async def _ask(work: Callable[[Client], T]) -> T:
    return await asyncio.to_thread(page_link.call, work)


def _is_local(request: web.Request) -> bool:
    # A page of another site may point its own name at this machine; then Host tells.
    names = [urlsplit(f"//{request.host}").hostname]
    # Behind a proxy on this machine all come from it: its marks and the page's own address tell.
    names += [
        urlsplit(request.headers[name]).hostname for name in ("Origin", "Referer") if name in request.headers
    ]
    return (
        _is_loopback(request.remote or "")
        and all(_is_loopback(name or "") for name in names)
        and not any(name in request.headers for name in PROXY_HEADERS)
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _sees(request: web.Request, client_name: str) -> bool:
    return _is_local(request) or client_name.split(" ")[0] == CLIENT_NAME


def _must_see(request: web.Request, client: Client, job_ids: list[str]) -> None:
    if _is_local(request):
        return
    seen = {job.job_id for job in client.jobs(limit=1000).jobs if _sees(request, job.client)}
    for job_id in job_ids:
        if job_id not in seen:
            raise GengaError("JOB_NOT_FOUND", f"There is no job {job_id} of this pack.")


def _comfy_file(query: Mapping[str, str]) -> Path:
    name = query["filename"]
    base = folder_paths.get_directory_by_type(query.get("type", "output"))
    if base is None:
        raise ValueError(f"type {query.get('type')!r}; expected output, temp or input")
    root = Path(base).resolve()
    path = (root / query.get("subfolder", "") / name).resolve()
    if not path.is_relative_to(root):
        raise _refused(f"{name} is outside ComfyUI's folders.")
    if not path.is_file():
        raise GengaError("ASSET_NOT_FOUND", f"{name} is not there any more.", remedy="Run the node again.")
    return path


def _verify_file(path: Path, search: bool) -> dict[str, Any]:
    stat = path.stat()
    sidecar = path.with_name(f"{path.name}.c2pa")
    key = f"{path}|{stat.st_mtime_ns}|{stat.st_size}|{sidecar.is_file()}"
    known = _verified.get(key)
    if known is not None and (known["credential"] or not search):
        return known
    if stat.st_size > LARGEST_FILE:
        what = f"{path.name} has {stat.st_size} bytes; files up to {LARGEST_FILE} are verified here."
        raise GengaError("ASSET_TOO_LARGE", what, remedy="Use `genga verify` on the command line.")
    data = path.read_bytes()
    # Every C2PA manifest stands in JUMBF boxes; a file without one need not go to the core.
    credential = sidecar.is_file() or (b"jumb" in data and b"c2pa" in data)
    if not credential and not search:
        answer: dict[str, Any] = {"credential": False}
    else:

        def verify(client: Client) -> dict[str, Any]:
            beside = client.put_asset(sidecar).sha256 if sidecar.is_file() else None
            return encode(client.verify(client.put_asset(data, name=path.name).sha256, beside))

        answer = {"credential": credential, "verification": page_link.call(verify)}
    if credential or not search:
        _verified.put(key, answer)
    return answer


def _shrink(data: bytes) -> bytes:
    try:
        with Image.open(BytesIO(data)) as picture:
            small = ImageOps.exif_transpose(picture)
            small.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
            out = BytesIO()
            small.convert("RGBA" if "A" in small.getbands() else "RGB").save(out, "WEBP", quality=82)
            return out.getvalue()
    except (OSError, Image.DecompressionBombError) as error:
        raise GengaError("INVALID_REQUEST", f"The asset is no picture that can be shown: {error}.") from error


def _image_type(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def _refused(message: str) -> GengaError:
    return GengaError("FORBIDDEN_ORIGIN", message)


def _body(error: GengaError) -> dict[str, Any]:
    return {
        "code": error.code,
        "message": error.message,
        **({"remedy": error.remedy} if error.remedy else {}),
    }


class _Recent:
    """The last few answers, by key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Any] = OrderedDict()

    def get(self, key: str) -> Any:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: str, value: Any) -> None:
        with self._lock:
            self._held[key] = value
            while len(self._held) > self._size:
                self._held.popitem(last=False)


_thumbnails = _Recent(400)
_verified = _Recent(200)
