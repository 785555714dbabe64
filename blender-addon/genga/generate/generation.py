"""From a press of Generate to pictures in the file: check, capture, submit, receive."""

from __future__ import annotations

import itertools
import logging
import random
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Literal

import bpy
from genga_client import Client, GengaError
from genga_client.protocol import Validated

from .. import capture, session
from ..results.image_datablock import image_datablock
from ..session import steps, timer
from ..undo_step import push_undo
from . import history, live_preview
from .escape import sources
from .inputs import Inputs, capture_inputs, upload
from .pixels import PIXEL_PNG
from .plan import ImagePlan, make_plan
from .properties import SEED_MAX
from .show_image import show_image
from .viewport import find_viewport

if TYPE_CHECKING:
    from ..session import JobTicket, OutputFile

log = logging.getLogger(__name__)

GenerationState = Literal["preparing", "submitted", "succeeded", "failed", "cancelled"]
KEPT = 20
"""Ended generations that stay in the list."""

_generations: list[Generation] = []
_numbers = itertools.count(1)
_opened_files = 0
"""Counts opened files, so that a picture does not land in a file that it was not made for."""


class Generation:
    """One press of Generate. For the main thread; made by `generate`."""

    def __init__(self, scene: bpy.types.Scene, view_layer: str) -> None:
        self.number = next(_numbers)
        """Names it for operators, as long as the add-on is enabled."""
        self.state: GenerationState = "preparing"
        self.stage = "Waiting for the core"
        """What goes on before the job is submitted; afterwards the ticket knows."""
        self.ticket: JobTicket | None = None
        self.error: GengaError | None = None
        """Why it failed."""
        self.images: list[str] = []
        """Names of the pictures that it made."""
        self.files: list[OutputFile] = []
        """Pictures that wait because another file is open; see `take`."""
        self.notice = ""
        """What the core answered to a change of the queue that it refused."""
        self.plan: ImagePlan | None = None
        self.memory_bytes: int | None = None
        """Estimate of the memory that the job needs."""
        self._scene = scene.name
        self._view_layer = view_layer
        self._file = _opened_files
        self._view: capture.View | None = None
        self._capture: steps.Run | None = None

    @property
    def title(self) -> str:
        """Short text for lists."""
        return self.plan.title if self.plan else "Picture"

    @property
    def ended(self) -> bool:
        """Whether the state is final."""
        return self.state in ("succeeded", "failed", "cancelled")

    @property
    def belongs_here(self) -> bool:
        """Whether the file that it was made for is still open."""
        return self._file == _opened_files

    def cancel(self) -> None:
        """Cancels it, whatever it does now."""
        if self.ended:
            return
        if self.ticket is not None:
            self.ticket.cancel()
        else:
            if self._capture is not None:
                self._capture.cancel()
            self._end(GengaError("CANCELLED", f"“{self.title}” was cancelled."))

    def take(self) -> None:
        """Puts pictures that wait into the file that is open now."""
        files, self.files = self.files, []
        self._file = _opened_files
        self._import(files)

    def retry(self) -> None:
        """Tries again what failed or was cancelled: the same job if the core has it, else from the start."""
        job_id = self.ticket.job_id if self.ticket else None
        self.error, self.notice = None, ""
        if job_id is None:
            self.state, self.ticket = "preparing", None
            self._guard(self.begin)
            return
        self.state = "submitted"

        def queued(_: object) -> None:
            self.ticket = session.get().attach(job_id, self._submission(lambda _: {}))

        session.get().call(lambda client: client.update_jobs("retry", [job_id]), queued, self._end)

    def move_before(self, other: Generation) -> None:
        """Stands before another one in the list, as its job does in the core."""
        _generations.remove(self)
        _generations.insert(_generations.index(other), self)

    def begin(self) -> None:
        """Begins: at once with what the core last said of itself, else as soon as it answers.

        Raises GengaError for what can be told at once.
        """
        current = session.get()
        if current.connected:
            self._plan()
            self._check()
        else:
            current.call(
                lambda client: client.welcome, lambda _: self._guard(self._plan_and_check), self._end
            )

    def _plan_and_check(self) -> None:
        self._plan()
        self._check()

    def _plan(self) -> None:
        scene = bpy.data.scenes.get(self._scene)
        if scene is None or not self.belongs_here:
            raise GengaError("CANCELLED", "Another file was opened.")
        self.plan = make_plan(scene, self._view_layer, session.get().welcome)
        self._view = view_of(scene, self._view_layer, self.plan)

    def _check(self) -> None:
        plan = self.plan
        assert plan is not None
        self._set_stage("Checking")

        def checked(validated: Validated) -> None:
            self.memory_bytes = validated.memory_bytes
            self._guard(self._capture_maps)

        session.get().call(lambda client: check(client, plan), checked, self._end)

    def _capture_maps(self) -> None:
        if self.ended:
            return
        assert self.plan is not None and self._view is not None
        self._set_stage("Drawing control maps")
        self._capture = steps.run(
            capture_inputs(self.plan, self._view), on_done=self._submit, on_error=self._not_captured
        )

    def _not_captured(self, error: GengaError) -> None:
        if error.data.get("undone"):
            self._capture_maps()  # from the start, of the scene as it is then
        else:
            self._end(error)

    def _submit(self, inputs: Inputs) -> None:
        self.state = "submitted"
        self.ticket = session.get().submit(self._submission(lambda client: upload(client, inputs)))

    def _submission(self, make_params: Callable[[Client], object]) -> session.Submission:
        return session.Submission(
            task="image",
            make_params=make_params,
            title=self.title,
            on_done=self._receive,
            on_error=self._end,
        )

    def _receive(self, files: list[OutputFile]) -> None:
        if self.belongs_here and bpy.data.scenes.get(self._scene) is not None:
            self._guard(lambda: self._import(files))
        else:
            self.files = files
        if not self.ended:
            self.state = "succeeded"
        self._tidy()

    def _import(self, files: list[OutputFile]) -> None:
        assert self.plan is not None and self._view is not None
        scene = bpy.data.scenes.get(self._scene) or bpy.context.scene
        for file in files:
            image = image_datablock(self.title, file.bytes, record_for(file, self._view))
            self.images.append(image.name)
            history.add(scene, image, self.plan, file.output)
        show_image(bpy.data.images[self.images[0]])
        push_undo("Genga: Picture")

    def _end(self, error: GengaError) -> None:
        if self.ended:
            return
        self.state = "cancelled" if error.code == "CANCELLED" else "failed"
        self.error = None if error.code == "CANCELLED" else error
        if self.error is not None:
            log.warning("“%s” failed: %s: %s", self.title, error.code, error)
        self._tidy()

    def _tidy(self) -> None:
        if self.ticket is not None:
            live_preview.forget(self.ticket.job_id)
        timer.redraw()

    def _guard(self, work: Callable[[], object]) -> None:
        """Does work that nobody waits for; what it raises is this generation's error."""
        if self.ended:
            return
        try:
            work()
        except Exception as error:
            self._end(steps.as_genga_error(error))

    def _set_stage(self, stage: str) -> None:
        self.stage = stage
        timer.redraw()


