"""Panels of the Genga tab for motion."""

import bpy
import numpy as np
from genga_client import GengaError

from .. import compat
from ..axes import metres_of
from ..panels.wrapped_text import draw_text
from ..results.record import record_of
from ..tasks import offers
from ..tasks.choose_bundle import draw_bundle
from ..tasks.new_seed import draw_seed
from ..tasks.panel import TaskPanel, draw_button, draw_error, draw_progress
from ..tasks.wrap_text import wrap_text
from ..translations import translated
from .bone_map import bone_map, found_bones
from .ground_path import curve_points, path_length
from .joints import JOINTS, LEGS
from .motion_operators import chosen_armatures
from .motion_run import MotionRun, motion_runs
from .rigify import is_rigify
from .segments import first_frame, fps_of, frames_of

STAGES = {
    "load": "Loading the model",
    "encode": "Reading the sentences",
    "denoise": "Moving",
    "finish": "Fitting the armature",
    "sign": "Signing",
}


class MotionPanel(TaskPanel):
    """Of a panel of motion."""

    task = "motion"


class GENGA_UL_motion_segments(bpy.types.UIList):
    """Sentences with their lengths."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flag=0):
        """Draws one; both are edited in place."""
        row = layout.row(align=True)
        compat.prop_with_placeholder(row, item, "prompt", "What the character does")
        length = row.row()
        length.ui_units_x = 3.2
        length.prop(item, "frames", text="", emboss=False)


class GENGA_PT_motion(MotionPanel, bpy.types.Panel):
    """Sentences, and the button."""

    bl_label = "Motion"
    bl_order = 15

    def draw(self, context):
        """Draws them."""
        layout, scene = self.layout, context.scene
        props = scene.genga_motion
        row = layout.row()
        row.template_list(
            "GENGA_UL_motion_segments", "", props, "segments", props, "segments_index", rows=3, maxrows=8
        )
        column = row.column(align=True)
        column.operator("genga.add_motion_segment", text="", icon="ADD")
        column.operator("genga.remove_motion_segment", text="", icon="REMOVE")
        column.menu("GENGA_MT_motion_actions", text="", icon="DOWNARROW_HLT")
        column.operator("genga.move_motion_segment", text="", icon="TRIA_UP").direction = "UP"
        column.operator("genga.move_motion_segment", text="", icon="TRIA_DOWN").direction = "DOWN"
        row = layout.row(align=True)
        row.operator("genga.motion_from_markers", icon="MARKER_HLT")
        row.operator("genga.motion_to_markers", icon="MARKER")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.row(align=True).prop(props, "start", expand=True)
        if props.start == "FRAME":
            column.prop(props, "frame_start")
        column.prop(props, "mode")
        if props.mode == "hybrid":
            column.prop(props, "variation")
        column.prop(props, "preview")
        draw_length(layout, scene)
        draw_generate(layout, context)


def draw_length(layout, scene) -> None:
    """Says which frames the motion takes."""
    frames = frames_of(scene)
    if not frames:
        return
    start = first_frame(scene)
    row = layout.row()
    row.alignment = "RIGHT"
    seconds = f"{frames / fps_of(scene):.1f} s"
    row.label(text=f"{start} … {start + frames - 1} · {seconds}", translate=False)


def draw_generate(layout, context) -> None:
    """Draws the button, what runs, and what waits to be applied."""
    armatures = chosen_armatures(context)
    if not armatures:
        draw_text(layout, "Select an armature", "INFO")
    elif len(armatures) > 1:
        text = translated("{count} armatures, each with its own seed", count=len(armatures))
        draw_text(layout, text, "ARMATURE_DATA", translate=False)
    row = draw_button(layout, "genga.generate_motion", "PLAY")
    if motion_runs().open():
        row.operator("genga.cancel_motion", text="", icon="X")
    layout.operator("genga.in_between", icon="IPO_EASE_IN_OUT")
    for run in motion_runs().open():
        draw_progress(layout, run, STAGES, names=[run.armature], picture_scale=6)
    waiting = motion_runs().ready()
    for run in waiting:
        draw_ready(layout.box(), run)
    if len(waiting) > 1:
        row = layout.row(align=True)
        row.operator("genga.apply_motion", text="Apply All", icon="CHECKMARK")
        row.operator("genga.discard_motion", text="Discard All", icon="X")
    if not waiting and not motion_runs().open():
        newest = motion_runs().newest()
        if newest is not None and newest.error is not None:
            draw_error(layout, newest, "genga.retry_motion")
        elif newest is not None and newest.applied is not None and newest.belongs_here:
            draw_applied(layout.box(), context, newest)


def draw_ready(layout, run: MotionRun) -> None:
    """Draws a motion that waits: choose among its variations, apply or discard."""
    candidate = run.candidate
    row = layout.row(align=True)
    row.label(text=run.armature, icon="ARMATURE_DATA", translate=False)
    if len(run.candidates) > 1:
        for step, icon in ((-1, "TRIA_LEFT"), (1, "TRIA_RIGHT")):
            button = row.operator("genga.choose_motion", text="", icon=icon)
            button.number, button.step = run.number, step
    column = layout.column(align=True)
    column.active = False
    start = run.plan.placing.start
    facts = [
        f"{run.chosen + 1} / {len(run.candidates)}",
        f"{translated('Seed')} {candidate.file.output.seed}",
        f"{start} … {start + candidate.take.frames - 1}",
    ]
    column.label(text=" · ".join(facts), translate=False)
    for origin in candidate.take.origin:
        kind = {"retrieved": "Recording", "varied": "Varied Recording", "generated": "Generated"}
        words = translated(kind.get(origin.get("kind"), "Generated"))
        clips = ", ".join(origin.get("clips") or ())
        for line in wrap_text(f"{words}: {clips}" if clips else words):
            column.label(text=line, translate=False)
    facts_of_motion = candidate.file.output.record.motion
    for warning in facts_of_motion.warnings if facts_of_motion is not None else ():
        draw_text(column, warning, "INFO", translate=False)
    for note in candidate.take.notes:
        draw_text(column, note, "INFO", translate=False)
    row = layout.row(align=True)
    row.scale_y = 1.2
    row.operator("genga.apply_motion", icon="CHECKMARK").number = run.number
    row.operator("genga.discard_motion", icon="X").number = run.number


def draw_applied(layout, context, run: MotionRun) -> None:
    """Says what was put where."""
    applied = run.applied
    layout.label(text=applied.action, icon="ACTION", translate=False)
    for note in applied.notes:
        draw_text(layout, note, "INFO", translate=False)
    layout.operator("genga.save_motion", icon="FILE_TICK")


class GENGA_PT_motion_control(MotionPanel, bpy.types.Panel):
    """Path, key poses, loop."""

    bl_label = "Motion Control"
    bl_parent_id = "GENGA_PT_motion"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws them."""
        layout, scene = self.layout, context.scene
        props = scene.genga_motion
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(props, "path")
        if props.path is not None:
            layout.prop(props, "path_timing")
            layout.prop(props, "path_facing")
            draw_path(layout, scene)
        layout.prop(props, "facing")
        layout.prop(props, "key_poses")
        if props.key_poses != "NONE":
            layout.prop(props, "pose_selected_bones")
        layout.prop(props, "loop")
        layout.prop(props, "in_place")
        layout.prop(props, "foot_lock")
        layout.prop(props, "speed")
        layout.prop(props, "style")


