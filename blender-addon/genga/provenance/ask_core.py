"""Operators that ask the core for something short."""

from __future__ import annotations

from collections.abc import Callable

import bpy
from genga_client import GengaError

from .. import session
from ..results.operators import popup
from ..tasks.report_error import report_error

TIMEOUT_S = 120.0
"""Longest wait in background mode."""


def ask_core(
    operator: bpy.types.Operator,
    title: str,
    begin: Callable[[Callable[[object], None], Callable[[GengaError], None]], None],
    finish: Callable[[object], None],
) -> set[str]:
    """Asks the core without holding the window; in background mode waits for the answer."""
    outcome: list[GengaError | None] = []

    def done(value: object) -> None:
        try:
            finish(value)
            outcome.append(None)
        except OSError as error:
            failed(GengaError("STORAGE_FULL", f"{title}: {error.strerror}."))

    def failed(error: GengaError) -> None:
        outcome.append(error)
        if not bpy.app.background:
            popup(title, [str(error)], "ERROR")

    try:
        begin(done, failed)
    except GengaError as error:
        return report_error(operator, error)
    if not bpy.app.background:
        return {"FINISHED"}
    if not session.run_until(lambda: outcome, TIMEOUT_S):
        operator.report({"ERROR"}, f"CORE_NOT_RUNNING: The core did not answer within {TIMEOUT_S:.0f} s.")
        return {"CANCELLED"}
    return {"FINISHED"} if outcome[0] is None else report_error(operator, outcome[0])


def tell(operator: bpy.types.Operator, title: str, lines: list[str]) -> None:
    """Shows lines as a popup, in background mode as reports."""
    if bpy.app.background:
        for line in lines:
            operator.report({"INFO"}, line)
    else:
        popup(title, lines, "CHECKMARK")
