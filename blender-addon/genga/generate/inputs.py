"""The files of a request: control maps drawn from the scene, images, start picture and mask."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from genga_client import Client, GengaError
from genga_client.protocol import ImageParams

from ..capture import CapturedMaps, CaptureOptions, View, capture_maps, capture_options, remember
from ..capture.png import encode_png
from .mask import mask_of
from .pixels import file_of_image, file_of_render, rgb_of_image
from .plan import ImagePlan
from .viewport import draw_viewport, find_viewport


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file that goes to the core."""

    bytes: bytes
    mime: str
    name: str

    @property
    def sha256(self) -> str:
        """Name of the asset."""
        return hashlib.sha256(self.bytes).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What was captured for a picture. Free of datablocks: `encode` may run in another thread."""

    plan: ImagePlan
    view: View
    maps: CapturedMaps | None
    images: dict[str, InputFile] = field(repr=False)
    """Images of control layers by name."""
    start: InputFile | None = None
    mask: np.ndarray | None = None

    def encode(self) -> tuple[dict[str, Any], list[InputFile]]:
        """Gives the whole parameters, and the files that they name by hash. Same inputs, same answer."""
        plan = self.plan
        files: dict[str, InputFile] = {}

        def use(file: InputFile) -> str:
            files[file.sha256] = file
            return file.sha256

        params = dict(plan.params)
        params["controls"] = [
            {
                "kind": layer.kind,
                "image": use(self._map(layer.kind) if layer.image is None else self.images[layer.image]),
                "preprocessor": (
                    layer.preprocessor if layer.image is not None else self.maps.preprocessor(layer.kind)
                ),
                "conditioning_scale": layer.conditioning_scale,
                "control_guidance_start": layer.control_guidance_start,
                "control_guidance_end": layer.control_guidance_end,
            }
            for layer in plan.layers
        ]
        regions = self.regions()
        if regions:
            if not any(layer.kind == "segmentation" for layer in plan.layers):
                # Only tells where the regions are; guides by itself with no strength.
                params["controls"].append(
                    {
                        "kind": "segmentation",
                        "image": use(self._map("segmentation")),
                        "conditioning_scale": 0.0,
                    }
                )
            params["regions"] = regions
        if self.start is not None:
            params["init_image"] = use(self.start)
        if self.mask is not None:
            mask = InputFile(bytes=encode_png(self.mask), mime="image/png", name="mask.png")
            params["mask_image"] = use(mask)
        return params, list(files.values())

    def regions(self) -> list[dict[str, Any]]:
        """Gives the region prompts, largest first, as many as the bundle takes."""
        if not self.plan.use_regions or self.maps is None:
            return []
        found = [region for region in self.maps.regions if region.phrase]
        found.sort(key=lambda region: (-region.pixels, region.color))
        limit = self.plan.bundle.max_regions
        return [
            {"color": region.color, "prompt": region.phrase, "name": region.name[:200]}
            for region in (found if limit is None else found[:limit])
        ]

    def _map(self, kind: str) -> InputFile:
        assert self.maps is not None
        return InputFile(bytes=self.maps.png(kind), mime="image/png", name=f"{kind}.png")


def upload(client: Client, inputs: Inputs) -> ImageParams:
    """Brings the files of a request to the core and gives its parameters. For the worker thread."""
    params, files = inputs.encode()
    for file in files:
        client.put_asset(file.bytes, mime=file.mime, name=file.name)
    return params  # type: ignore[return-value]  the client takes mappings as well


def capture_inputs(plan: ImagePlan, view: View) -> Generator[None, None, Inputs]:
    """Captures everything that a picture needs from the scene, in slices.

    Raises GengaError INVALID_REQUEST when nothing is visible or an image is missing, ASSET_UNREADABLE.
    """
    scene = bpy.data.scenes.get(plan.scene)
    view_layer = scene and scene.view_layers.get(plan.view_layer)
    if scene is None or view_layer is None:
        raise GengaError("CANCELLED", f'The scene "{plan.scene}" is gone.')
    maps = None
    if plan.scene_kinds:
        view_layer.update()
        maps = yield from capture_maps(
            view_layer.depsgraph,
            view,
            plan.scene_kinds,
            scene=scene,
            options=_options(plan, scene),
            space=None if plan.camera else find_viewport(scene)[1].spaces.active,
        )
        remember(scene, maps)
        if not np.isfinite(maps.depth).any():
            where = f'the camera "{plan.camera}"' if plan.camera else "the viewport"
            raise GengaError(
                "INVALID_REQUEST",
                f"Nothing that can be drawn is visible from {where}.",
                remedy="Add an object, turn the view to one, or check what is hidden in renders.",
            )
    images: dict[str, InputFile] = {}
    for layer in plan.layers:
        if layer.image is not None:
            images[layer.image] = _image_file(layer.image)
            yield
    start = None
    if plan.mode != "TEXT":
        start = _start_file(plan, view, scene)
        yield
    mask = None
    if plan.mode == "INPAINT" and plan.mask_image is not None:
        mask = mask_of(rgb_of_image(_image(plan.mask_image)), plan.width, plan.height, plan.mask_feather)
    return Inputs(plan=plan, view=view, maps=maps, images=images, start=start, mask=mask)


def _options(plan: ImagePlan, scene: bpy.types.Scene) -> CaptureOptions:
    """Gives the scene's own settings of maps, with the armatures that pose layers name."""
    named = [layer.armature for layer in plan.layers if layer.kind == "openpose" and layer.armature]
    options = capture_options(scene)
    return dataclasses.replace(options, armatures=tuple(named)) if named else options


def _start_file(plan: ImagePlan, view: View, scene: bpy.types.Scene) -> InputFile:
    if plan.start_source == "IMAGE":
        assert plan.start_image is not None
        return _image_file(plan.start_image)
    if plan.start_source == "VIEWPORT":
        return InputFile(bytes=encode_png(draw_viewport(scene, view)), mime="image/png", name="viewport.png")
    return InputFile(bytes=file_of_render(scene), mime="image/png", name="render.png")


def _image_file(name: str) -> InputFile:
    data, mime = file_of_image(_image(name))
    extension = {"image/jpeg": ".jpg", "image/webp": ".webp"}.get(mime, ".png")
    stem = name.rsplit(".", 1)[0] if name.lower().endswith((".png", ".jpg", ".jpeg", ".webp")) else name
    return InputFile(bytes=data, mime=mime, name=stem + extension)


def _image(name: str) -> bpy.types.Image:
    image = bpy.data.images.get(name)
    if image is None:
        raise GengaError("INVALID_REQUEST", f'The image "{name}" is gone.', remedy="Choose another image.")
    return image