def draw_path(layout, scene) -> None:
    """Says how long the path is, and how fast that is."""
    try:
        points, closed = curve_points(scene.genga_motion.path)
    except GengaError as error:
        draw_text(layout, str(error), "ERROR", translate=False)
        return
    if closed:
        points = np.vstack([points, points[:1]])
    length = path_length(points[:, :2]) * metres_of(scene)
    seconds = frames_of(scene) / fps_of(scene)
    row = layout.row()
    row.alignment = "RIGHT"
    speed = f" · {length / seconds:.2f} m/s" if seconds > 0 else ""
    row.label(text=f"{length:.2f} m{speed}", translate=False)


class GENGA_PT_motion_output(MotionPanel, bpy.types.Panel):
    """Seed, variations, keys, where it goes."""

    bl_label = "Motion Output"
    bl_parent_id = "GENGA_PT_motion"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws them."""
        layout, props = self.layout, context.scene.genga_motion
        layout.use_property_split = True
        layout.use_property_decorate = False
        draw_seed(layout, props, "genga.new_motion_seed")
        layout.prop(props, "num_motions_per_prompt")
        layout.prop(props, "target")
        layout.prop(props, "root")
        layout.prop(props, "keyframes")
        if props.keyframes == "FEW":
            layout.prop(props, "key_error_degrees")
            layout.prop(props, "key_error_cm")
        layout.prop(props, "own_sampling")
        if props.own_sampling:
            layout.prop(props, "num_inference_steps")
            layout.prop(props, "guidance_scale")
        draw_bundle(layout, "GENGA_MT_motion_bundles", "motion", props.bundle, "ARMATURE_DATA")
        if context.object is not None and context.object.animation_data is not None:
            record = record_of(context.object.animation_data.action)
            if record is not None:
                layout.operator("genga.save_motion", icon="FILE_TICK")


class GENGA_PT_motion_bones(MotionPanel, bpy.types.Panel):
    """Bones of the active armature."""

    bl_label = "Motion Bones"
    bl_parent_id = "GENGA_PT_motion"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        """Only for an active armature."""
        return offers("motion") and context.object is not None and context.object.type == "ARMATURE"

    def draw(self, context):
        """Draws a field for each joint; what is found stands in grey."""
        layout, item = self.layout, context.object
        mapping, found = bone_map(item), found_bones(item)
        missing = [joint for joint in LEGS if joint not in mapping]
        if missing:
            names = ", ".join(translated(joint.replace("_", " ").capitalize()) for joint in missing)
            draw_text(layout, translated("Missing: {names}", names=names), "ERROR", translate=False)
            draw_text(layout, "Without any choice here, the core looks for them by shape", "INFO")
        else:
            text = translated("{count} of 22 joints have a bone", count=len(mapping))
            draw_text(layout, text, "CHECKMARK", translate=False)
        if is_rigify(item):
            draw_text(layout, "Generated by Rigify: FK controls get the keys and are switched on", "INFO")
        row = layout.row(align=True)
        row.operator("genga.find_motion_bones", text="Find", icon="VIEWZOOM")
        row.operator("genga.clear_motion_bones", text="Clear", icon="X")
        column = layout.column(align=True)
        for joint in (*JOINTS, "root_bone"):
            label = translated(joint.replace("_", " ").capitalize() if joint != "root_bone" else "Root Bone")
            split = column.split(factor=0.4, align=True)
            split.label(text=label, icon="NONE" if joint in mapping else "DOT", translate=False)
            row = split.row(align=True)
            row.prop_search(item.genga_motion, joint, item.data, "bones", text="")
            if not getattr(item.genga_motion, joint) and joint in found:
                hint = row.row()
                hint.active = False
                hint.label(text=found[joint], translate=False)


CLASSES = (
    GENGA_UL_motion_segments,
    GENGA_PT_motion,
    GENGA_PT_motion_control,
    GENGA_PT_motion_output,
    GENGA_PT_motion_bones,
)


register, unregister = bpy.utils.register_classes_factory(CLASSES)
