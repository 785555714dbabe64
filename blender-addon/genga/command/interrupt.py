"""Ctrl-C and SIGTERM as an exception in the main thread: Blender in background mode does not raise it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """Raises KeyboardInterrupt for SIGINT and SIGTERM within the block; puts back what was set before."""
    before = {}

    def interrupt(number: int, _frame: object) -> None:
        # A second one while the first is handled ends the process, as shells expect.
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
