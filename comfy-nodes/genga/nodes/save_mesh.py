"""Save Mesh: meshes as GLB, OBJ and PLY with their credentials."""

from __future__ import annotations

from pathlib import Path

from comfy_api.latest import io

from ..compat import schema
from ..mesh import Mesh, MeshType
from ..running import CheckInterrupt, in_thread
from ..saving import save_signed, saved_paths, saved_ui


class GengaSaveMesh(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaSaveMesh",
            display_name="Genga Save Mesh",
            category="Genga",
            description="Saves meshes with all files that were made of them (GLB, OBJ, PLY, levels of detail), each with its signed credential (C2PA) as `<file>.c2pa` beside it.",
            search_aliases=["save glb", "export 3d", "obj", "ply", "c2pa"],
            inputs=[
                MeshType.Input("mesh", tooltip="The mesh; each variation is saved."),
                io.String.Input(
                    "filename_prefix",
                    default="genga/mesh",
                    tooltip="Start of the file names; may hold folders and %date:yyyy-MM-dd% and the like, as in Save Image.",
                ),
            ],
            outputs=[
                io.String.Output(
                    display_name="path",
                    tooltip="Where the files are, one line each; for Genga Verify, Genga Load Mesh and Preview 3D.",
                )
            ],
            is_output_node=True,
        )

    @classmethod
    async def execute(cls, mesh: tuple[Mesh, ...], filename_prefix: str) -> io.NodeOutput:
        def work(check: CheckInterrupt) -> list[tuple[Path, str]]:
            files = [{"glb": one.glb, **one.others} for one in mesh]
            return save_signed(files, filename_prefix, check)

        saved = await in_thread(work)
        assets = [one.glb.asset for one in mesh]
        return io.NodeOutput(saved_paths(saved), ui={"genga_assets": assets, **saved_ui(saved)})
