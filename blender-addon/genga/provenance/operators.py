"""Buttons of the provenance panels."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from genga_client import GengaError

from ..generate.pixels import file_of_render
from ..preferences import output_folder
from ..results.active import need_image
from ..results.image_datablock import file_extension, is_edited, mime_of, packed_bytes
from ..results.record import record_of
from ..results.use_image import save_picture
from ..session import steps
from ..tasks.report_error import report_error
from ..undo_step import push_undo
from .ask_core import ask_core, tell
from .facts import record_json, record_text
from .sign_image import (
    SignedBytes,
    Signing,
    ingredients_of,
    keep_signed,
    meshes_of,
    pictures_of,
    sign,
    signing_of_image,
    signing_of_render,
)
from .verified import verified, verify_image


class GENGA_OT_verify_image(bpy.types.Operator):
    """Check the picture's credential: who signed it, whether it was changed, and what made it"""

    bl_idname = "genga.verify_image"
    bl_label = "Verify"

    image: StringProperty(name="Picture", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a picture."""
        return len(bpy.data.images) > 0

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Asks the core."""

        def begin(done: Callable[[object], None], failed: Callable[[GengaError], None]) -> None:
            verify_image(need_image(context, self.image), done, failed)

        return ask_core(self, "Verify", begin, lambda _: _redraw())


class GENGA_OT_copy_record(bpy.types.Operator):
    """Copy what made the picture to the clipboard"""

    bl_idname = "genga.copy_record"
    bl_label = "Copy Record"

    image: StringProperty(name="Picture", options={"SKIP_SAVE"})
    form: EnumProperty(
        name="Form",
        description="How the record is written",
        items=[("TEXT", "Text", "Lines for people"), ("JSON", "JSON", "Everything, for programs")],
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a picture; execute says if it was not verified."""
        return len(bpy.data.images) > 0

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Copies it."""
        try:
            found = verified(need_image(context, self.image))
        except GengaError as error:
            return report_error(self, error)
        if found is None:
            self.report({"ERROR"}, "Verify the picture first.")
            return {"CANCELLED"}
        context.window_manager.clipboard = record_text(found) if self.form == "TEXT" else record_json(found)
        self.report({"INFO"}, "Record copied")
        return {"FINISHED"}


class GENGA_OT_save_signed(bpy.types.Operator):
    """Save the picture with a credential: as it is if unchanged, else signed again with its original named"""

    bl_idname = "genga.save_signed"
    bl_label = "Save Signed…"

    image: StringProperty(name="Picture", options={"SKIP_SAVE"})
    filepath: StringProperty(subtype="FILE_PATH")
    filter_image: BoolProperty(default=True, options={"HIDDEN"})
    check_existing: BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a picture, or a render."""
        return len(bpy.data.images) > 0

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks where."""
        try:
            image = self._chosen(context)
        except GengaError as error:
            return report_error(self, error)
        data = None if image.is_dirty or image.type == "RENDER_RESULT" else packed_bytes(image)
        extension = file_extension(mime_of(data) if data else None)
        name = bpy.path.clean_name(image.name.removesuffix(extension)) + extension
        self.filepath = str(output_folder() / name)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Writes the file as it is, or has the core sign it first."""
        path = Path(bpy.path.abspath(self.filepath))
        if not self.filepath or path.is_dir():
            self.report({"ERROR"}, "No file name was given.")
            return {"CANCELLED"}
        try:
            image = self._chosen(context)
            if record_of(image) is not None and not is_edited(image) and not _unsigned_bake(image):
                path.parent.mkdir(parents=True, exist_ok=True)
                save_picture(image, path)
                self.report({"INFO"}, f"Saved {path.name} with its credential")
                return {"FINISHED"}
            work = _signing(context, image, path)
        except GengaError as error:
            return report_error(self, error)
        except OSError as error:
            self.report({"ERROR"}, f"{path.name}: {error.strerror}.")
            return {"CANCELLED"}
        name = image.name

        def begin(done: Callable[[object], None], failed: Callable[[GengaError], None]) -> None:
            sign(work, done, failed)

        def finish(signed: SignedBytes) -> None:
            _write(path, signed)
            kept = bpy.data.images.get(name)
            if kept is not None and keep_signed(kept, work, signed):
                push_undo("Sign Picture")
            lines = [f"Saved and signed {path.name}"]
            lines += [f"{part} was not found any more and is not named in it." for part in signed.missing]
            tell(self, "Save Signed", lines)

        return ask_core(self, "Save Signed", begin, finish)

    def _chosen(self, context: bpy.types.Context) -> bpy.types.Image:
        """Gives the named picture, else the active one; in an Image Editor also the render."""
        space = context.space_data
        shown = space.image if space is not None and space.type == "IMAGE_EDITOR" else None
        return shown if shown is not None and not self.image else need_image(context, self.image)


class GENGA_OT_export_signed(bpy.types.Operator):
    """Export the selected objects as GLB with a credential beside it that names the pictures on them"""

    bl_idname = "genga.export_signed"
    bl_label = "Export Signed GLB…"

    filepath: StringProperty(subtype="FILE_PATH")
    check_existing: BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs selected objects."""
        return bool(context.selected_objects)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks where."""
        name = bpy.path.clean_name(context.selected_objects[0].name)
        self.filepath = str(output_folder() / f"{name}.glb")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Exports, has the core sign it, and writes both files."""
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(".glb")
        if not hasattr(bpy.types, "EXPORT_SCENE_OT_gltf"):
            self.report({"ERROR"}, "The glTF exporter is off; enable the add-on “glTF 2.0 format”.")
            return {"CANCELLED"}
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / "export.glb"
            bpy.ops.export_scene.gltf(filepath=str(draft), export_format="GLB", use_selection=True)
            data = draft.read_bytes()
        chosen = context.selected_objects
        ingredients = ingredients_of(pictures_of(chosen)) + meshes_of(chosen)
        source_type = "compositeWithTrainedAlgorithmicMedia" if ingredients else "digitalCreation"
        work = Signing(
            data,
            "model/gltf-binary",
            path.name,
            "c2pa.created",
            source_type,
            "Exported from Blender",
            ingredients,
        )

        def finish(signed: SignedBytes) -> None:
            _write(path, signed)
            tell(self, "Export Signed", [f"Saved {path.name} and {path.name}.c2pa"])

        return ask_core(self, "Export Signed", lambda done, failed: sign(work, done, failed), finish)


class GENGA_OT_open_folder(bpy.types.Operator):
    """Open the folder for saved files, as the preferences name it, in the system's file browser"""

    bl_idname = "genga.open_folder"
    bl_label = "Open Folder"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Opens it; it is made if it is not there."""
        folder = output_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.report({"ERROR"}, f"{folder}: {error.strerror}.")
            return {"CANCELLED"}
        return bpy.ops.wm.path_open(filepath=str(folder))


def _unsigned_bake(image: bpy.types.Image) -> bool:
    record = record_of(image) or {}
    return "baked_from" in record and not record.get("signed")


def _signing(context: bpy.types.Context, image: bpy.types.Image, path: Path) -> Signing:
    if image.type != "RENDER_RESULT":
        return steps.drain(signing_of_image(image))
    scene = context.scene
    data = file_of_render(scene, scene.render.image_settings.color_mode)
    return signing_of_render(scene, data, "image/png", path.name)


def _write(path: Path, signed: SignedBytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(signed.data)
    if signed.sidecar is not None:
        path.with_name(f"{path.name}.c2pa").write_bytes(signed.sidecar)
    os.replace(part, path)


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"IMAGE_EDITOR", "VIEW_3D"}:
                area.tag_redraw()


CLASSES = (
    GENGA_OT_verify_image,
    GENGA_OT_copy_record,
    GENGA_OT_save_signed,
    GENGA_OT_export_signed,
    GENGA_OT_open_folder,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
