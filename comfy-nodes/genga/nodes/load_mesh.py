"""Load Mesh: a GLB from a file, with its credential."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import folder_paths
from comfy_api.latest import io
from genga_client.codec import encode

from ..comfy_files import named_file
from ..compat import glb_output, glb_value, schema, show_text
from ..core import node_link
from ..errors import GengaNodeError
from ..mesh import MIME, Mesh, MeshType
from ..mesh_job import keep_meshes
from ..running import CheckInterrupt, in_thread
from ..signed_file import file_mark, read_file


class GengaLoadMesh(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="GengaLoadMesh",
            display_name="Genga Load Mesh",
            category="Genga",
            description="Loads a GLB from ComfyUI's input folder, or from the path that Genga Save Mesh gives. A credential beside it (`.c2pa`) goes along and is verified.",
            search_aliases=["open glb", "import 3d", "load 3d"],
            inputs=[
                io.Combo.Input(
                    "file",
                    options=_input_meshes(),
                    tooltip="GLB of the input folder. Not looked at when a path is connected.",
                ),
                io.String.Input(
                    "path",
                    optional=True,
                    force_input=True,
                    tooltip="From Genga Save Mesh: `name.glb [output]`. Of several lines the first GLB counts.",
                ),
            ],
            outputs=[
                MeshType.Output(display_name="mesh", tooltip="The mesh."),
                glb_output("model_3d", "The file, for Preview 3D."),
                io.String.Output(display_name="record", tooltip="What is known of the file: JSON."),
            ],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
        )

    @classmethod
    def validate_inputs(cls, file: str = "") -> bool:
        # The list on the node may be older than the folder; a missing file is told when it runs.
        return True

    @classmethod
    def fingerprint_inputs(cls, file: str | None = None, **_: Any) -> str:
        return file_mark(Path(folder_paths.get_annotated_filepath(file))) if file else "by path"

    @classmethod
    async def execute(cls, file: str = "", path: str | None = None) -> io.NodeOutput:
        node_id = cls.hidden.unique_id
        graph = cls.hidden.prompt or {}
        lines = [line.strip() for line in (path or "").splitlines() if line.strip()]
        named = next((line for line in lines if line.split(" [")[0].endswith(".glb")), *lines[:1] or [file])

        def work(check: CheckInterrupt) -> tuple[Mesh, str, str]:
            found_file = named_file(named, "Genga Save Mesh")
            data = found_file.read_bytes()
            if data[:4] != b"glTF":
                raise GengaNodeError(
                    f"{found_file.name} is no GLB: it begins with {data[:4]!r}, not with b'glTF'.",
                    "Export the model as glTF 2.0 binary (.glb).",
                )
            check()
            signed, found = read_file(node_link.client(), found_file, data, MIME)
            mesh = Mesh(glb=signed, seed=(signed.record or {}).get("seed"))
            keep_meshes((mesh,), graph, node_id)
            return mesh, json.dumps(encode(found), indent=2, ensure_ascii=False), found.state

        mesh, record, state = await in_thread(work)
        show_text(f"{mesh.glb.name}: {state}", node_id)
        return io.NodeOutput((mesh,), glb_value(mesh.glb.data), record, ui={"genga_assets": [mesh.glb.asset]})


def _input_meshes() -> list[str]:
    root = Path(folder_paths.get_input_directory())
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.glb"))
