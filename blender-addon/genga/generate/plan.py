"""What a picture will be made of, read from the scene's settings at one moment and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy
from genga_client import GengaError
from genga_client.protocol import BundleSummary, Welcome

from ..capture.pose_bones import can_pose
from ..capture.view import frame_size
from ..tasks.snapshot import MAPS, settings_of
from .active_bundle import require_active_bundle
from .looks import fill_template
from .size import SizeRange, automatic_size, fit_size

KIND_NAMES = {
    "depth": "Depth", "normal": "Normal", "lineart": "Line Art", "canny": "Canny",
    "segmentation": "Segmentation", "openpose": "Pose", "light": "Light",
}  # fmt: skip
PREVIEW_PIXELS = 384


@dataclass(frozen=True, kw_only=True)
class LayerPlan:
    """One control map to be."""

    kind: str
    image: str | None = None
    """Name of the image that it is read from; None = drawn from the scene."""
    preprocessor: str = "none"
    armature: str | None = None
    """Name of the one armature of a pose; None = all visible ones."""
    conditioning_scale: float = 1.0
    control_guidance_start: float = 0.0
    control_guidance_end: float = 1.0


@dataclass(frozen=True, kw_only=True)
class ImagePlan:
    """All that is known before anything is captured. Holds names, no datablocks: files may be opened."""

    scene: str
    view_layer: str
    bundle: BundleSummary
    width: int
    height: int
    params: dict[str, Any]
    """Parameters that need no file, as the protocol names them."""
    layers: tuple[LayerPlan, ...]
    use_regions: bool
    view_source: str
    camera: str | None
    """Name of the camera; None = the viewport's view."""
    mode: str
    start_source: str
    start_image: str | None
    mask_image: str | None
    mask_feather: int
    title: str
    settings: dict[str, Any] = field(repr=False)
    """The settings as they were, for the history."""

    @property
    def scene_kinds(self) -> list[str]:
        """Kinds of the maps that are drawn from the scene."""
        kinds = [layer.kind for layer in self.layers if layer.image is None]
        if self.use_regions and "segmentation" not in kinds and not self.has_segmentation_image:
            kinds.append("segmentation")
        return list(dict.fromkeys(kinds))

    @property
    def has_segmentation_image(self) -> bool:
        """Whether the segmentation comes from an image; then the scene's regions do not fit it."""
        return any(layer.kind == "segmentation" and layer.image is not None for layer in self.layers)


def make_plan(
    scene: bpy.types.Scene, view_layer: str, welcome: Welcome | None, *, prompt: str | None = None
) -> ImagePlan:
    """Reads the settings of a scene and checks what can be checked without the core.

    `prompt` stands in for the artist's words. The look goes around it as usual.

    Raises GengaError INVALID_REQUEST, BUNDLE_NOT_FOUND, POLICY_REFUSED, UNSUPPORTED_CONTROL.
    """
    props = scene.genga
    bundle = require_active_bundle(scene, welcome)
    width, height = picture_size(scene, bundle)
    words = prompt_of(props) if prompt is None else prompt
    layers = _layers(scene, bundle)
    plan = ImagePlan(
        scene=scene.name,
        view_layer=view_layer,
        bundle=bundle,
        width=width,
        height=height,
        params=_params(props, bundle, fill_template(props.look_template, words), width, height),
        layers=layers,
        use_regions=props.use_regions and _takes_regions(bundle, layers),
        view_source=props.view,
        camera=_camera_name(scene) if props.view == "CAMERA" else None,
        mode=props.mode,
        start_source=props.start_source,
        start_image=props.start_image.name if props.start_image else None,
        mask_image=props.mask_image.name if props.mask_image else None,
        mask_feather=props.mask_feather,
        title=words or props.look or bundle.name,
        settings={**settings_of(props), MAPS: settings_of(scene.genga_maps)},
    )
    _check(plan)
    return plan


def prompt_of(props: bpy.types.PropertyGroup) -> str:
    """Gives the artist's prompt on one line: of the text if one is chosen, else the field's."""
    if props.prompt_text is None:
        return props.prompt.strip()
    lines = (line.body.strip() for line in props.prompt_text.lines)
    return " ".join(line for line in lines if line and not line.startswith("#"))


def picture_size(scene: bpy.types.Scene, bundle: BundleSummary | None) -> tuple[int, int]:
    """Gives width and height of the picture as the bundle takes them, in pixels."""
    props = scene.genga
    sizes = SizeRange.of(bundle)
    if props.size_source == "OWN":
        return fit_size(props.width, props.height, sizes)
    width, height = frame_size(scene)
    if props.size_source == "AUTO":
        return automatic_size(width, height, sizes)
    return fit_size(width * props.size_scale, height * props.size_scale, sizes)


def has_person(scene: bpy.types.Scene) -> bool:
    """Tells whether the scene has an armature whose pose can be drawn."""
    return any(can_pose(item) for item in scene.objects)


def automatic_kinds(bundle: BundleSummary, has_armature: bool) -> list[str]:
    """Gives the control kinds that suit a bundle: all if it was made for maps, else depth and line art.

    Many ControlNets at full strength fight each other, so a bundle that can do without gets few.
    """
    wanted = (
        ["depth", "normal", "lineart", "light", "segmentation"]
        if bundle.requires_control
        else ["depth", "lineart"]
    )
    if has_armature:
        wanted.append("openpose")
    return [kind for kind in wanted if kind in bundle.controls]


