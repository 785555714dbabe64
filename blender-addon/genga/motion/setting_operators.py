"""Operators that change the settings of motion: sentences, markers, seed, model, bones."""

import bpy
from bpy.props import IntProperty, StringProperty
from genga_client import GengaError

from ..tasks.choose_bundle import BundleMenu, ChooseBundle
from ..tasks.known_prompts import KnownPromptsMenu
from ..tasks.list_operators import MoveItem, RemoveItem
from ..tasks.new_seed import NewSeed
from ..tasks.report_error import report_error
from .bone_map import found_bones
from .joints import JOINTS, LEGS
from .motion_run import motion_runs
from .redraw_views import redraw_views
from .segments import FIRST_PROMPT, fps_of, from_markers, to_markers

SECONDS = 4
"""Length of a new sentence."""


class GENGA_OT_add_motion_segment(bpy.types.Operator):
    """Add a sentence after the active one"""

    bl_idname = "genga.add_motion_segment"
    bl_label = "Add Sentence"
    bl_options = {"REGISTER", "UNDO"}

    prompt: StringProperty(name="Prompt", options={"SKIP_SAVE"})
    frames: IntProperty(name="Frames", default=0, min=0, options={"SKIP_SAVE"})

    def execute(self, context):
        """Adds it: four seconds unless a length is given."""
        props = context.scene.genga_motion
        segment = props.segments.add()
        segment.prompt = self.prompt or ("" if len(props.segments) > 1 else FIRST_PROMPT)
        segment.frames = self.frames or max(1, round(SECONDS * fps_of(context.scene)))
        place = min(props.segments_index + 1, len(props.segments) - 1)
        props.segments.move(len(props.segments) - 1, place)
        props.segments_index = place
        return {"FINISHED"}


class GENGA_OT_remove_motion_segment(RemoveItem, bpy.types.Operator):
    """Remove the active sentence"""

    bl_idname = "genga.remove_motion_segment"
    bl_label = "Remove Sentence"
    settings = "genga_motion"
    listed = "segments"


class GENGA_OT_move_motion_segment(MoveItem, bpy.types.Operator):
    """Move the active sentence earlier or later"""

    bl_idname = "genga.move_motion_segment"
    bl_label = "Move Sentence"
    settings = "genga_motion"
    listed = "segments"


class GENGA_OT_use_motion_prompt(bpy.types.Operator):
    """Say this in the active sentence"""

    bl_idname = "genga.use_motion_prompt"
    bl_label = "Use Sentence"
    bl_options = {"REGISTER", "UNDO"}

    prompt: StringProperty(name="Prompt", options={"SKIP_SAVE"})

    def execute(self, context):
        """Says it; without any sentence, adds one."""
        props = context.scene.genga_motion
        if not 0 <= props.segments_index < len(props.segments):
            return bpy.ops.genga.add_motion_segment(prompt=self.prompt)
        props.segments[props.segments_index].prompt = self.prompt
        return {"FINISHED"}


class GENGA_MT_motion_actions(KnownPromptsMenu, bpy.types.Menu):
    """What the model knows to do."""

    bl_label = "Known Actions"
    task = "motion"
    settings = "genga_motion"
    operator = "genga.use_motion_prompt"


class GENGA_OT_motion_from_markers(bpy.types.Operator):
    """Take sentences and lengths from the timeline's markers; the last one lasts until the scene ends"""

    bl_idname = "genga.motion_from_markers"
    bl_label = "From Markers"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context):
        """Takes them."""
        try:
            count = from_markers(context.scene)
        except GengaError as error:
            return report_error(self, error)
        self.report({"INFO"}, f"{count} sentences taken from markers")
        return {"FINISHED"}


class GENGA_OT_motion_to_markers(bpy.types.Operator):
    """Put the sentences onto the timeline as markers, to be moved there"""

    bl_idname = "genga.motion_to_markers"
    bl_label = "To Markers"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Needs a sentence."""
        return len(context.scene.genga_motion.segments) > 0

    def execute(self, context):
        """Puts them there."""
        to_markers(context.scene)
        return {"FINISHED"}


class GENGA_OT_new_motion_seed(NewSeed, bpy.types.Operator):
    """Draw another seed and keep it"""

    bl_idname = "genga.new_motion_seed"
    bl_label = "Another Seed"
    settings = "genga_motion"


class GENGA_OT_choose_motion_bundle(ChooseBundle, bpy.types.Operator):
    """Use this model for motion"""

    bl_idname = "genga.choose_motion_bundle"
    bl_label = "Choose Motion Model"
    task = "motion"
    settings = "genga_motion"


class GENGA_MT_motion_bundles(BundleMenu, bpy.types.Menu):
    """Motion models of the core."""

    bl_label = "Motion Model"
    task = "motion"
    operator = "genga.choose_motion_bundle"
    icon = "ARMATURE_DATA"


class ArmatureOperator:
    """What operators of an armature's bones share."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context):
        """Needs an armature."""
        return context.object is not None and context.object.type == "ARMATURE"


class GENGA_OT_find_motion_bones(ArmatureOperator, bpy.types.Operator):
    """Fill the empty fields with the bones that are found by name and shape"""

    bl_idname = "genga.find_motion_bones"
    bl_label = "Find Bones"

    def execute(self, context):
        """Fills them."""
        chosen = context.object.genga_motion
        for joint, name in found_bones(context.object).items():
            if not getattr(chosen, joint):
                setattr(chosen, joint, name)
        missing = [joint.replace("_", " ") for joint in LEGS if not getattr(chosen, joint)]
        if missing:
            self.report({"WARNING"}, f"No bone was found for: {', '.join(missing)}")
        return {"FINISHED"}


class GENGA_OT_clear_motion_bones(ArmatureOperator, bpy.types.Operator):
    """Empty all fields: bones are found by name and shape again"""

    bl_idname = "genga.clear_motion_bones"
    bl_label = "Clear Bones"

    def execute(self, context):
        """Empties them."""
        for joint in (*JOINTS, "root_bone"):
            setattr(context.object.genga_motion, joint, "")
        return {"FINISHED"}


class GENGA_OT_choose_motion(bpy.types.Operator):
    """Show another variation"""

    bl_idname = "genga.choose_motion"
    bl_label = "Show Variation"
    bl_options = {"INTERNAL"}

    number: IntProperty(options={"SKIP_SAVE"})
    step: IntProperty(default=1, options={"SKIP_SAVE"})

    def execute(self, context):
        """Shows the next one, or the one before."""
        run = motion_runs().of(self.number)
        if run is None or not run.candidates:
            self.report({"ERROR"}, "This motion waits no more.")
            return {"CANCELLED"}
        run.chosen = (run.chosen + self.step) % len(run.candidates)
        redraw_views()
        return {"FINISHED"}


CLASSES = (
    GENGA_OT_add_motion_segment,
    GENGA_OT_remove_motion_segment,
    GENGA_OT_move_motion_segment,
    GENGA_OT_use_motion_prompt,
    GENGA_MT_motion_actions,
    GENGA_OT_motion_from_markers,
    GENGA_OT_motion_to_markers,
    GENGA_OT_new_motion_seed,
    GENGA_OT_choose_motion_bundle,
    GENGA_MT_motion_bundles,
    GENGA_OT_find_motion_bones,
    GENGA_OT_clear_motion_bones,
    GENGA_OT_choose_motion,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
