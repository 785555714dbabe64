"""The add-on's log: on Blender's console, and in a file that can be opened from the preferences."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import bpy

LOGGERS = (__package__, "genga_client")
MAX_BYTES = 1024 * 1024

_handlers: list[logging.Handler] = []


def log_path() -> Path:
    """Gives the path of the log file."""
    if hasattr(bpy.utils, "extension_path_user") and __package__.startswith("bl_ext."):
        folder = bpy.utils.extension_path_user(__package__, create=True)
    else:
        folder = bpy.utils.user_resource("CONFIG", path="genga", create=True)
    return Path(folder) / "genga.log"


def open_log(level: str) -> None:
    """Begins to log, from this level on; a file that cannot be written is done without."""
    console = logging.StreamHandler()
    console.setFormatter(logging.Formatter("Genga %(levelname)s: %(message)s"))
    _handlers.append(console)
    try:
        file = RotatingFileHandler(log_path(), maxBytes=MAX_BYTES, backupCount=1, encoding="utf-8")
    except OSError as error:
        logging.getLogger(__package__).warning("No log file: %s", error)
    else:
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        _handlers.append(file)
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.propagate = False
        for handler in _handlers:
            logger.addHandler(handler)
    set_level(level)


def set_level(level: str) -> None:
    """Logs from this level on: DEBUG, INFO, WARNING or ERROR."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(level)


def close_log() -> None:
    """Ends the log and closes its file."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
        for handler in _handlers:
            logger.removeHandler(handler)
    for handler in _handlers:
        handler.close()
    _handlers.clear()


def tail(lines: int) -> list[str]:
    """Gives the last lines of the file."""
    try:
        return log_path().read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    except OSError:
        return []
