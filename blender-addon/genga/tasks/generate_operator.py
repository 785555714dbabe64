"""What the operators share that ask the core for something."""

from __future__ import annotations

import bpy
from bpy.props import BoolProperty
from genga_client import GengaError

from .report_error import report_error


class GenerateOperator:
    """Of an operator: begins work, and with `wait` or in background mode waits for its end."""

    bl_options = {"REGISTER"}

    wait: BoolProperty(
        name="Wait",
        description="Return only when the result is there; in background mode it always waits",
        default=False,
        options={"SKIP_SAVE", "HIDDEN"},
    )

    @property
    def waits(self) -> bool:
        """Whether `execute` returns only when the result is there."""
        return self.wait or bpy.app.background

    def invoke(self, context, event):
        """Begins, and catches Esc meanwhile."""
        done = self.execute(context)
        if "FINISHED" in done:
            bpy.ops.genga.catch_escape("INVOKE_DEFAULT")
        return done

    def execute(self, context):
        """Begins, and waits if it is to."""
        try:
            self.work(context)
        except GengaError as error:
            return report_error(self, error)
        return {"FINISHED"}

    def work(self, context) -> None:
        """Begins the work, and with `waits` waits for it. Raises GengaError."""
        raise NotImplementedError
