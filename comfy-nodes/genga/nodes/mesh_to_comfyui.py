"""Mesh to ComfyUI: a mesh of the core as ComfyUI's own MESH, for its Save GLB and other packs' nodes."""

from __future__ import annotations

import torch
from comfy_api.latest import io

from ..compat import comfyui_mesh, schema
from ..errors import GengaNodeError
from ..glb import read_triangles
from ..mesh import Mesh, MeshType
from ..running import CheckInterrupt, in_thread


class GengaMeshToComfyUI(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaMeshToComfyUI",
            display_name="Genga Mesh to ComfyUI",
            category="Genga",
            description="Gives a mesh as ComfyUI's own MESH, triangles without colours and credential, for nodes that take that.",
            search_aliases=["mesh", "convert", "save glb"],
            inputs=[
                MeshType.Input("mesh", tooltip="The mesh."),
                io.Int.Input("index", default=0, min=0, max=15, tooltip="Which variation, from 0."),
            ],
            outputs=[io.Mesh.Output(display_name="MESH", tooltip="Its triangles.")],
        )

    @classmethod
    async def execute(cls, mesh: tuple[Mesh, ...], index: int) -> io.NodeOutput:
        if index >= len(mesh):
            raise GengaNodeError(
                f"index is {index}, but {len(mesh)} meshes go in.", f"Choose 0 to {len(mesh) - 1}."
            )
        file = mesh[index].glb

        def work(_: CheckInterrupt) -> io.NodeOutput:
            positions, corners = read_triangles(file.data, file.name)
            return io.NodeOutput(
                comfyui_mesh(torch.from_numpy(positions)[None], torch.from_numpy(corners)[None])
            )

        return await in_thread(work)
