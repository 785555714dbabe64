"""The root panel: how the core is, and the buttons that start and stop it."""

from __future__ import annotations

import bpy

from .. import session

_ICONS = {
    "off": "UNLINKED",
    "starting": "TIME",
    "connecting": "TIME",
    "connected": "LINKED",
    "lost": "ERROR",
    "refused": "ERROR",
}


class GENGA_OT_start_core(bpy.types.Operator):
    """Connect to the core, starting it if it does not run"""

    bl_idname = "genga.start_core"
    bl_label = "Start Core"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Begins to connect; the panel shows the rest."""
        session.get().start()
        return {"FINISHED"}


class GENGA_OT_stop_core(bpy.types.Operator):
    """End the connection; stops the core too if Blender started it. Its queue is kept"""

    bl_idname = "genga.stop_core"
    bl_label = "Stop Core"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ends the connection."""
        session.get().stop()
        return {"FINISHED"}


class GENGA_PT_main(bpy.types.Panel):
    """Root panel of the Genga tab."""

    bl_label = "Genga"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the state of the core."""
        current = session.get()
        layout = self.layout
        row = layout.row()
        row.label(text=current.message or "The core is not running.", icon=_ICONS[current.state])
        if current.state in ("off", "refused", "lost"):
            layout.operator("genga.start_core", icon="PLAY")
        else:
            layout.operator("genga.stop_core", icon="PAUSE")


CLASSES = (GENGA_OT_start_core, GENGA_OT_stop_core, GENGA_PT_main)


def register() -> None:
    """Registers panel and operators."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Takes panel and operators back."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
