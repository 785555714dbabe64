"""Generate Mesh: a mesh job of the core, with progress and turntable previews on the node."""

from __future__ import annotations

from typing import Any

import torch
from comfy_api.latest import io
from genga_client import Client

from ..compat import glb_output, schema
from ..core import node_link
from ..errors import GengaNodeError
from ..images import png_of
from ..job_view import PREVIEW_PX
from ..mesh import Mesh, MeshType
from ..mesh_job import keep_meshes, mesh_output, run_mesh
from ..running import CheckInterrupt, in_thread
from ..task_node import (
    SAMPLING,
    TaskNode,
    batch_input,
    bundle_input,
    chosen,
    chosen_bundle,
    record_output,
    sampling_inputs,
    seed_input,
)

DEFAULT_SOURCE = "default"
SOURCES = [DEFAULT_SOURCE, "auto", "parametric", "library", "generated"]


class GengaGenerateMesh(TaskNode):
    BUNDLE_TASK = "mesh"

    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaGenerateMesh",
            display_name="Genga Generate Mesh",
            category="Genga",
            description="Generates textured meshes in the Genga core from a sentence, or from a picture with a bundle that takes one. Each file is signed there: source, model's author and licence, parameters on record.",
            search_aliases=["text to 3d", "image to 3d", "3d model", "glb", "genga"],
            inputs=[
                io.String.Input(
                    "prompt",
                    multiline=True,
                    dynamic_prompts=True,
                    default="a red wooden chair",
                    tooltip="A thing with its colours, parts and materials.",
                ),
                bundle_input("mesh"),
                io.Combo.Input(
                    "source",
                    options=SOURCES,
                    default=DEFAULT_SOURCE,
                    tooltip="auto: the one that knows the words best. parametric: a shape program with clean parts. library: the nearest CC0 model, recoloured. generated: a network from noise. default = the bundle's own.",
                ),
                seed_input("mesh"),
                batch_input("Meshes"),
                io.Int.Input(
                    "target_triangles",
                    default=20_000,
                    min=50,
                    max=2_000_000,
                    tooltip="Most triangles; a model that needs fewer has fewer.",
                ),
                io.Int.Input(
                    "texture_size",
                    default=1024,
                    min=64,
                    max=4096,
                    step=64,
                    tooltip="Side of the textures, pixels.",
                ),
                io.Int.Input(
                    "lods",
                    default=0,
                    min=0,
                    max=6,
                    tooltip="Further levels of detail, each with half the triangles of the one before.",
                ),
                io.Float.Input(
                    "size",
                    default=0.0,
                    min=0.0,
                    max=1000.0,
                    step=0.01,
                    tooltip="Longest side, metres. 0 = as things of its kind are.",
                ),
                io.Int.Input(
                    "grid_resolution",
                    default=0,
                    min=0,
                    max=512,
                    step=16,
                    tooltip="generated: cells along a side that the surface is found in; at least 16. 0 = the bundle's own number.",
                ),
                *sampling_inputs(),
                io.Boolean.Input("obj", default=False, tooltip="Also make OBJ, for Genga Save Mesh."),
                io.Boolean.Input(
                    "ply", default=False, tooltip="Also make PLY with vertex colours, for Genga Save Mesh."
                ),
                io.Image.Input(
                    "image",
                    optional=True,
                    tooltip="Picture of the thing, for bundles that take one; the first of a batch.",
                ),
                io.Mask.Input("mask", optional=True, tooltip="Where the thing is in the picture: white."),
            ],
            outputs=[
                MeshType.Output(display_name="mesh", tooltip="The mesh, one for each variation."),
                glb_output("model_3d", "The first variation as GLB, for Preview 3D."),
                record_output(),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
        )

    @classmethod
    async def execute(cls, **inputs: Any) -> io.NodeOutput:
        node_id = cls.hidden.unique_id
        graph = cls.hidden.prompt or {}
        if inputs.get("mask") is not None and inputs.get("image") is None:
            raise GengaNodeError("A mask goes in, but no image.", "Connect the picture that it belongs to.")

        def work(check: CheckInterrupt) -> tuple[Mesh, ...]:
            client = node_link.client()
            chosen_bundle(client, inputs["bundle"], "mesh")
            meshes = tuple(run_mesh(client, _params(client, inputs), node_id, check))
            keep_meshes(meshes, graph, node_id)
            return meshes

        return mesh_output(await in_thread(work), node_id)


def _params(client: Client, inputs: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {
        "prompt": inputs["prompt"],
        "seed": inputs["seed"],
        "num_meshes_per_prompt": inputs["batch_size"],
        "target_triangles": inputs["target_triangles"],
        "texture_size": inputs["texture_size"],
        "lods": [0.5**level for level in range(1, inputs["lods"] + 1)],
        "output": {"formats": ["glb", *(form for form in ("obj", "ply") if inputs[form])]},
        "preview": {"every_steps": 1, "max_size": PREVIEW_PX},
    }
    if inputs["source"] != DEFAULT_SOURCE:
        given["source"] = inputs["source"]
    image: torch.Tensor | None = inputs.get("image")
    if image is not None:
        picture = image[0]
        mask: torch.Tensor | None = inputs.get("mask")
        if mask is not None:
            alpha = mask if mask.ndim == 2 else mask[0]
            picture = torch.cat([picture[..., :3], alpha[..., None].to(picture)], dim=-1)
        given["image"] = client.put_asset(png_of(picture), mime="image/png", name="reference.png").sha256
    return given | chosen(inputs, {**SAMPLING, "size": "size_m", "grid_resolution": "grid_resolution"})
