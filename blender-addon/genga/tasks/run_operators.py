"""Operators on the runs of a task: cancel, try again, take over; each task registers its own."""

from __future__ import annotations

from collections.abc import Sequence

from bpy.props import IntProperty
from genga_client import GengaError

from .report_error import report_error
from .run import Run, Runs


class CancelRuns:
    """Of an operator: cancels what is being made."""

    runs: Runs

    @classmethod
    def poll(cls, context):
        """Only with something to cancel."""
        return bool(cls.runs.open())

    def execute(self, context):
        """Cancels all."""
        for run in self.runs.open():
            run.cancel()
        return {"FINISHED"}


class RetryRun:
    """Of an operator: begins a run anew with the settings as they are now and its own seed."""

    runs: Runs
    settings: str
    """Name of the scene's settings, which have `seed` and `lock_seed`."""
    gone: str
    """What is said when there is nothing any more that could begin anew."""

    number: IntProperty(options={"SKIP_SAVE"})

    def execute(self, context):
        """Begins it."""
        run = self.runs.of(self.number)
        items = self.things(run) if run is not None else [None]
        if None in items:
            self.report({"ERROR"}, self.gone)
            return {"CANCELLED"}
        props = getattr(context.scene, self.settings)
        locked = props.lock_seed
        props.seed, props.lock_seed = run.seed, True
        try:
            self.begin(context, items)
        except GengaError as error:
            return report_error(self, error)
        finally:
            props.lock_seed = locked
        return {"FINISHED"}

    def things(self, run: Run) -> Sequence[object]:
        """Gives what the run works on, None for each that is not in this file."""
        return ()

    def begin(self, context, items) -> None:
        """Begins. Raises GengaError."""
        raise NotImplementedError


class TakeRun:
    """Of an operator: puts a result that waits into the file that is open now."""

    bl_options = {"REGISTER", "UNDO"}
    runs: Runs
    gone: str
    """What is said when the result is not in memory any more."""

    number: IntProperty(options={"SKIP_SAVE"})

    def execute(self, context):
        """Takes it."""
        run = self.runs.of(self.number)
        if run is None or not run.waits:
            self.report({"ERROR"}, self.gone)
            return {"CANCELLED"}
        try:
            run.take()
        except GengaError as error:
            return report_error(self, error)
        return {"FINISHED"}
