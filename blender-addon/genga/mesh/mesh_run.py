"""From a press of Generate to meshes in the file: asked for, followed, received, put into collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from genga_client import Client, GengaError
from genga_client.codec import encode
from genga_client.protocol import JobEvent, PreviewEvent

from .. import session
from ..glb.read_glb import read_glb
from ..session import timer
from ..tasks import opened_file
from ..tasks.made_record import made_record, model_lines
from ..tasks.new_seed import random_seed
from ..tasks.run import Run, Runs
from ..undo_step import push_undo
from .live_turntable import show_turntable
from .mesh_arrays import mesh_arrays
from .mesh_plan import MeshPlan, make_plan
from .mesh_set import MeshFile, add_mesh_set

if TYPE_CHECKING:
    from ..session import OutputFile


class MeshRun(Run):
    """One press of Generate. For the main thread; made by `generate_meshes`."""

    noun = "Mesh"

    def __init__(self, scene: bpy.types.Scene, seed: int) -> None:
        super().__init__()
        self.scene = scene.name
        self.seed = seed
        self.plan: MeshPlan | None = None
        self.files: list[MeshFile] = []
        """Meshes that wait because another file is open; see `take`."""
        self.collection = ""
        """Name of the collection that holds the result."""
        self.previews: dict[int, tuple[bytes, str]] = {}
        """The last turntable of each variation, and its media type."""
        self._place = tuple(scene.cursor.location)

    def prepare(self) -> None:
        """Reads the settings and submits the job."""
        scene = bpy.data.scenes.get(self.scene)
        if scene is None or not self.belongs_here:
            raise GengaError("CANCELLED", "Another file was opened.")
        self.plan = plan = make_plan(scene, session.get().welcome, self.seed)
        self.submit(
            session.Submission(
                task="mesh",
                make_params=lambda client: _params(client, plan),
                title=plan.title,
                on_event=self._event,
                on_done=self._receive,
                on_error=self.end,
            )
        )

    @property
    def waits(self) -> bool:
        """Whether a result waits; see `take`."""
        return bool(self.files)

    def take(self) -> None:
        """Puts meshes that wait into the file that is open now. Raises GengaError."""
        self.file, self.scene = opened_file.number(), bpy.context.scene.name
        self._add(self.files)
        self.files = []

    def _event(self, event: JobEvent) -> None:
        if isinstance(event, PreviewEvent):
            self.previews[event.output_index] = (event.bytes, event.mime)
            show_turntable(event)

    def _receive(self, files: list[OutputFile]) -> None:
        plan = self.plan
        assert plan is not None
        # Large meshes have megabytes of numbers: read beside the window.
        session.get().run_in_worker(
            lambda: [_read(plan, file) for file in files],
            lambda found: self.guard(lambda: self._arrive(found)),
            self.end,
        )

    def _arrive(self, files: list[MeshFile]) -> None:
        if self.belongs_here and bpy.data.scenes.get(self.scene) is not None:
            self._add(files)
        else:
            self.files = files
        self.state = "succeeded"
        self.tidy()

    def _add(self, files: list[MeshFile]) -> None:
        scene = bpy.data.scenes.get(self.scene) or bpy.context.scene
        self.collection = add_mesh_set(scene, self.title, files, self._place, self.previews).name
        push_undo("Genga: Mesh")
        timer.redraw()


_runs: Runs[MeshRun] = Runs()


def generate_meshes(scene: bpy.types.Scene) -> MeshRun:
    """Begins a request with the settings of a scene; draws a fresh seed unless it is locked.

    Raises GengaError for what is wrong with the settings, if the core is connected; later errors are in the
    run's `error`.
    """
    props = scene.genga_mesh
    if not props.lock_seed:
        props.seed = random_seed()
    return _runs.begin([MeshRun(scene, props.seed)])[0]


def mesh_runs() -> Runs[MeshRun]:
    """Gives the requests of this session."""
    return _runs


def _params(client: Client, plan: MeshPlan) -> dict[str, Any]:
    if plan.image is None:
        return plan.params
    data, mime, name = plan.image
    return {**plan.params, "image": client.put_asset(data, mime=mime, name=name).sha256}


def _read(plan: MeshPlan, file: OutputFile) -> MeshFile:
    glb = read_glb(file.bytes)
    return MeshFile(glb, [mesh_arrays(node) for node in glb.nodes], file, _record(plan, file))


def _record(plan: MeshPlan, file: OutputFile) -> dict[str, Any]:
    """Gives what an object remembers of its making, as images and actions do."""
    output = file.output
    return made_record(
        "mesh",
        plan.title,
        file,
        prompt=output.record.params.get("prompt", ""),
        mesh=encode(output.mesh) if output.mesh is not None else {},
        models=model_lines(file),
        settings={**plan.settings, "seed": output.seed, "num_meshes_per_prompt": 1},
    )


register, unregister = _runs.register, _runs.unregister
