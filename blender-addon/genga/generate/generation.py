"""From a press of Generate to pictures in the file: check, capture, submit, receive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import bpy
from genga_client import Client, GengaError
from genga_client.protocol import Validated

from .. import capture, session
from ..results.image_datablock import image_datablock
from ..session import steps, timer
from ..tasks import opened_file
from ..tasks.escape import sources
from ..tasks.new_seed import random_seed
from ..tasks.run import Run, Runs
from ..undo_step import push_undo
from . import history
from .inputs import Inputs, capture_inputs, upload
from .pixels import PIXEL_PNG
from .plan import ImagePlan, make_plan
from .show_image import show_image
from .viewport import find_viewport

if TYPE_CHECKING:
    from ..session import OutputFile


class Generation(Run):
    """One press of Generate. For the main thread; made by `generate`."""

    noun = "Picture"

    def __init__(self, scene: bpy.types.Scene, view_layer: str) -> None:
        super().__init__()
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
        self._view: capture.View | None = None
        self._capture: steps.Run | None = None

    def take(self) -> None:
        """Puts pictures that wait into the file that is open now."""
        files, self.files = self.files, []
        self.file = opened_file.number()
        self._import(files)

    def retry(self) -> None:
        """Tries again what failed or was cancelled: the same job if the core has it, else from the start."""
        job_id = self.ticket.job_id if self.ticket else None
        self.error, self.notice = None, ""
        if job_id is None:
            self.state, self.ticket = "preparing", None
            self.guard(self.begin)
            return
        self.state = "submitted"

        def queued(_: object) -> None:
            self.ticket = session.get().attach(job_id, self._submission(lambda _: {}))

        session.get().call(lambda client: client.update_jobs("retry", [job_id]), queued, self.end)

    def move_before(self, other: Generation) -> None:
        """Stands before another one in the list, as its job does in the core."""
        _generations.all.remove(self)
        _generations.all.insert(_generations.all.index(other), self)

    def prepare(self) -> None:
        """Reads the settings and has the core check them."""
        self._plan()
        self._check()

    def stop_preparing(self) -> None:
        """Stops drawing control maps."""
        if self._capture is not None:
            self._capture.cancel()

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
            self.guard(self._capture_maps)

        session.get().call(lambda client: check(client, plan), checked, self.end)

    def _capture_maps(self) -> None:
        if self.ended:
            return
        assert self.plan is not None and self._view is not None
        self._set_stage("Drawing control maps")
        self._capture = steps.run(
            capture_inputs(self.plan, self._view), on_done=self._send, on_error=self._not_captured
        )

    def _not_captured(self, error: GengaError) -> None:
        if error.data.get("undone"):
            self._capture_maps()  # from the start, of the scene as it is then
        else:
            self.end(error)

    def _send(self, inputs: Inputs) -> None:
        self.submit(self._submission(lambda client: upload(client, inputs)))

    def _submission(self, make_params: Callable[[Client], object]) -> session.Submission:
        return session.Submission(
            task="image",
            make_params=make_params,
            title=self.title,
            on_done=self._receive,
            on_error=self.end,
        )

    def _receive(self, files: list[OutputFile]) -> None:
        if self.belongs_here and bpy.data.scenes.get(self._scene) is not None:
            self.guard(lambda: self._import(files))
        else:
            self.files = files
        if not self.ended:
            self.state = "succeeded"
        self.tidy()

    def _import(self, files: list[OutputFile]) -> None:
        assert self.plan is not None and self._view is not None
        scene = bpy.data.scenes.get(self._scene) or bpy.context.scene
        for file in files:
            image = image_datablock(self.title, file.bytes, record_for(file, self._view))
            self.images.append(image.name)
            history.add(scene, image, self.plan, file.output)
        show_image(bpy.data.images[self.images[0]])
        push_undo("Genga: Picture")

    def _set_stage(self, stage: str) -> None:
        self.stage = stage
        timer.redraw()


_generations: Runs[Generation] = Runs()


def generate(scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer) -> Generation:
    """Begins a picture with the settings of a scene; draws a fresh seed unless it is locked.

    Raises GengaError for what is wrong with the settings, if the core is connected; later errors are in the
    generation's `error`.
    """
    props = scene.genga
    if not props.lock_seed:
        props.seed = random_seed()
    return _generations.begin([Generation(scene, view_layer.name)])[0]


def generations() -> list[Generation]:
    """Gives the generations of this session, oldest first."""
    return list(_generations.all)


def generation_of(number: int) -> Generation | None:
    """Gives the generation with this number."""
    return _generations.of(number)


def open_generations() -> list[Generation]:
    """Gives those that have not ended, oldest first."""
    return _generations.open()


def forget_ended() -> None:
    """Takes ended generations out of the list; pictures that wait stay."""
    _generations.all = [one for one in _generations.all if not one.ended or one.files]


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


def register() -> None:
    """Lets Esc cancel pictures."""
    sources.append(open_generations)


def unregister() -> None:
    """Forgets all generations; their jobs go on in the core as the session decides."""
    if open_generations in sources:
        sources.remove(open_generations)
    _generations.all.clear()
