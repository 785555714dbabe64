"""Buttons for the core: start, stop, disconnect, reconnect, test; log and diagnostics."""

from __future__ import annotations

import time

import bpy
from genga_client import Client, GengaError

from .. import log_file, session
from ..diagnostics import diagnostics
from ..translations import translated
from .wrapped_text import draw_text


class GENGA_OT_start_core(bpy.types.Operator):
    """Connect to the core; start it if it does not run on this machine"""

    bl_idname = "genga.start_core"
    bl_label = "Start Core"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begins to connect; the panel shows the rest."""
        session.get().start()
        return {"FINISHED"}


class GENGA_OT_stop_core(bpy.types.Operator):
    """Stop the core that Blender started. Its queue is kept and goes on at the next start"""

    bl_idname = "genga.stop_core"
    bl_label = "Stop Core"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ends connection and core."""
        session.get().stop()
        return {"FINISHED"}


class GENGA_OT_disconnect_core(bpy.types.Operator):
    """End the connection and leave the core running. Its jobs go on"""

    bl_idname = "genga.disconnect_core"
    bl_label = "Disconnect"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ends the connection."""
        session.get().disconnect()
        return {"FINISHED"}


class GENGA_OT_reconnect_core(bpy.types.Operator):
    """Connect again, with the settings as they are now"""

    bl_idname = "genga.reconnect_core"
    bl_label = "Reconnect"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ends the connection and begins another."""
        session.get().reconnect()
        return {"FINISHED"}


class GENGA_OT_test_core(bpy.types.Operator):
    """Connect to the core and tell what answers, and how fast"""

    bl_idname = "genga.test_core"
    bl_label = "Test"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Asks the core; the answer comes as a pop-up."""

        def work(client: Client) -> tuple[float, int]:
            begun = time.perf_counter()
            status = client.status()
            return time.perf_counter() - begun, len(status.bundles)

        def done(answer: tuple[float, int]) -> None:
            seconds, bundles = answer
            text = "The core answers within {time} ms and has {count} models."
            text = translated(
                "The core answers within {time} ms and has {count} models.",
                time=f"{seconds * 1000:.1f}",
                count=bundles,
            )
            _show(text, "CHECKMARK")

        def failed(error: GengaError) -> None:
            _show(str(error), "ERROR")

        session.get().call(work, done, failed)
        return {"FINISHED"}


class GENGA_OT_open_log(bpy.types.Operator):
    """Open the add-on's log file in the program that shows texts"""

    bl_idname = "genga.open_log"
    bl_label = "Open Log"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Opens the file."""
        path = log_file.log_path()
        if not path.exists():
            self.report({"WARNING"}, f"There is no log file at {path}")
            return {"CANCELLED"}
        bpy.ops.wm.path_open(filepath=str(path))
        return {"FINISHED"}


class GENGA_OT_copy_diagnostics(bpy.types.Operator):
    """Copy a text about versions, settings, core and log for a report; without tokens and prompts"""

    bl_idname = "genga.copy_diagnostics"
    bl_label = "Copy Diagnostics"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Puts the text on the clipboard."""
        context.window_manager.clipboard = diagnostics(session.get())
        self.report({"INFO"}, "Diagnostics are on the clipboard")
        return {"FINISHED"}


def _show(text: str, icon: str) -> None:
    """Shows a text as a pop-up, where there is a window."""
    print(f"Genga: {text}")
    if bpy.app.background:
        return
    bpy.context.window_manager.popup_menu(
        lambda popup, _: draw_text(popup.layout, text, translate=False), title="Genga", icon=icon
    )


CLASSES = (
    GENGA_OT_start_core,
    GENGA_OT_stop_core,
    GENGA_OT_disconnect_core,
    GENGA_OT_reconnect_core,
    GENGA_OT_test_core,
    GENGA_OT_open_log,
    GENGA_OT_copy_diagnostics,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
