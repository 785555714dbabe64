"""The operator and the menu that choose a task's model; each task registers its own two."""

from __future__ import annotations

import bpy
from bpy.props import StringProperty
from genga_client import GengaError
from genga_client.protocol import Task

from .. import session
from .bundles import bundles_of, chosen_bundle, describe, require_bundle
from .recommended import use_recommended
from .report_error import report_error


class ChooseBundle:
    """Of an operator: uses the model that it names; own sampling becomes what its maker recommends."""

    bl_options = {"REGISTER", "UNDO"}
    task: Task
    settings: str
    """Name of the scene's settings, which have `bundle`."""

    bundle: StringProperty(name="Id", description="Id of the model; empty = the core's default")

    @classmethod
    def description(cls, context, properties):
        """Says what the model is, and why it cannot be used."""
        for bundle in bundles_of(session.get().welcome, cls.task):
            if bundle.id == properties.bundle:
                return describe(bundle) if bundle.allowed else bundle.refusal or describe(bundle)
        return "The model that the core prefers"

    def execute(self, context):
        """Chooses it."""
        welcome = session.get().welcome
        try:
            if welcome is not None:
                require_bundle(welcome, self.bundle, self.task)
        except GengaError as error:
            return report_error(self, error)
        props = getattr(context.scene, self.settings)
        props.bundle = self.bundle
        use_recommended(props, self.task, keep=False)
        return {"FINISHED"}


class BundleMenu:
    """Of a menu: lists the models of a task."""

    task: Task
    operator: str
    """Name of the operator that chooses."""
    icon: str

    def draw(self, context):
        """Lists them; those that cannot be used say why in their tooltip."""
        layout = self.layout
        bundles = bundles_of(session.get().welcome, self.task)
        if not bundles:
            layout.label(text="The models are known once the core runs", icon="INFO")
            return
        layout.operator(self.operator, text="Automatic", icon="AUTO").bundle = ""
        for bundle in bundles:
            row = layout.row()
            row.active = bundle.allowed
            icon = self.icon if bundle.purpose != "test" else "EXPERIMENTAL"
            name = f"{bundle.name} ({bundle.licence.spdx})"
            row.operator(
                self.operator, text=name, icon=icon if bundle.allowed else "ERROR", translate=False
            ).bundle = bundle.id


def draw_bundle(layout: bpy.types.UILayout, menu: str, task: Task, bundle_id: str, icon: str) -> None:
    """Draws the menu with the name of the model that is meant."""
    bundle = chosen_bundle(session.get().welcome, bundle_id, task)
    layout.menu(menu, text=bundle.name if bundle else bundle_id or "Automatic", icon=icon)
