"""Texture Mesh: a texture job of the core, which paints a mesh from all sides."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..compat import glb_bytes, glb_input, glb_output, schema
from ..core import node_link
from ..errors import GengaNodeError
from ..job_view import PREVIEW_PX
from ..mesh import MIME, Mesh, MeshType
from ..mesh_job import keep_meshes, mesh_output, run_texture
from ..running import CheckInterrupt, in_thread
from ..signed_file import put_file
from ..task_node import (
    SAMPLING,
    TaskNode,
    bundle_input,
    chosen,
    chosen_bundle,
    record_output,
    sampling_inputs,
    seed_input,
)


class GengaTextureMesh(TaskNode):
    BUNDLE_TASK = "image"

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaTextureMesh",
            display_name="Genga Texture Mesh",
            category="Genga",
            description="Paints a mesh with pictures from all sides, guided by its own depth and normals, into its own texture coordinates. The file is signed by the Genga core and names the mesh that it was made from.",
            search_aliases=["texture", "paint 3d", "bake", "controlnet", "glb", "genga"],
            inputs=[
                io.String.Input(
                    "prompt", multiline=True, dynamic_prompts=True, tooltip="What the mesh looks like."
                ),
                io.String.Input(
                    "negative_prompt",
                    multiline=True,
                    dynamic_prompts=True,
                    default="",
                    tooltip="What it must not look like.",
                ),
                bundle_input("image"),
                seed_input("texture"),
                io.Int.Input(
                    "texture_size",
                    default=1024,
                    min=64,
                    max=4096,
                    step=64,
                    tooltip="Side of the texture, pixels.",
                ),
                io.Int.Input(
                    "max_views",
                    default=10,
                    min=1,
                    max=32,
                    tooltip="Most views; fewer are taken when all that can be seen is painted.",
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.01,
                    max=1.0,
                    step=0.01,
                    tooltip="Below 1 the present look is kept that much: share of the steps that run.",
                ),
                io.Combo.Input(
                    "unwrap",
                    options=["never", "missing", "all"],
                    default="missing",
                    tooltip="Which meshes get new texture coordinates; never keeps all and refuses a mesh without.",
                ),
                io.String.Input(
                    "objects",
                    multiline=True,
                    default="",
                    tooltip="Names of the nodes in the file to paint, one a line; empty = all.",
                ),
                *sampling_inputs(),
                MeshType.Input("mesh", optional=True, tooltip="A mesh of Genga; each variation is painted."),
                glb_input("model_3d", "A GLB of any node, when no mesh is connected."),
            ],
            outputs=[
                MeshType.Output(display_name="mesh", tooltip="The painted mesh."),
                glb_output("model_3d", "The first of them as GLB, for Preview 3D."),
                record_output(),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
        )

    @classmethod
    async def execute(cls, **inputs: Any) -> io.NodeOutput:
        node_id = cls.hidden.unique_id
        graph = cls.hidden.prompt or {}
        meshes: tuple[Mesh, ...] = inputs.get("mesh") or ()
        model_3d = inputs.get("model_3d")
        if not meshes and not model_3d:
            raise GengaNodeError("No mesh goes in.", "Connect mesh or model_3d.")

        def work(check: CheckInterrupt) -> tuple[Mesh, ...]:
            client = node_link.client()
            chosen_bundle(client, inputs["bundle"], "image")
            sources = [put_file(client, mesh.glb, MIME) for mesh in meshes]
            if not sources:
                sources = [client.put_asset(glb_bytes(model_3d), mime=MIME, name="model.glb").sha256]
            painted = tuple(
                run_texture(client, _params(inputs, source), node_id, check) for source in sources
            )
            keep_meshes(painted, graph, node_id)
            return painted

        return mesh_output(await in_thread(work), node_id)


def _params(inputs: dict[str, Any], mesh: str) -> dict[str, Any]:
    names = ("prompt", "negative_prompt", "seed", "texture_size", "max_views", "strength", "unwrap")
    return {
        "mesh": mesh,
        **{name: inputs[name] for name in names},
        "objects": [line.strip() for line in inputs["objects"].splitlines() if line.strip()],
        "preview": {"every_steps": 1, "max_size": PREVIEW_PX},
        **chosen(inputs, SAMPLING),
    }
