"""A core as a child process of Blender."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from genga_client import GengaError

from .core_settings import CoreSettings
from .find_program import find_program

START_S = 60.0
"""Longest time until a core listens; a slow disk after a cold start needs 10 s."""
STOP_S = 15.0
"""Time that a core gets to end its step and store its queue before it is killed."""


class CoreProcess:
    """`genga serve` as a process that outlives Blender unless it is stopped."""

    def __init__(self, process: subprocess.Popen[str], error_log: Path) -> None:
        self._process = process
        self._error_log = error_log
        self._lines: deque[dict[str, Any]] = deque(maxlen=20)
        self._told = threading.Event()
        # Reads on to the end, so that the core never waits for a full pipe.
        self._reader = threading.Thread(target=self._read, name="genga-core-output", daemon=True)
        self._reader.start()

    @staticmethod
    def start(settings: CoreSettings, abandoned: threading.Event) -> CoreProcess:
        """Starts a core and waits until it listens.

        Raises GengaError with the core's own code and words if it ends before; CORE_NOT_RUNNING if there is
        no core or no Node to start; CANCELLED when `abandoned` is set.
        """
        program = find_program(settings)
        logs = settings.home_folder / "logs"
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        error_log = logs / "start.log"
        environ = dict(os.environ)
        if settings.home is not None:
            environ["GENGA_HOME"] = str(settings.home)
        if settings.hide_prompts:
            environ["GENGA_PROMPT_PRIVACY"] = "true"
        # A group of its own: Ctrl-C in Blender's terminal is not meant for the core.
        apart: dict[str, Any] = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        try:
            with error_log.open("wb") as errors:
                process = subprocess.Popen(
                    [str(program.node), str(program.script), "serve", "--json"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=environ,
                    cwd=program.folder,
                    encoding="utf-8",
                    errors="replace",
                    **apart,
                )
        except OSError as error:
            raise GengaError(
                "CORE_NOT_RUNNING",
                f"{program.node} could not be started: {error.strerror or error}.",
                remedy="Correct the Node program in the add-on's preferences.",
            ) from error
        core = CoreProcess(process, error_log)
        try:
            core._wait_listening(abandoned)
        except BaseException:
            core.stop()
            raise
        return core

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def ask_to_stop(self) -> None:
        """Tells the core to store its queue and end; does not wait."""
        with contextlib.suppress(OSError):
            self._process.terminate()

    def stop(self) -> None:
        """Ends the core and waits for it; kills it if it does not end."""
        self.ask_to_stop()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(2)

    def last_words(self) -> str:
        """Says how the process ended: what the core said, else the end of its log, else the exit code."""
        self._reader.join(2)
        for line in reversed(self._lines):
            if line.get("event") == "error":
                return " ".join(str(line[key]) for key in ("message", "remedy") if line.get(key))
        with contextlib.suppress(OSError):
            tail = self._error_log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-6:]
            if tail:
                return "Its last words: " + "\n".join(tail)
        return f"Exit code {self._process.returncode}."

    def _wait_listening(self, abandoned: threading.Event) -> None:
        deadline = time.monotonic() + START_S
        while not self._told.wait(0.05):
            if abandoned.is_set():
                raise GengaError("CANCELLED", "The start of the core was cancelled.")
            if not self.running:
                break
            if time.monotonic() > deadline:
                raise GengaError(
                    "CORE_NOT_RUNNING",
                    f"The core did not listen within {START_S:.0f} s.",
                    remedy=f"Look at {self._error_log}.",
                )
        self._told.wait(2)
        if any(line.get("event") == "listening" for line in self._lines):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        said = next((line for line in self._lines if line.get("event") == "error"), None)
        if said is not None:
            raise GengaError(said["code"], said["message"], remedy=said.get("remedy"))
        raise GengaError(
            "CORE_NOT_RUNNING",
            f"The core ended with exit code {self._process.returncode}. {self.last_words()}",
            remedy=f"The log is {self._error_log}.",
        )

    def _read(self) -> None:
        stream = self._process.stdout
        if stream is None:
            return
        with contextlib.suppress(OSError, ValueError), stream:
            for text in stream:
                with contextlib.suppress(ValueError):
                    line: object = json.loads(text)
                    if isinstance(line, dict):
                        self._lines.append(line)
                        self._told.set()
        self._told.set()
