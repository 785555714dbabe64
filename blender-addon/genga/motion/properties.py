"""Settings of motion: of the scene, and the bones of each armature."""

# No `from __future__ import annotations` here: Blender reads the annotations as values.
import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..tasks.sampling_properties import (
    bundle_property,
    count_property,
    guidance_property,
    lock_seed_property,
    own_sampling_property,
    seed_property,
    share_property,
    steps_property,
)
from ..tasks.settings_factory import settings_factory
from .joints import JOINTS


def _is_curve(_: object, item: bpy.types.Object) -> bool:
    return item.type == "CURVE"


class GENGA_PG_motion_segment(bpy.types.PropertyGroup):
    """One sentence of the timeline."""

    prompt: StringProperty(
        name="Prompt", description="What the character does, for instance: a person walks forward"
    )
    frames: IntProperty(name="Frames", description="How long it takes", default=48, min=1, max=28_800)


class GENGA_PG_motion(bpy.types.PropertyGroup):
    """All settings of a scene's motion."""

    segments: CollectionProperty(type=GENGA_PG_motion_segment)
    segments_index: IntProperty(name="Active Sentence")
    start: EnumProperty(
        name="Start",
        description="Where on the timeline the motion begins",
        items=(
            ("PLAYHEAD", "Playhead", "At the current frame"),
            ("FRAME", "Frame", "At a frame of its own"),
        ),
        default="PLAYHEAD",
    )
    frame_start: IntProperty(name="First Frame", description="Frame at which the motion begins", default=1)
    bundle: bundle_property()
    mode: EnumProperty(
        name="Method",
        description="Where the motion comes from",
        items=(
            (
                "hybrid",
                "Varied Recording",
                "The nearest recorded motion is varied; without one it is generated",
            ),
            ("generated", "Generated", "The model makes it from noise alone"),
            ("retrieved", "Recording", "The nearest recorded motion as it is"),
        ),
        default="hybrid",
    )
    variation: share_property("Variation", "How much of the recorded motion is made anew; 0 keeps it", 0.4)
    speed: FloatProperty(
        name="Speed", description="How fast it is done; the frames stay", default=1.0, min=0.25, max=4.0
    )
    style: StringProperty(
        name="Manner", description="How it is done, in words, for instance: tired, proud, sneaky"
    )
    seed: seed_property("Same settings and same seed give the same motion")
    lock_seed: lock_seed_property("Keep the seed; off = a fresh one for each motion")
    num_motions_per_prompt: count_property(
        "Variations", "Motions at once, each with the next seed, to choose from", 16
    )
    own_sampling: own_sampling_property(
        "Set steps and guidance here; off = as the model's maker recommends", "motion"
    )
    num_inference_steps: steps_property()
    guidance_scale: guidance_property("How closely the sentences are followed; 1 = off", 2.5, 10.0)

    path: PointerProperty(
        name="Path",
        description="A curve over the ground that the hips follow",
        type=bpy.types.Object,
        poll=_is_curve,
    )
    path_timing: EnumProperty(
        name="Timing",
        description="When the character is where on the path",
        items=(
            ("EVEN", "Even Speed", "From end to end in the time of the motion"),
            ("EVALUATION", "Evaluation Time", "As the curve's Evaluation Time is animated"),
        ),
        default="EVEN",
    )
    path_facing: EnumProperty(
        name="Facing",
        description="Where the character looks on the path",
        items=(
            ("along", "Along Path", "It looks where it goes"),
            ("free", "By the Words", "The sentences decide"),
        ),
        default="along",
    )
    facing: PointerProperty(
        name="Looks With",
        description="An object whose -Y axis says where the character looks, frame by frame",
        type=bpy.types.Object,
    )
    key_poses: EnumProperty(
        name="Key Poses",
        description="Poses of the armature that the motion passes through",
        items=(
            ("NONE", "None", "The sentences alone decide"),
            ("MARKERS", "Markers", "The armature's pose at timeline markers whose name begins with: pose"),
            (
                "KEYFRAMES",
                "Selected Keyframes",
                "The armature's pose at the selected keyframes of its action",
            ),
        ),
        default="NONE",
    )
    pose_selected_bones: BoolProperty(
        name="Selected Bones Only",
        description="Only the poses of the selected bones are passed through; the others are free",
        default=False,
    )
    loop: BoolProperty(name="Loop", description="The end runs into the start without a seam", default=False)
    in_place: BoolProperty(name="In Place", description="The way over the ground is taken out", default=False)
    foot_lock: BoolProperty(
        name="Lock Feet", description="Feet that bear weight are held still on the ground", default=True
    )
    root: EnumProperty(
        name="Way",
        description="Which bone carries the way over the ground",
        items=(
            ("HIPS", "Hips", "The hips"),
            ("BONE", "Root Bone", "The bone at the root, as game engines want it"),
        ),
        default="HIPS",
    )
    target: EnumProperty(
        name="Put Into",
        description="Where the motion goes; an action that the armature has is never changed",
        items=(
            ("ACTION", "Action", "A new action becomes the armature's"),
            ("NLA", "NLA Strip", "A strip on a new track; the armature's action stays"),
        ),
        default="ACTION",
    )
    keyframes: EnumProperty(
        name="Keys",
        description="Which frames get keys",
        items=(
            ("EVERY", "Every Frame", "Exactly as made"),
            ("FEW", "Few, Editable", "As few as stay within the errors below"),
        ),
        default="EVERY",
    )
    key_error_degrees: FloatProperty(
        name="Error",
        description="Largest error of a bone's rotation, degrees",
        default=0.5,
        min=0.01,
        max=10.0,
    )
    key_error_cm: FloatProperty(
        name="Place Error",
        description="Largest error of the hips' place, centimetres",
        default=0.2,
        min=0.01,
        max=10.0,
    )
    preview: BoolProperty(
        name="Look First",
        description="Show the motion as a stick figure, to be applied or discarded; off = apply at once",
        default=True,
    )


class GENGA_PG_motion_rig(bpy.types.PropertyGroup):
    """Bones of an armature that take the joints; empty fields are found by name and shape."""

    __annotations__ = {
        joint: StringProperty(
            name=joint.replace("_", " ").capitalize(),
            description="Bone that takes this joint; empty = found by name",
        )
        for joint in JOINTS
    } | {
        "root_bone": StringProperty(
            name="Root Bone", description="Bone that carries the way over the ground; empty = the topmost"
        )
    }


register, unregister = settings_factory(
    (GENGA_PG_motion_segment, GENGA_PG_motion, GENGA_PG_motion_rig),
    {
        (bpy.types.Scene, "genga_motion"): GENGA_PG_motion,
        (bpy.types.Object, "genga_motion"): GENGA_PG_motion_rig,
    },
)