def generate(scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer) -> Generation:
    """Begins a picture with the settings of a scene; draws a fresh seed unless it is locked.

    Raises GengaError for what is wrong with the settings, if the core is connected; later errors are in the
    generation's `error`.
    """
    props = scene.genga
    if not props.lock_seed:
        props.seed = random.SystemRandom().randint(0, SEED_MAX)
    generation = Generation(scene, view_layer.name)
    generation.begin()
    _generations.append(generation)
    ended = [one for one in _generations if one.ended]
    for old in ended[: max(0, len(ended) - KEPT)]:
        _generations.remove(old)
    timer.wake()
    timer.redraw()
    return generation


def generations() -> list[Generation]:
    """Gives the generations of this session, oldest first."""
    return list(_generations)


def generation_of(number: int) -> Generation | None:
    """Gives the generation with this number."""
    return next((one for one in _generations if one.number == number), None)


def open_generations() -> list[Generation]:
    """Gives those that have not ended, oldest first."""
    return [one for one in _generations if not one.ended]


def forget_ended() -> None:
    """Takes ended generations out of the list; pictures that wait stay."""
    _generations[:] = [one for one in _generations if not one.ended or one.files]


def check(client: Client, plan: ImagePlan) -> Validated:
    """Has the core check a plan before anything is captured: a one-pixel picture stands for each file."""
    params = dict(plan.params)
    if plan.layers or plan.mode != "TEXT":
        pixel = client.put_asset(PIXEL_PNG, name="check.png").sha256
        params["controls"] = [
            {
                "kind": layer.kind,
                "image": pixel,
                "conditioning_scale": layer.conditioning_scale,
                "control_guidance_start": layer.control_guidance_start,
                "control_guidance_end": layer.control_guidance_end,
            }
            for layer in plan.layers
        ]
        if plan.mode != "TEXT":
            params["init_image"] = pixel
        if plan.mode == "INPAINT":
            params["mask_image"] = pixel
    return client.validate("image", params)


def view_of(scene: bpy.types.Scene, view_layer: str, plan: ImagePlan) -> capture.View:
    """Gives the view of a plan as it is now.

    Raises GengaError INVALID_REQUEST for a panoramic camera, or without an open viewport.
    """
    if plan.camera is None:
        window, area, region = find_viewport(scene)
        with bpy.context.temp_override(window=window, area=area, region=region):
            return capture.view_of_viewport(bpy.context, plan.width, plan.height)
    layer = scene.view_layers.get(view_layer)
    if layer is None:
        raise GengaError(
            "INVALID_REQUEST",
            f'The scene "{scene.name}" has no view layer "{view_layer}" any more.',
            remedy="Generate again.",
        )
    layer.update()
    camera = scene.genga.camera or scene.camera  # by name a linked one could be meant
    return capture.view_of_camera(layer.depsgraph, scene, camera, plan.width, plan.height)


def record_for(file: OutputFile, view: capture.View) -> dict[str, Any]:
    """Gives what an image datablock remembers of its making."""
    record = file.output.record
    return {
        "job_id": record.job_id,
        "sha256": file.asset.sha256,
        "mime": file.asset.mime,
        "params": record.params,
        "seed": file.output.seed,
        "view": view.to_json(),
        "time": record.created or datetime.now(timezone.utc).isoformat(),
        "core_version": record.software,
    }


@bpy.app.handlers.persistent
def _file_opened(*_: object) -> None:
    global _opened_files
    _opened_files += 1


def register() -> None:
    """Listens for opened files and for Esc."""
    sources.append(open_generations)
    bpy.app.handlers.load_pre.append(_file_opened)


def unregister() -> None:
    """Forgets all generations; their jobs go on in the core as the session decides."""
    if _file_opened in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_file_opened)
    _generations.clear()
