"""Generate meshes, cancel, try again, take over, use again, save, verify."""

import os
from pathlib import Path

import bpy
from bpy.props import IntProperty, StringProperty
from genga_client import GengaError

from .. import session
from ..animation.frame_state import write_frame
from ..preferences import output_folder
from ..provenance.ask_core import ask_core, tell
from ..provenance.facts import STATES, fact_lines
from ..results.record import record_of
from ..tasks.generate_operator import GenerateOperator
from ..tasks.report_error import report_error
from ..tasks.snapshot import apply_settings
from ..tasks.wait_for import wait_for
from .mesh_run import generate_meshes, mesh_runs
from .mesh_set import file_of_mesh, root_of


class GENGA_OT_generate_mesh(GenerateOperator, bpy.types.Operator):
    """Make a mesh of the words at the 3D cursor; starts the core if it does not run"""

    bl_idname = "genga.generate_mesh"
    bl_label = "Generate Mesh"

    def work(self, context):
        """Generates."""
        run = generate_meshes(context.scene)
        if self.waits:
            wait_for([run])


class GENGA_OT_cancel_mesh(bpy.types.Operator):
    """Cancel the meshes that are being made"""

    bl_idname = "genga.cancel_mesh"
    bl_label = "Cancel Mesh"

    @classmethod
    def poll(cls, context):
        """Only with something to cancel."""
        return bool(mesh_runs().open())

    def execute(self, context):
        """Cancels all."""
        for run in mesh_runs().open():
            run.cancel()
        return {"FINISHED"}


class GENGA_OT_retry_mesh(bpy.types.Operator):
    """Try this mesh again with the settings as they are now and the same seed"""

    bl_idname = "genga.retry_mesh"
    bl_label = "Try Mesh Again"

    number: IntProperty(options={"SKIP_SAVE"})

    def execute(self, context):
        """Begins it anew."""
        run = mesh_runs().of(self.number)
        if run is None:
            self.report({"ERROR"}, "This mesh is not in the list any more.")
            return {"CANCELLED"}
        props = context.scene.genga_mesh
        locked = props.lock_seed
        props.seed, props.lock_seed = run.seed, True
        try:
            generate_meshes(context.scene)
        except GengaError as error:
            return report_error(self, error)
        finally:
            props.lock_seed = locked
        return {"FINISHED"}


class GENGA_OT_take_mesh(bpy.types.Operator):
    """Put this mesh into the file that is open now; it was made for another one"""

    bl_idname = "genga.take_mesh"
    bl_label = "Get Mesh"
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(options={"SKIP_SAVE"})

    def execute(self, context):
        """Takes the meshes."""
        run = mesh_runs().of(self.number)
        if run is None or not run.files:
            self.report({"ERROR"}, "This mesh is no longer in memory; the core's own page still has it.")
            return {"CANCELLED"}
        try:
            run.take()
        except GengaError as error:
            return report_error(self, error)
        return {"FINISHED"}


class MadeMeshOperator:
    """Of an operator: works on the active object's mesh of ours."""

    @classmethod
    def poll(cls, context):
        """Needs a mesh that was made here."""
        return root_of(context.object) is not None


class GENGA_OT_use_mesh_again(MadeMeshOperator, bpy.types.Operator):
    """Set every setting as it was for this mesh, its seed locked"""

    bl_idname = "genga.use_mesh_again"
    bl_label = "Use Again"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        """Sets them."""
        record = record_of(root_of(context.object)) or {}
        task = "genga_texture" if record.get("task") == "texture" else "genga_mesh"
        props = getattr(context.scene, task)
        missing = apply_settings(props, record.get("settings") or {})
        props.lock_seed = True
        if missing:
            self.report({"WARNING"}, f"No longer in this file: {', '.join(missing)}.")
        return {"FINISHED"}


class GENGA_OT_save_mesh(MadeMeshOperator, bpy.types.Operator):
    """Save the signed GLB of the active object as the core sent it, its credential beside it"""

    bl_idname = "genga.save_mesh"
    bl_label = "Save Mesh…"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})

    def invoke(self, context, event):
        """Asks where."""
        name = bpy.path.clean_name(root_of(context.object).name)
        self.filepath = os.fspath(output_folder() / f"{name}.glb")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        """Writes both files."""
        path = Path(bpy.path.abspath(self.filepath))
        if not self.filepath or path.is_dir():
            self.report({"ERROR"}, "No file name was given.")
            return {"CANCELLED"}
        data, sidecar = file_of_mesh(root_of(context.object))
        try:
            write_frame(path, data)
            if sidecar is not None:
                write_frame(path.with_name(f"{path.name}.c2pa"), sidecar)
        except OSError as error:
            self.report({"ERROR"}, f"{path}: {error.strerror}.")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Saved {path.name} with its credential")
        return {"FINISHED"}


class GENGA_OT_verify_mesh(MadeMeshOperator, bpy.types.Operator):
    """Have the core check the credential of the file that this mesh came from"""

    bl_idname = "genga.verify_mesh"
    bl_label = "Verify Mesh"

    def execute(self, context):
        """Asks the core; the answer comes as a popup, in background mode as a report."""
        root = root_of(context.object)
        name, (data, sidecar) = root.name, file_of_mesh(root)

        def ask(client):
            beside = None
            if sidecar is not None:
                beside = client.put_asset(sidecar, mime="application/c2pa", name=f"{name}.glb.c2pa").sha256
            asset = client.put_asset(data, mime="model/gltf-binary", name=f"{name}.glb")
            return client.verify(asset.sha256, sidecar=beside)

        def finish(found):
            lines = [STATES.get(found.state, found.state)]
            tell(self, "Verify", lines + [f"{label}: {value}" for label, value in fact_lines(found)])

        return ask_core(self, "Verify", lambda done, failed: session.get().call(ask, done, failed), finish)


CLASSES = (
    GENGA_OT_generate_mesh,
    GENGA_OT_cancel_mesh,
    GENGA_OT_retry_mesh,
    GENGA_OT_take_mesh,
    GENGA_OT_use_mesh_again,
    GENGA_OT_save_mesh,
    GENGA_OT_verify_mesh,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
