"""`blender -b FILE --command genga mesh | texture`: meshes and painted textures, saved in the .blend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ..mesh.mesh_run import generate_meshes
from ..mesh.mesh_set import file_of_mesh, parts_of
from ..mesh.stages import STAGES
from ..mesh.texture_operators import unwrap_bare
from ..mesh.texture_run import paint_objects
from ..results.record import record_of
from ..tasks.panel import progress_text
from ..tasks.run import Run
from ..tasks.wait_for import wait_for
from . import apply_arguments, exit_codes
from .arguments import UsageError
from .blend_output import blend_output, save_blend
from .progress_lines import ProgressLines
from .write_file import write_signed


def make_meshes(arguments: Any, lines: ProgressLines) -> tuple[dict[str, Any], int]:
    """Makes meshes at the 3D cursor and saves the file; gives what sums up and the exit code.

    Raises UsageError, GengaError.
    """
    output = blend_output(arguments.output)
    scene = apply_arguments.chosen_scene(arguments)
    apply_arguments.assignments(arguments, scene)
    props = scene.genga_mesh
    given = {
        "prompt": arguments.prompt,
        "bundle": arguments.bundle,
        "source": arguments.source,
        "image": arguments.image,
        "num_meshes_per_prompt": arguments.count,
        "target_triangles": arguments.triangles,
        "texture_size": arguments.texture_size,
        "lods": arguments.lods,
    }
    _set(props, given, arguments.seed)
    apply_arguments.connection(arguments)
    run = generate_meshes(scene)
    wait_for([run], _tick(run, lines))
    collection = bpy.data.collections[run.collection]
    roots = [variation.root for variation in collection.genga_mesh.variations]
    meshes = []
    for at, root in enumerate(roots):
        record = record_of(root) or {}
        entry: dict[str, Any] = {
            "object": root.name,
            "parts": [part.name for part in parts_of(root)],
            "seed": record.get("seed"),
            "sha256": record.get("sha256"),
            "job_id": record.get("job_id"),
            **{key: (record.get("mesh") or {}).get(key) for key in ("triangles", "size_m", "origin")},
        }
        if arguments.save_mesh is not None:
            entry["file"] = _save(arguments.save_mesh, root, at if len(roots) > 1 else None, lines)
        meshes.append(entry)
    save_blend(output)
    lines.say(f"saved {output}")
    return {"collection": collection.name, "meshes": meshes, "file": str(output)}, exit_codes.OK


def make_texture(arguments: Any, lines: ProgressLines) -> tuple[dict[str, Any], int]:
    """Paints objects and saves the file; gives what sums up and the exit code.

    Raises UsageError, GengaError.
    """
    output = blend_output(arguments.output)
    scene = apply_arguments.chosen_scene(arguments)
    apply_arguments.assignments(arguments, scene)
    items = _objects(arguments, scene)
    given = {
        "prompt": arguments.prompt,
        "bundle": arguments.bundle,
        "texture_size": arguments.texture_size,
        "max_views": arguments.views,
    }
    _set(scene.genga_texture, given, arguments.seed)
    apply_arguments.connection(arguments)
    if arguments.unwrap:
        unwrap_bare(items, bpy.context.view_layer)
    run = paint_objects(scene, items)
    wait_for([run], _tick(run, lines))
    for note in run.notes:
        lines.say(note)
    record = record_of(items[0]) or {}
    summary: dict[str, Any] = {
        "objects": [item.name for item in items],
        **{key: record.get(key) for key in ("seed", "sha256", "job_id", "texture")},
        "notes": run.notes,
    }
    if arguments.save_mesh is not None:
        summary["mesh_file"] = _save(arguments.save_mesh, items[0], None, lines)
    save_blend(output)
    lines.say(f"saved {output}")
    return {**summary, "file": str(output)}, exit_codes.OK


def _set(props: bpy.types.PropertyGroup, given: dict[str, Any], seed: int | None) -> None:
    for name, value in given.items():
        if value is not None:
            apply_arguments.set_value(props, name, str(value))
    if seed is not None:
        apply_arguments.set_value(props, "seed", str(seed))
        props.lock_seed = True


def _objects(arguments: Any, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    found = [item for item in scene.objects if item.type == "MESH"]
    names = ", ".join(item.name for item in found) or "none"
    if not arguments.object:
        if len(found) != 1:
            raise UsageError(f"Say which objects with --object; there are: {names}.")
        return found
    for name in arguments.object:
        if name not in [item.name for item in found]:
            raise UsageError(f'There is no mesh object "{name}"; there are: {names}.')
    return [next(item for item in found if item.name == name) for name in arguments.object]


def _save(given: str, root: bpy.types.Object, number: int | None, lines: ProgressLines) -> str:
    file = Path(bpy.path.abspath(given)).absolute()
    if number is not None:
        file = file.with_name(f"{file.stem}-{number + 1}{file.suffix}")
    write_signed(file, *file_of_mesh(root))
    lines.say(f"saved {file}")
    return str(file)


def _tick(run: Run, lines: ProgressLines) -> Callable[[], None]:
    def tick() -> None:
        ticket = run.ticket
        lines.progress(progress_text(run, STAGES), ticket.progress if ticket else 0.0)

    return tick
