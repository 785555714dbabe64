"""Draws the maps for a look at them, shows one large, saves them as files."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from genga_client import GengaError

from ..capture import CapturedMaps, capture_maps, capture_options, latest, remember
from ..capture.view import View, view_of_camera, view_of_viewport
from ..generate.active_bundle import active_bundle
from ..generate.plan import KIND_NAMES, has_person, picture_size
from ..generate.show_image import open_image
from ..generate.viewport import find_viewport
from ..session import steps, timer
from ..tasks.report_error import report_error

SCENE_KINDS = ("depth", "normal", "lineart", "segmentation", "light")
"""Kinds that every scene gives; a pose needs an armature, canny is found by the core."""

_run: steps.Run | None = None
_error: GengaError | None = None


def drawing() -> bool:
    """Whether maps are being drawn for the panel."""
    return _run is not None and not _run.ended


def last_error() -> GengaError | None:
    """Why the last drawing for the panel failed."""
    return _error


def preview_kinds(scene: bpy.types.Scene) -> list[str]:
    """Gives the kinds that the panel shows: those of every scene, and the pose if a person is there."""
    return [*SCENE_KINDS, *(["openpose"] if has_person(scene) else [])]


def current_view(scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer) -> View:
    """Gives the view and size that the next picture of the scene will have."""
    width, height = picture_size(scene, active_bundle(scene))
    if scene.genga.view == "VIEWPORT":
        window, area, region = find_viewport(scene)
        with bpy.context.temp_override(window=window, area=area, region=region):
            return view_of_viewport(bpy.context, width, height)
    view_layer.update()
    return view_of_camera(view_layer.depsgraph, scene, scene.genga.camera or scene.camera, width, height)


def drawn(scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer) -> Generator[None, None, CapturedMaps]:
    """Draws the kinds of the panel from the view of the next picture and remembers them."""
    view = current_view(scene, view_layer)
    space = None if view.camera_name else find_viewport(scene)[1].spaces.active
    captured = yield from capture_maps(
        view_layer.depsgraph,
        view,
        preview_kinds(scene),
        scene=scene,
        options=capture_options(scene),
        space=space,
    )
    remember(scene, captured)
    return captured


class GENGA_OT_capture_maps(bpy.types.Operator):
    """Draw the control maps of the view and list its regions, without making a picture"""

    bl_idname = "genga.capture_maps"
    bl_label = "Draw Maps"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Draws in slices in a window, at once in the background."""
        global _run, _error
        _error = None
        if drawing():
            return {"CANCELLED"}
        work = drawn(context.scene, context.view_layer)
        if bpy.app.background:
            try:
                steps.drain(work)
            except GengaError as error:
                return report_error(self, error)
            return {"FINISHED"}

        def done(captured: CapturedMaps) -> None:
            timer.redraw()

        def failed(error: GengaError) -> None:
            global _error
            _error = error if error.code != "CANCELLED" else None
            timer.redraw()

        _run = steps.run(work, on_done=done, on_error=failed)
        return {"FINISHED"}


class GENGA_OT_show_map(bpy.types.Operator):
    """Show this map large in an Image Editor"""

    bl_idname = "genga.show_map"
    bl_label = "Show Map"
    bl_options = {"REGISTER", "UNDO"}

    kind: EnumProperty(name="Kind", items=[(kind, name, "") for kind, name in KIND_NAMES.items()])

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Puts the map into an image, the same one each time."""
        captured = latest(context.scene)
        if captured is None or self.kind not in captured.maps:
            return report_error(self, _none_yet(self.kind))
        image = map_image(self.kind, captured)
        if not bpy.app.background:
            open_image(context, image)
        return {"FINISHED"}


class GENGA_OT_save_maps(bpy.types.Operator):
    """Save the control maps of the view as PNG files, with regions.json"""

    bl_idname = "genga.save_maps"
    bl_label = "Save Maps"

    directory: StringProperty(name="Folder", subtype="DIR_PATH")
    refresh: BoolProperty(
        name="Draw Again", description="Draw the maps as the scene is now before they are saved", default=True
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks for a folder."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Writes the files."""
        scene = context.scene
        try:
            captured = latest(scene)
            if self.refresh or captured is None:
                captured = steps.drain(drawn(scene, context.view_layer))
            names = save_maps(captured, Path(bpy.path.abspath(self.directory or "//")))
        except GengaError as error:
            return report_error(self, error)
        self.report({"INFO"}, f"{len(names)} files in {self.directory}")
        return {"FINISHED"}


def save_maps(captured: CapturedMaps, folder: Path) -> list[str]:
    """Writes a PNG for each map and regions.json into a folder, made if it is not there; gives the names.

    Raises GengaError STORAGE_FULL or INVALID_REQUEST when a file cannot be written.
    """
    names = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind in captured.maps:
            (folder / f"{kind}.png").write_bytes(captured.png(kind))
            names.append(f"{kind}.png")
        if "segmentation" in captured.maps:
            regions = [
                {"color": region.color, "name": region.name, "prompt": region.phrase}
                for region in captured.regions
            ]
            (folder / "regions.json").write_text(
                json.dumps(regions, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
            )
            names.append("regions.json")
    except OSError as error:
        full = error.errno == 28
        raise GengaError(
            "STORAGE_FULL" if full else "INVALID_REQUEST",
            f"The maps could not be written into {folder}: {error.strerror or error}.",
            remedy="Make room on the disk." if full else "Choose a folder that you may write to.",
        ) from error
    return names


def map_image(kind: str, captured: CapturedMaps) -> bpy.types.Image:
    """Gives the image datablock of a map, packed; it takes the place of the one before, in editors too."""
    name = f"Genga {KIND_NAMES[kind]}"
    before = next((item for item in bpy.data.images if item.get("genga_map") == kind), None)
    data = captured.png(kind)
    image = bpy.data.images.new(name, 8, 8)
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    image.filepath_raw = f"//{kind}.png"
    image.colorspace_settings.name = "sRGB" if kind == "canny" else "Non-Color"
    image["genga_map"] = kind
    if before is not None:
        before.user_remap(image)
        bpy.data.images.remove(before)
        image.name = name
    return image


def _none_yet(kind: str) -> GengaError:
    return GengaError(
        "INVALID_REQUEST", f"The {KIND_NAMES[kind]} map was not drawn yet.", remedy="Press Draw Maps."
    )


_CLASSES = (GENGA_OT_capture_maps, GENGA_OT_show_map, GENGA_OT_save_maps)


def register() -> None:
    """Registers the operators."""
    for item in _CLASSES:
        bpy.utils.register_class(item)


def unregister() -> None:
    """Takes them back."""
    global _run, _error
    if _run is not None:
        _run.cancel("The add-on was disabled.")
    _run = _error = None
    for item in reversed(_CLASSES):
        bpy.utils.unregister_class(item)
