"""A core as a process that Blender started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from genga_client import GengaError

from ..core_settings import CoreSettings
from .find_program import find_program

START_S = 60.0
"""Longest time until a core listens; a slow disk after a cold start needs 10 s."""
LOGGED_ERROR = 50
"""Number of the severity "error" in the core's log lines."""
STOP_S = 15.0
"""Time that a core gets to end its step and store its queue before it is killed."""


def core_runs(home: Path) -> bool:
    """Whether a core runs for this home, whoever started it."""
    pid = _announced_pid(home)
    return isinstance(pid, int) and is_alive(pid)


class CoreProcess:
    """`genga serve`, which outlives Blender unless it is stopped.

    A note in the home tells later Blenders that the core is theirs to stop.
    """

    def __init__(self, home: Path, pid: int, process: subprocess.Popen[bytes] | None) -> None:
        self.pid = pid
        self._home = home
        self._process = process

    @staticmethod
    def start(settings: CoreSettings, abandoned: threading.Event) -> CoreProcess:
        """Starts a core and waits until it listens.

        Raises GengaError with the core's own code and words if it ends before; CORE_NOT_RUNNING if there is
        no core or no Node to start; CANCELLED when `abandoned` is set.
        """
        program = find_program(settings)
        home = settings.home_folder
        environ = dict(os.environ)
        if settings.home is not None:
            environ["GENGA_HOME"] = str(settings.home)
        # A group of its own: Ctrl-C in Blender's terminal is not meant for the core.
        apart: dict[str, Any] = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
            if sys.platform == "win32"
            else {"start_new_session": True}
        )
        try:
            _outputs(home)[0].parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            said, complained = (path.open("wb") for path in _outputs(home))
        except OSError as error:
            raise GengaError(
                "STORAGE_FULL",
                f"The core's folder of state {home} cannot be written: {error.strerror or error}.",
                remedy="Choose another folder of state in the add-on's preferences.",
            ) from error
        try:
            with said, complained:
                process = subprocess.Popen(
                    [str(program.node), str(program.script), "serve", "--json"],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=complained,
                    env=environ,
                    cwd=program.folder,
                    **apart,
                )
        except OSError as error:
            raise GengaError(
                "CORE_NOT_RUNNING",
                f"{program.node} could not be started: {error.strerror or error}.",
                remedy="Correct the Node program in the add-on's preferences.",
            ) from error
        core = CoreProcess(home, process.pid, process)
        try:
            core._wait_listening(abandoned)
            _note(home).write_text(f"{process.pid}\n", encoding="utf-8")
        except BaseException:
            core.stop()
            raise
        return core

    @staticmethod
    def find(settings: CoreSettings) -> CoreProcess | None:
        """Gives the core that runs here if another Blender, or this one earlier, started it; else None."""
        home = settings.home_folder
        if settings.location == "remote":
            return None
        try:
            pid = int(_note(home).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        core = CoreProcess(home, pid, None)
        return core if core.running else None

    @property
    def started_here(self) -> bool:
        """Whether this very Blender started it."""
        return self._process is not None

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        if self._process is not None:
            return self._process.poll() is None
        return _announced_pid(self._home) == self.pid and is_alive(self.pid)

    def ask_to_stop(self) -> None:
        """Tells the core to store its queue and end; does not wait."""
        with contextlib.suppress(OSError):
            if self._process is not None:
                self._process.terminate()
            elif self.running:
                os.kill(self.pid, signal.SIGTERM)

    def stop(self) -> None:
        """Ends the core and waits for it; kills it if it does not end."""
        self.ask_to_stop()
        deadline = time.monotonic() + STOP_S
        while self.running and time.monotonic() < deadline:
            time.sleep(0.05)
        if self._process is not None and self.running:
            self._process.kill()
            self._process.wait()
        _note(self._home).unlink(missing_ok=True)

    def last_words(self) -> str:
        """Says how the process ended: what the core said, else the end of its log, else the exit code."""
        for line in reversed(self._lines()):
            if line.get("event") == "error":
                return " ".join(str(line[key]) for key in ("message", "remedy") if line.get(key))
        tail: list[str] = []
        with contextlib.suppress(OSError):
            text = _outputs(self._home)[1].read_text(encoding="utf-8", errors="replace")
            tail = [said for line in text.splitlines() if (said := _complaint(line))][-6:]
        code = None if self._process is None else self._process.poll()
        ending = "It ended." if code is None else f"It ended with {_exit(code)}."
        return ending + (" Its last words: " + " | ".join(tail) if tail else "")

    def _wait_listening(self, abandoned: threading.Event) -> None:
        deadline = time.monotonic() + START_S
        while True:
            ended = not self.running
            lines = self._lines()
            if any(line.get("event") == "listening" for line in lines):
                return
            if ended:
                break
            if abandoned.wait(0.05):
                raise GengaError("CANCELLED", "The start of the core was cancelled.")
            if time.monotonic() > deadline:
                raise GengaError(
                    "CORE_NOT_RUNNING",
                    f"The core did not listen within {START_S:.0f} s.",
                    remedy=f"Look at {_outputs(self._home)[1]}.",
                )
        for line in lines:
            if line.get("event") == "error":
                raise GengaError(line["code"], line["message"], remedy=line.get("remedy"))
        raise GengaError(
            "CORE_NOT_RUNNING",
            f"The core did not start. {self.last_words()}",
            remedy=f"The log is {_outputs(self._home)[1]}.",
        )

    def _lines(self) -> list[dict[str, Any]]:
        """The events that the core printed, those lines that are whole."""
        lines: list[dict[str, Any]] = []
        with contextlib.suppress(OSError):
            for text in _outputs(self._home)[0].read_bytes().splitlines():
                with contextlib.suppress(ValueError):
                    line: object = json.loads(text)
                    if isinstance(line, dict):
                        lines.append(line)
        return lines


def _outputs(home: Path) -> tuple[Path, Path]:
    """Files that take standard output and standard error: no pipe that would end with Blender."""
    return home / "logs" / "blender-start.json", home / "logs" / "blender-start.log"


def _note(home: Path) -> Path:
    return home / "run" / "blender.pid"


def _announced_pid(home: Path) -> object:
    try:
        return json.loads((home / "run" / "core.json").read_text(encoding="utf-8")).get("pid")
    except (OSError, ValueError, AttributeError):
        return None


def is_alive(pid: int) -> bool:
    """Whether a process with this id runs."""
    if sys.platform == "win32":  # os.kill would end it there, whatever the signal
        import ctypes

        query_limited, still_active = 0x1000, 259
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(query_limited, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return not known or code.value == still_active
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _complaint(line: str) -> str | None:
    """What a line of standard error says of a fault: a logged error's message, or text that is no log."""
    try:
        logged: object = json.loads(line)
    except ValueError:
        return line.strip() or None
    if isinstance(logged, dict) and isinstance(logged.get("level"), int) and logged["level"] >= LOGGED_ERROR:
        return str(logged.get("msg"))
    return None


def _exit(code: int) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"
