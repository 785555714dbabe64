"""A text for reports of faults: what runs here and how, without secrets and prompts."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import bpy
from genga_client import GengaError

from . import compat, log_file, preferences
from .session.find_program import candidates, find_program, version_of
from .session.session import Session

SECRETS = ("token",)
LOG_LINES = 60


def diagnostics(session: Session) -> str:
    """Gives the text. The token is left out, the home folder's name is ~."""
    settings = preferences.core_settings()
    lines = [
        f"Genga {preferences.addon_version()} in Blender {bpy.app.version_string}",
        f"Python {platform.python_version()}, {platform.platform()}",
        f"In {'the background' if bpy.app.background else 'a window'}",
        "Packages: " + ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
        f"Online access: {'on' if compat.online_access() else 'off'}",
        "",
        "Settings",
        *(f"  {name}: {value}" for name, value in vars(settings).items() if name not in SECRETS),
        f"  token: {'given' if settings.token else 'none'}",
        f"  folder of state: {settings.home_folder}",
        "",
        f"Session: {session.state}. {session.message}",
        *([f"  {session.error.code}: {session.error.message}"] if session.error else []),
        *_core(session),
        "",
        "Program of the core",
        *_program(settings),
        "",
        "Jobs",
        *(
            f"  {ticket.job_id or '(not sent)'}: {ticket.state}"
            + (f", {ticket.error.code}: {ticket.error.message}" if ticket.error else "")
            for ticket in session.tickets
        ),
        "",
        f"The last {LOG_LINES} lines of {log_file.log_path()}",
        *log_file.tail(LOG_LINES),
    ]
    text = "\n".join(lines)
    if settings.token:
        text = text.replace(settings.token, "(token)")
    return text.replace(str(Path.home()), "~") + "\n"


_PACKAGES = ("genga-client", "websockets", "u-msgpack-python", "numpy")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _core(session: Session) -> list[str]:
    welcome, status = session.welcome, session.core_status
    lines: list[str] = []
    if welcome is not None:
        lines.append(f"  Core {welcome.core.version}, protocol {welcome.protocol}")
        lines += [
            f"  Bundle {one.id} {one.version}: {one.purpose}, {'allowed' if one.allowed else one.refusal}"
            for one in welcome.capabilities.bundles
        ]
    if status is not None:
        lines.append(
            f"  {status.provider} on {status.device}, {status.memory_bytes / 1e6:.0f} MB, "
            f"up {status.uptime_s:.0f} s, policy {status.policy}, {status.running} running, "
            f"{status.queued} queued, {status.clients} clients"
        )
    return lines


def _program(settings: preferences.CoreSettings) -> list[str]:
    try:
        program = find_program(settings)
    except GengaError as error:
        found = [f"  {error.code}: {error}"]
    else:
        found = [f"  {program.script}", f"  {program.node}"]
    for node in candidates():
        known = version_of(node)
        found.append(f"  Node at {node}: {'.'.join(map(str, known)) if known else 'cannot be run'}")
    note = settings.home_folder / "installed.json"
    try:
        found.append(f"  {note}: {json.loads(note.read_text(encoding='utf-8'))}")
    except (OSError, ValueError) as error:
        found.append(f"  {note}: {error}")
    return found