def _params(
    props: bpy.types.PropertyGroup, bundle: BundleSummary, prompt: str, width: int, height: int
) -> dict[str, Any]:
    params: dict[str, Any] = {
        "bundle": bundle.id,
        "prompt": prompt,
        "width": width,
        "height": height,
        "seed": props.seed,
        "num_images_per_prompt": props.num_images_per_prompt,
        "output": {"mime": props.file_format, "quality": props.quality},
    }
    if bundle.supports_guidance is not False and props.negative_prompt.strip():
        params["negative_prompt"] = props.negative_prompt.strip()
    if props.own_sampling:
        params["num_inference_steps"] = props.num_inference_steps
        params["scheduler"] = props.scheduler
        if bundle.supports_guidance is not False:
            params["guidance_scale"] = round(props.guidance_scale, 4)
    if props.mode != "TEXT":
        params["strength"] = round(props.strength, 4)
    if props.previews:
        params["preview"] = {"every_steps": 1, "max_size": PREVIEW_PIXELS}
    return params


def _layers(scene: bpy.types.Scene, bundle: BundleSummary) -> tuple[LayerPlan, ...]:
    props = scene.genga
    if props.auto_controls:
        return tuple(LayerPlan(kind=kind) for kind in automatic_kinds(bundle, has_person(scene)))
    layers = []
    for layer in props.controls:
        if not layer.enabled:
            continue
        if layer.source == "IMAGE" and layer.image is None:
            raise GengaError(
                "INVALID_REQUEST",
                f"The control layer {KIND_NAMES[layer.kind]} has no image.",
                remedy="Choose one, or take the map from the scene.",
            )
        from_image = layer.source == "IMAGE"
        layers.append(
            LayerPlan(
                kind=layer.kind,
                image=layer.image.name if from_image else None,
                preprocessor=layer.preprocessor if from_image else "none",
                armature=layer.armature.name if layer.kind == "openpose" and layer.armature else None,
                conditioning_scale=round(layer.conditioning_scale, 4),
                control_guidance_start=round(layer.control_guidance_start, 4),
                control_guidance_end=round(layer.control_guidance_end, 4),
            )
        )
    return tuple(layers)


def _takes_regions(bundle: BundleSummary, layers: tuple[LayerPlan, ...]) -> bool:
    return bundle.max_regions != 0 and not any(
        layer.kind == "segmentation" and layer.image is not None for layer in layers
    )


def _camera_name(scene: bpy.types.Scene) -> str:
    camera = scene.genga.camera or scene.camera
    if camera is None:
        raise GengaError(
            "INVALID_REQUEST",
            f'The scene "{scene.name}" has no camera.',
            remedy="Add a camera, or make the picture from the viewport.",
        )
    return camera.name


def _check(plan: ImagePlan) -> None:
    taken = plan.bundle.controls
    for layer in plan.layers:
        if layer.kind not in taken and not (layer.kind == "segmentation" and layer.conditioning_scale == 0):
            names = ", ".join(KIND_NAMES[kind] for kind in taken) or "none"
            raise GengaError(
                "UNSUPPORTED_CONTROL",
                f'The model "{plan.bundle.name}" takes no {KIND_NAMES[layer.kind]} map; it takes: {names}.',
                remedy="Switch the control layer off, or choose another model.",
                data={"kind": layer.kind, "supported": list(taken)},
            )
    if plan.bundle.requires_control and not any(layer.conditioning_scale > 0 for layer in plan.layers):
        raise GengaError(
            "INVALID_REQUEST",
            f'The model "{plan.bundle.name}" needs at least one control map, and no control layer is on.',
            remedy="Press Add Recommended in Control Layers, or set the layers to Automatic.",
        )
    if plan.mode != "TEXT" and plan.bundle.takes_init_image is False:
        raise GengaError(
            "INVALID_REQUEST",
            f'The model "{plan.bundle.name}" cannot start from a picture.',
            remedy="Set Start to New, or choose another model.",
        )
    if plan.mode != "TEXT" and plan.start_source == "IMAGE" and plan.start_image is None:
        raise GengaError(
            "INVALID_REQUEST",
            "No start picture is chosen.",
            remedy="Choose an image under Start, or use the render.",
        )
    if plan.mode == "INPAINT" and plan.mask_image is None:
        raise GengaError(
            "INVALID_REQUEST",
            "There is no mask to repaint.",
            remedy="Press New Mask and paint it white where wanted.",
        )
    steps = plan.params.get("num_inference_steps") or (
        plan.bundle.defaults.num_inference_steps if plan.bundle.defaults else 0
    )
    if plan.mode != "TEXT" and steps and int(steps * plan.params["strength"]) < 1:
        raise GengaError(
            "INVALID_REQUEST",
            f"A change of {plan.params['strength']:g} leaves no step to draw; the picture has {steps}.",
            remedy="Set Change to 1, or take more steps under Sampling, Own Sampling.",
            data={"num_inference_steps": steps, "strength": plan.params["strength"]},
        )
