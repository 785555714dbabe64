"""From a press of Paint to a texture on the artist's objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from genga_client import Client, GengaError
from genga_client.codec import encode

from .. import session
from ..glb.read_glb import read_glb
from ..glb.write_glb import write_glb
from ..session import timer
from ..tasks import opened_file
from ..tasks.made_record import made_record, model_lines
from ..tasks.new_seed import random_seed
from ..tasks.run import Run, Runs
from ..undo_step import push_undo
from .apply_texture import apply_texture
from .live_turntable import show_turntable
from .texture_plan import TexturePlan, make_texture_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..glb.model import Glb
    from ..session import OutputFile


class TextureRun(Run):
    """One press of Paint. For the main thread; made by `paint_objects`."""

    noun = "Texture"

    def __init__(self, scene: bpy.types.Scene, items: Sequence[bpy.types.Object], seed: int) -> None:
        super().__init__()
        self.scene = scene.name
        self.objects = [item.name for item in items]
        """Names of the objects that are painted."""
        self.seed = seed
        self.plan: TexturePlan | None = None
        self.notes: list[str] = []
        """What a person should know of the result."""
        self.waiting: tuple[Glb, OutputFile] | None = None
        """The result, while another file is open; see `take`."""

    def prepare(self) -> None:
        """Reads settings and objects and submits the job."""
        scene = bpy.data.scenes.get(self.scene)
        items = [bpy.data.objects.get(name) for name in self.objects]
        if scene is None or None in items or not self.belongs_here:
            raise GengaError("CANCELLED", "Another file was opened.")
        self.plan = plan = make_texture_plan(scene, items, session.get().welcome, self.seed)
        self.submit(
            session.Submission(
                task="texture",
                make_params=lambda client: _params(client, plan),
                title=plan.title,
                on_event=show_turntable,
                on_done=self._receive,
                on_error=self.end,
            )
        )

    @property
    def waits(self) -> bool:
        """Whether a result waits; see `take`."""
        return self.waiting is not None

    def take(self) -> None:
        """Applies the result that waits to the file that is open now. Raises GengaError."""
        if self.waiting is None:
            return
        waiting, self.file = self.waiting, opened_file.number()
        self._apply(*waiting)
        self.waiting = None

    def _receive(self, files: list[OutputFile]) -> None:
        file = files[0]
        session.get().run_in_worker(
            lambda: read_glb(file.bytes),
            lambda glb: self.guard(lambda: self._arrive(glb, file)),
            self.end,
        )

    def _arrive(self, glb: Glb, file: OutputFile) -> None:
        if self.belongs_here:
            self._apply(glb, file)
        else:
            self.waiting = (glb, file)
        self.state = "succeeded"
        self.tidy()

    def _apply(self, glb: Glb, file: OutputFile) -> None:
        plan = self.plan
        assert plan is not None
        facts = file.output.texture
        self.notes = list(facts.warnings) if facts is not None else []
        self.notes += apply_texture(plan, glb, file, _record(plan, file))
        push_undo("Genga: Texture")
        timer.redraw()


_runs: Runs[TextureRun] = Runs()


def paint_objects(scene: bpy.types.Scene, items: Sequence[bpy.types.Object]) -> TextureRun:
    """Begins a texture with the settings of a scene; draws a fresh seed unless it is locked.

    Raises GengaError for what is wrong with settings or objects, if the core is connected; later errors are
    in the run's `error`.
    """
    props = scene.genga_texture
    if not props.lock_seed:
        props.seed = random_seed()
    return _runs.begin([TextureRun(scene, items, props.seed)])[0]


def texture_runs() -> Runs[TextureRun]:
    """Gives the textures of this session."""
    return _runs


def _params(client: Client, plan: TexturePlan) -> dict[str, Any]:
    asset = client.put_asset(write_glb(plan.glb), mime="model/gltf-binary", name="objects.glb")
    return {**plan.params, "mesh": asset.sha256}


def _record(plan: TexturePlan, file: OutputFile) -> dict[str, Any]:
    """Gives what an object remembers of its making, as images and actions do."""
    output = file.output
    return made_record(
        "texture",
        plan.title,
        file,
        prompt=output.record.params.get("prompt", ""),
        texture=encode(output.texture) if output.texture is not None else {},
        models=model_lines(file),
        settings=plan.settings,
    )


register, unregister = _runs.register, _runs.unregister
