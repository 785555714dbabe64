"""Buttons for a finished picture."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty
from genga_client import GengaError

from ..capture import view_of_camera
from ..generate.show_image import open_image
from ..preferences import output_folder
from ..session import steps
from ..tasks.report_error import report_error
from ..undo_step import push_undo
from .active import active_image, need_image, view_of
from .bake import BakeOptions, BakeResult, bake_projections
from .project import SURFACE_TYPES, ProjectionOptions, project_image, remove_projection
from .use_image import (
    add_reference,
    add_to_compositor,
    mark_as_asset,
    save_picture,
    set_camera_background,
    set_world,
)

T = TypeVar("T")

_at_work: list[str] = []
"""Projections and bakes that run in slices beside the window."""


class _ImageOperator:
    """What all buttons for a picture share."""

    image: StringProperty(
        name="Picture", description="Name of the picture; without one, the active one", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a picture."""
        return len(bpy.data.images) > 0


class GENGA_OT_project_image(_ImageOperator, bpy.types.Operator):
    """Project the picture onto the selected objects, from the view that it was made from"""

    bl_idname = "genga.project_image"
    bl_label = "Project onto Selected"
    bl_options = {"REGISTER"}

    source: EnumProperty(
        name="From",
        description="The view to project from",
        items=[
            (
                "PICTURE",
                "The picture's view",
                "The view that the picture was made from, wherever the camera is now",
            ),
            ("CAMERA", "Scene camera", "The scene's camera as it is now; for pictures from elsewhere"),
        ],
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Starts the projection; in background mode also ends it."""
        settings = context.scene.genga_results
        try:
            _refuse_second()
            image = need_image(context, self.image)
            if self.source == "PICTURE":
                view = view_of(image)
            elif context.scene.camera is None:
                raise GengaError(
                    "INVALID_REQUEST", "The scene has no camera.", remedy="Add one, or make one active."
                )
            else:
                depsgraph = context.evaluated_depsgraph_get()
                view = view_of_camera(depsgraph, context.scene, context.scene.camera, *image.size)
            work = project_image(
                [item for item in context.selected_objects if item.type in SURFACE_TYPES],
                image,
                view,
                scene=context.scene,
                view_layer=context.view_layer,
                options=ProjectionOptions(
                    shading=settings.shading,
                    angle_degrees=settings.angle_degrees,
                    border=settings.border,
                    edge_px=settings.edge_px,
                    single_user=settings.single_user,
                ),
            )
            if bpy.app.background:
                for note in steps.drain(work):
                    self.report({"INFO"}, note)
                return {"FINISHED"}
        except GengaError as error:
            return report_error(self, error)
        _run(context, work, "Project Picture")
        return {"FINISHED"}


class GENGA_OT_remove_projection(bpy.types.Operator):
    """Take the projection off the object; with the last one its own materials come back"""

    bl_idname = "genga.remove_projection"
    bl_label = "Remove Projection"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(
        name="Index",
        description="Which one of the object's; -1 is all",
        default=-1,
        min=-1,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs an object with a projection."""
        return context.object is not None and len(context.object.genga_projections.layers) > 0

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Removes it."""
        held = context.object.genga_projections
        if self.index >= len(held.layers):
            self.report({"ERROR"}, f"There is no projection {self.index}; the object has {len(held.layers)}.")
            return {"CANCELLED"}
        remove_projection(context.object, None if self.index < 0 else self.index)
        return {"FINISHED"}


class GENGA_OT_bake_projection(bpy.types.Operator):
    """Bake the projections of the selected objects into pictures on their UV maps, which stay as they are"""

    bl_idname = "genga.bake_projection"
    bl_label = "Bake"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a selected object with a projection."""
        return any(item.genga_projections.layers for item in context.selected_objects)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Starts the bake; in background mode also ends it."""
        settings = context.scene.genga_results
        options = BakeOptions(
            size_px=int(settings.bake_size),
            uv=settings.bake_uv,
            fill=settings.bake_fill,
            margin_px=settings.bake_margin_px,
        )
        items = [item for item in context.selected_objects if item.genga_projections.layers]
        try:
            _refuse_second()
        except GengaError as error:
            return report_error(self, error)
        work = bake_projections(items, view_layer=context.view_layer, options=options)
        if bpy.app.background:
            try:
                result = steps.drain(work)
                for note in result.notes:
                    self.report({"INFO"}, note)
                _sign_baked(result)
            except GengaError as error:
                return report_error(self, error)
            return {"FINISHED"}
        _run(context, work, "Bake Projections", _sign_baked)
        return {"FINISHED"}


class GENGA_OT_save_picture(_ImageOperator, bpy.types.Operator):
    """Save the picture's file exactly as it was made, with its credential"""

    bl_idname = "genga.save_picture"
    bl_label = "Save As…"
    bl_options = {"REGISTER"}

    filepath: StringProperty(subtype="FILE_PATH")
    check_existing: BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks where."""
        try:
            image = need_image(context, self.image)
        except GengaError as error:
            return report_error(self, error)
        name = bpy.path.basename(image.filepath) or f"{bpy.path.clean_name(image.name)}.png"
        self.filepath = str(output_folder() / name)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Writes the file."""
        try:
            target = Path(bpy.path.abspath(self.filepath))
            target.parent.mkdir(parents=True, exist_ok=True)
            path = save_picture(need_image(context, self.image), target)
        except GengaError as error:
            return report_error(self, error)
        except OSError as error:
            self.report({"ERROR"}, f"{self.filepath}: {error.strerror}.")
            return {"CANCELLED"}
        self.report({"INFO"}, f"Saved {path.name}")
        return {"FINISHED"}


class GENGA_OT_use_picture(_ImageOperator, bpy.types.Operator):
    """Use the picture in the scene"""

    bl_idname = "genga.use_picture"
    bl_label = "Use Picture"
    bl_options = {"REGISTER", "UNDO"}

    target: EnumProperty(
        name="As",
        description="What the picture becomes",
        items=[
            ("BACKGROUND", "Camera Background", "Behind the scene in the camera's view"),
            ("REFERENCE", "Reference", "An image empty at the 3D cursor"),
            (
                "WORLD",
                "World",
                "The scene's surroundings; only for equirectangular pictures, twice as wide as high",
            ),
            ("COMPOSITOR", "Compositor Input", "An Image node in the compositor"),
            ("ASSET", "Asset", "Mark as asset, with tags, prompt and preview"),
        ],
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Does it."""
        try:
            image = need_image(context, self.image)
            if self.target == "BACKGROUND":
                if context.scene.camera is None:
                    raise GengaError(
                        "INVALID_REQUEST", "The scene has no camera.", remedy="Add one, or make one active."
                    )
                set_camera_background(image, context.scene.camera)
            elif self.target == "REFERENCE":
                add_reference(image, context.scene)
            elif self.target == "WORLD":
                set_world(image, context.scene)
            elif self.target == "COMPOSITOR":
                add_to_compositor(image, context.scene)
            else:
                mark_as_asset(image, image)
        except GengaError as error:
            return report_error(self, error)
        return {"FINISHED"}


class GENGA_OT_view_picture(_ImageOperator, bpy.types.Operator):
    """Show the picture in an Image Editor"""

    bl_idname = "genga.view_picture"
    bl_label = "Show"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Needs a window and a picture."""
        return not bpy.app.background and active_image(context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Shows it."""
        try:
            open_image(context, need_image(context, self.image))
        except GengaError as error:
            return report_error(self, error)
        return {"FINISHED"}


def _sign_baked(result: BakeResult) -> None:
    from ..provenance.sign_baked import sign_baked  # provenance stands above results

    sign_baked(result.images.values())


def _refuse_second() -> None:
    if _at_work:
        raise GengaError(
            "INVALID_REQUEST",
            f"{_at_work[0]} is still at work; both would change the same materials.",
            remedy="Wait until it is ready.",
        )


def _run(
    context: bpy.types.Context,
    work: Generator[None, None, T],
    title: str,
    after: Callable[[T], object] | None = None,
) -> None:
    """Runs work in slices, with a busy cursor; tells notes and errors, and pushes one undo step."""
    window = context.window
    _at_work.append(title)

    def end() -> None:
        _at_work.remove(title)
        if window is not None and window in bpy.context.window_manager.windows[:]:
            window.cursor_modal_restore()

    def done(result: T) -> None:
        end()
        if after is not None:
            after(result)
        push_undo(title)
        notes = getattr(result, "notes", result) or []
        if notes:
            popup(title, list(notes), "INFO")

    def failed(error: GengaError) -> None:
        end()
        if error.code != "CANCELLED":  # by an undo, or since another file is opened
            popup(title, [str(error)], "ERROR")

    if window is not None:
        window.cursor_modal_set("WAIT")
    steps.run(work, on_done=done, on_error=failed)


def popup(title: str, lines: list[str], icon: str) -> None:
    """Shows lines in a small popup; in background mode on the console."""
    if bpy.app.background:
        print(f"{title}: " + " ".join(lines))
        return

    def draw(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
        for line in lines:
            menu.layout.label(text=line, translate=False)

    bpy.context.window_manager.popup_menu(draw, title=title, icon=icon)


CLASSES = (
    GENGA_OT_project_image,
    GENGA_OT_remove_projection,
    GENGA_OT_bake_projection,
    GENGA_OT_save_picture,
    GENGA_OT_use_picture,
    GENGA_OT_view_picture,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
