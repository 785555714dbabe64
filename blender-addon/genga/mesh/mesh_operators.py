"""Generate meshes, cancel, try again, take over, use again, save, verify."""

import bpy

from .. import session
from ..provenance.ask_core import ask_core, tell
from ..provenance.facts import STATES, fact_lines
from ..results.record import record_of
from ..tasks.generate_operator import GenerateOperator
from ..tasks.run_operators import CancelRuns, RetryRun, TakeRun
from ..tasks.save_signed import SaveSigned
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


class GENGA_OT_cancel_mesh(CancelRuns, bpy.types.Operator):
    """Cancel the meshes that are being made"""

    bl_idname = "genga.cancel_mesh"
    bl_label = "Cancel Mesh"
    runs = mesh_runs()


class GENGA_OT_retry_mesh(RetryRun, bpy.types.Operator):
    """Try this mesh again with the settings as they are now and the same seed"""

    bl_idname = "genga.retry_mesh"
    bl_label = "Try Mesh Again"
    runs = mesh_runs()
    settings = "genga_mesh"
    gone = "This mesh is not in the list any more."

    def begin(self, context, items):
        """Begins."""
        generate_meshes(context.scene)


class GENGA_OT_take_mesh(TakeRun, bpy.types.Operator):
    """Put this mesh into the file that is open now; it was made for another one"""

    bl_idname = "genga.take_mesh"
    bl_label = "Get Mesh"
    runs = mesh_runs()
    gone = "This mesh is no longer in memory; the core's own page still has it."


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


class GENGA_OT_save_mesh(MadeMeshOperator, SaveSigned, bpy.types.Operator):
    """Save the signed GLB of the active object as the core sent it, its credential beside it"""

    bl_idname = "genga.save_mesh"
    bl_label = "Save Mesh…"
    suffix = ".glb"

    def holder(self, context):
        """Gives the mesh's root."""
        return root_of(context.object)

    def held(self, holder):
        """Gives its file."""
        return file_of_mesh(holder)


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
