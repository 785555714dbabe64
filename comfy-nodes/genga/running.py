"""Work off ComfyUI's event loop that its Cancel button stops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

import comfy.model_management

from .errors import node_errors

T = TypeVar("T")
CheckInterrupt = Callable[[], None]


async def in_thread(work: Callable[[CheckInterrupt], T]) -> T:
    """Runs `work(check)` in a thread, so that other nodes and the server go on.

    `check` raises as soon as the person cancelled, or another node of the same run failed; call it ten times
    a second or so. Errors of the client become readable ones.

    Raises InterruptProcessingException, GengaNodeError, what `work` raises.
    """
    stopped = threading.Event()

    def check() -> None:
        # Whoever asks ComfyUI first takes its mark away; the others learn it by their task's end.
        if stopped.is_set():
            raise comfy.model_management.InterruptProcessingException
        comfy.model_management.throw_exception_if_processing_interrupted()

    def guarded() -> T:
        with node_errors():
            return work(check)

    try:
        return await asyncio.to_thread(guarded)
    finally:
        stopped.set()
