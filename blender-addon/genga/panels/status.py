"""The root panel of the Genga tab: how the core is."""

from __future__ import annotations

import bpy

from .core_state import draw_core_state


class GENGA_PT_main(bpy.types.Panel):
    """State of the core; the panels of every task stand below it."""

    bl_label = "Genga"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draws the way to the preferences."""
        row = self.layout.row()
        row.emboss = "NONE"
        shown = row.operator("preferences.addon_show", text="", icon="PREFERENCES")
        shown.module = __package__.rpartition(".")[0]

    def draw(self, context: bpy.types.Context) -> None:
        """Draws the state of the core."""
        draw_core_state(self.layout)


def register() -> None:
    """Registers the panel."""
    bpy.utils.register_class(GENGA_PT_main)


def unregister() -> None:
    """Takes the panel back."""
    bpy.utils.unregister_class(GENGA_PT_main)
