"""Operators that change the settings: bundle, look, prompt text, seed, camera, control layers."""

import random

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty
from genga_client import GengaError

from .. import session
from .active_bundle import active_bundle
from .catalog import describe, image_bundles, require_bundle
from .looks import looks
from .plan import automatic_kinds, has_person
from .properties import SEED_MAX
from .report_error import report_error

PROMPT_TEXT = "Genga Prompt"


class GENGA_OT_choose_bundle(bpy.types.Operator):
    """Use this model"""

    bl_idname = "genga.choose_bundle"
    bl_label = "Choose Model"
    bl_options = {"REGISTER", "UNDO"}

    bundle: StringProperty(name="Id", description="Id of the model; empty = the core's default")

    @classmethod
    def description(cls, context, properties):
        """Says what the model is, and why it cannot be used."""
        for bundle in image_bundles(session.get().welcome):
            if bundle.id == properties.bundle:
                return describe(bundle) if bundle.allowed else bundle.refusal or describe(bundle)
        return "The model that the core prefers"

    def execute(self, context):
        """Chooses, and sets own sampling to what the model's maker recommends."""
        current = session.get()
        props = context.scene.genga
        try:
            if current.welcome is not None:
                require_bundle(current.welcome, self.bundle)
        except GengaError as error:
            return report_error(self, error)
        props.bundle = self.bundle
        bundle = active_bundle(context.scene)
        if bundle is not None and bundle.defaults is not None:
            props.num_inference_steps = bundle.defaults.num_inference_steps
            props.guidance_scale = bundle.defaults.guidance_scale
            props.scheduler = bundle.defaults.scheduler
        return {"FINISHED"}


class GENGA_OT_choose_look(bpy.types.Operator):
    """Use this style"""

    bl_idname = "genga.choose_look"
    bl_label = "Choose Look"
    bl_options = {"REGISTER", "UNDO"}

    look: StringProperty(name="Look")

    def execute(self, context):
        """Sets name and words of the style."""
        look = next((one for one in looks() if one.id == self.look), None)
        if look is None:
            names = ", ".join(one.id for one in looks())
            self.report({"ERROR"}, f'There is no look "{self.look}"; expected one of: {names}.')
            return {"CANCELLED"}
        context.scene.genga.look = look.name
        context.scene.genga.look_template = look.template
        return {"FINISHED"}


class GENGA_OT_edit_prompt(bpy.types.Operator):
    """Write the prompt on several lines in a text editor; lines that begin with # are left out"""

    bl_idname = "genga.edit_prompt"
    bl_label = "Edit as Text"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        """Makes the text and opens it."""
        props = context.scene.genga
        if props.prompt_text is None:
            props.prompt_text = bpy.data.texts.new(PROMPT_TEXT)
            props.prompt_text.write(props.prompt.replace(", ", ",\n"))
        if not bpy.app.background:
            _open_text(context, props.prompt_text)
        return {"FINISHED"}


class GENGA_OT_new_seed(bpy.types.Operator):
    """Draw another seed"""

    bl_idname = "genga.new_seed"
    bl_label = "New Seed"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        """Draws."""
        context.scene.genga.seed = random.SystemRandom().randint(0, SEED_MAX)
        return {"FINISHED"}


class GENGA_OT_add_camera(bpy.types.Operator):
    """Add a camera that sees what the viewport shows"""

    bl_idname = "genga.add_camera"
    bl_label = "Add Camera from View"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Only in a 3D viewport."""
        return context.region_data is not None

    def execute(self, context):
        """Adds the camera and makes it the scene's."""
        space = context.space_data
        data = bpy.data.cameras.new("Camera")
        camera = bpy.data.objects.new("Camera", data)
        context.collection.objects.link(camera)
        camera.matrix_world = context.region_data.view_matrix.inverted()
        data.lens, data.clip_start, data.clip_end = space.lens, space.clip_start, space.clip_end
        if not context.region_data.is_perspective:
            data.type, data.ortho_scale = "ORTHO", context.region_data.view_distance * 72 / space.lens
        data.sensor_width = 72.0  # what Blender's viewports have
        context.scene.camera = camera
        context.scene.genga.view = "CAMERA"
        return {"FINISHED"}


