"""Operators of the queue: pause, go on, try again, sooner."""

import bpy
from bpy.props import IntProperty

from .. import session
from .generation import generation_of, generations


class QueueOperator:
    """What the queue's operators share: the picture's number."""

    bl_options = {"INTERNAL"}

    number: IntProperty(name="Number", options={"SKIP_SAVE"})

    def job_id(self) -> str | None:
        """Gives the job's id in the core, and reports when there is none."""
        found = generation_of(self.number)
        if found is None or found.ticket is None or found.ticket.job_id is None:
            self.report({"ERROR"}, "The core has not got this job yet.")
            return None
        return found.ticket.job_id

    def update(self, action: str, before: str | None = None) -> set[str]:
        """Has the core change the job; what it refuses is reported in the panel."""
        job_id = self.job_id()
        if job_id is None:
            return {"CANCELLED"}
        found = generation_of(self.number)
        session.get().call(
            lambda client: client.update_jobs(action, [job_id], before=before),
            lambda _: setattr(found, "notice", ""),
            lambda error: setattr(found, "notice", str(error)),
        )
        return {"FINISHED"}


class GENGA_OT_pause_job(QueueOperator, bpy.types.Operator):
    """Let this picture wait; others go before it"""

    bl_idname = "genga.pause_job"
    bl_label = "Pause"

    def execute(self, context):
        """Pauses."""
        return self.update("pause")


class GENGA_OT_resume_job(QueueOperator, bpy.types.Operator):
    """Let this picture be made"""

    bl_idname = "genga.resume_job"
    bl_label = "Resume"

    def execute(self, context):
        """Resumes."""
        return self.update("resume")


class GENGA_OT_raise_job(QueueOperator, bpy.types.Operator):
    """Make this picture before the one above it in the queue"""

    bl_idname = "genga.raise_job"
    bl_label = "Sooner"

    def execute(self, context):
        """Moves it before the nearest own job that waits."""
        ahead = None
        for one in generations():
            if one.number == self.number:
                break
            if one.ticket is not None and one.ticket.state in ("queued", "paused"):
                ahead = one
        if ahead is None or ahead.ticket is None:
            self.report({"INFO"}, "None of your pictures waits before it.")
            return {"CANCELLED"}
        done = self.update("move", ahead.ticket.job_id)
        if "FINISHED" in done:
            generation_of(self.number).move_before(ahead)
        return done


class GENGA_OT_retry_job(QueueOperator, bpy.types.Operator):
    """Try this picture again with the same settings and the same seed"""

    bl_idname = "genga.retry_job"
    bl_label = "Try Again"

    def execute(self, context):
        """Tries again."""
        found = generation_of(self.number)
        if found is None or found.state not in ("failed", "cancelled"):
            self.report({"ERROR"}, "Only what failed or was cancelled can be tried again.")
            return {"CANCELLED"}
        found.retry()
        return {"FINISHED"}


CLASSES = (GENGA_OT_pause_job, GENGA_OT_resume_job, GENGA_OT_raise_job, GENGA_OT_retry_job)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
