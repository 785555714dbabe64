"""Mesh and texture jobs of the core: their files with the credentials, as meshes."""

from __future__ import annotations

import json
import logging
from typing import Any

from comfy_api.latest import io
from genga_client import Client

from .compat import glb_value, show_text
from .graph import result_key
from .job_view import JobView, progress_bar
from .made import keep_made
from .mesh import Mesh
from .running import CheckInterrupt
from .settings import load_settings
from .signed_file import SignedFile, fetch_output

log = logging.getLogger("genga")


def run_mesh(
    client: Client, params: dict[str, Any], node_id: str | None, check: CheckInterrupt
) -> list[Mesh]:
    """Runs a mesh job, shown on the node; gives its variations.

    Raises GengaError; what `check` raises.
    """
    job = client.submit("mesh", params, prompt_privacy=load_settings().prompt_privacy)
    result = job.wait(JobView(progress_bar(node_id), node_id).take, on_tick=check)
    made: dict[int, dict[str, SignedFile]] = {}
    seeds: dict[int, int] = {}
    for output in result.outputs:
        check()
        facts = output.mesh
        if facts is None:
            continue
        level = f"LOD{facts.lod}." if facts.lod > 0 else ""
        made.setdefault(facts.variation, {})[f"{level}{facts.format}"] = fetch_output(client, output)
        seeds[facts.variation] = output.seed
    return [
        Mesh(
            glb=files["glb"], others={end: one for end, one in files.items() if end != "glb"}, seed=seeds[at]
        )
        for at, files in sorted(made.items())
    ]


def run_texture(client: Client, params: dict[str, Any], node_id: str | None, check: CheckInterrupt) -> Mesh:
    """Runs a texture job, shown on the node; gives the painted mesh.

    Raises GengaError; what `check` raises.
    """
    job = client.submit("texture", params, prompt_privacy=load_settings().prompt_privacy)
    result = job.wait(JobView(progress_bar(node_id), node_id).take, on_tick=check)
    output = result.outputs[0]
    return Mesh(glb=fetch_output(client, output), seed=output.seed)


def keep_meshes(meshes: tuple[Mesh, ...], graph: dict[str, Any], node_id: str | None) -> None:
    """Lets later nodes of the graph name the meshes that they were made from."""
    if node_id is not None:
        keep_made(result_key(graph, node_id), [mesh.glb.made for mesh in meshes])


def mesh_output(meshes: tuple[Mesh, ...], node_id: str | None) -> io.NodeOutput:
    """Gives what the mesh nodes give: meshes, the first as GLB, records; warnings stand on the node."""
    records = [mesh.glb.record for mesh in meshes]
    show_text(summary(meshes), node_id)
    for mesh in meshes:
        for warning in mesh.warnings:
            log.warning("%s", warning)
    return io.NodeOutput(
        meshes,
        glb_value(meshes[0].glb.data),
        json.dumps(records, indent=2, ensure_ascii=False),
        ui={"genga_assets": [mesh.glb.asset for mesh in meshes]},
    )


def summary(meshes: tuple[Mesh, ...]) -> str:
    """Says in a few lines where meshes come from, how large they are, and what could not be done."""
    lines: list[str] = []
    for mesh in meshes:
        facts = mesh.facts
        if facts:
            origin = facts["origin"]
            model = origin.get("model")
            by = "" if model is None else f": {model['name']} by {model['author']} ({model['licence']})"
            size = " × ".join(f"{side:.3g}" for side in facts["size_m"])
            lines.append(
                f"{origin['source']}{by}, {facts['triangles']} triangles, {size} m, seed {mesh.seed}"
            )
        painted = (mesh.glb.record or {}).get("texture")
        if painted:
            lines.append(f"{painted['views']} views, {painted['painted']:.0%} painted, seed {mesh.seed}")
        lines.extend(mesh.warnings)
    return "\n".join(lines)