class GENGA_OT_add_control(bpy.types.Operator):
    """Add a control layer"""

    bl_idname = "genga.add_control"
    bl_label = "Add Layer"
    bl_options = {"REGISTER", "UNDO"}

    kind: StringProperty(name="Kind", default="depth")

    def execute(self, context):
        """Adds it at the end."""
        props = context.scene.genga
        layer = props.controls.add()
        try:
            layer.kind = self.kind
        except TypeError:
            props.controls.remove(len(props.controls) - 1)
            self.report({"ERROR"}, f'There is no control map "{self.kind}".')
            return {"CANCELLED"}
        props.controls_index = len(props.controls) - 1
        props.auto_controls = False
        return {"FINISHED"}


class GENGA_OT_add_recommended_controls(bpy.types.Operator):
    """List the control maps that suit the model, to change them here"""

    bl_idname = "genga.add_recommended_controls"
    bl_label = "Add Recommended"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        """Adds those that are not in the list."""
        props = context.scene.genga
        bundle = active_bundle(context.scene)
        if bundle is None:
            self.report({"ERROR"}, "What the model takes is known once the core runs. Start it first.")
            return {"CANCELLED"}
        there = {layer.kind for layer in props.controls}
        for kind in automatic_kinds(bundle, has_person(context.scene)):
            if kind not in there:
                props.controls.add().kind = kind
        props.auto_controls = False
        props.controls_index = len(props.controls) - 1
        return {"FINISHED"}


class GENGA_OT_remove_control(bpy.types.Operator):
    """Remove this layer"""

    bl_idname = "genga.remove_control"
    bl_label = "Remove Layer"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(
        name="Index", description="Which one; -1 = the active one", default=-1, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context):
        """Only with a layer."""
        return len(context.scene.genga.controls) > 0

    def execute(self, context):
        """Removes it."""
        props = context.scene.genga
        props.controls.remove(props.controls_index if self.index < 0 else self.index)
        props.controls_index = max(0, min(props.controls_index, len(props.controls) - 1))
        return {"FINISHED"}


class GENGA_OT_move_control(bpy.types.Operator):
    """Move this layer in the list"""

    bl_idname = "genga.move_control"
    bl_label = "Move Layer"
    bl_options = {"REGISTER", "UNDO"}

    direction: EnumProperty(items=(("UP", "Up", ""), ("DOWN", "Down", "")))

    def execute(self, context):
        """Moves it by one."""
        props = context.scene.genga
        to = props.controls_index + (-1 if self.direction == "UP" else 1)
        if 0 <= to < len(props.controls):
            props.controls.move(props.controls_index, to)
            props.controls_index = to
        return {"FINISHED"}


def _open_text(context, text) -> None:
    """Shows a text in an open text editor, else in a new window."""
    areas = [area for window in context.window_manager.windows for area in window.screen.areas]
    area = next((area for area in areas if area.type == "TEXT_EDITOR"), None)
    if area is None:
        before = set(context.window_manager.windows)
        bpy.ops.wm.window_new()
        window = next(window for window in context.window_manager.windows if window not in before)
        area = window.screen.areas[0]
        area.ui_type = "TEXT_EDITOR"
    area.spaces.active.text = text
    area.spaces.active.show_word_wrap = True


CLASSES = (
    GENGA_OT_choose_bundle,
    GENGA_OT_choose_look,
    GENGA_OT_edit_prompt,
    GENGA_OT_new_seed,
    GENGA_OT_add_camera,
    GENGA_OT_add_control,
    GENGA_OT_add_recommended_controls,
    GENGA_OT_remove_control,
    GENGA_OT_move_control,
)


def register() -> None:
    """Registers the operators."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Takes the operators back."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
