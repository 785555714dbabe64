"""Operators that change the settings: bundle, look, prompt text, seed, camera, control layers."""

import bpy
from bpy.props import StringProperty

from ..tasks.choose_bundle import ChooseBundle
from ..tasks.list_operators import MoveItem, RemoveItem
from ..tasks.new_seed import NewSeed
from .active_bundle import active_bundle
from .looks import looks
from .plan import automatic_kinds, has_person

PROMPT_TEXT = "Genga Prompt"


class GENGA_OT_choose_bundle(ChooseBundle, bpy.types.Operator):
    """Use this model"""

    bl_idname = "genga.choose_bundle"
    bl_label = "Choose Model"
    task = "image"
    settings = "genga"


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


class GENGA_OT_new_seed(NewSeed, bpy.types.Operator):
    """Draw another seed"""

    bl_idname = "genga.new_seed"
    bl_label = "New Seed"
    settings = "genga"
    locks = False


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


class GENGA_OT_remove_control(RemoveItem, bpy.types.Operator):
    """Remove this layer"""

    bl_idname = "genga.remove_control"
    bl_label = "Remove Layer"
    settings = "genga"
    listed = "controls"


class GENGA_OT_move_control(MoveItem, bpy.types.Operator):
    """Move this layer in the list"""

    bl_idname = "genga.move_control"
    bl_label = "Move Layer"
    settings = "genga"
    listed = "controls"


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

register, unregister = bpy.utils.register_classes_factory(CLASSES)
