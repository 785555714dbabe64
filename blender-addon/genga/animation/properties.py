"""Settings of animations, at `scene.genga_animation`."""

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..compat import blend_relative
from ..tasks.settings_factory import settings_factory


class GENGA_PG_animation(bpy.types.PropertyGroup):
    """How a frame range is made. The pictures follow `scene.genga`, whose numbers may be animated."""

    use_scene_range: BoolProperty(
        name="Scene Range", description="Start, end and step of the scene's timeline", default=True
    )
    frame_start: IntProperty(name="Start", default=1)
    frame_end: IntProperty(name="End", default=24)
    frame_step: IntProperty(name="Step", description="Make each n-th frame", default=1, min=1)
    output: StringProperty(
        name="Output",
        description="Folder and name; #### becomes the frame number, // is the folder of the file",
        default="//genga/frame_####",
        subtype="FILE_PATH",
        options={"ANIMATABLE", *blend_relative()},
    )
    seed_policy: EnumProperty(
        name="Seed",
        description="Which noise each frame starts from",
        items=(
            (
                "FIXED",
                "Same for All",
                "The same noise in each frame: textures stay where they are in the picture",
            ),
            (
                "PER_FRAME",
                "Per Frame",
                "Seed + frame number: textures flicker, nothing sticks to the picture",
            ),
        ),
        default="FIXED",
    )
    existing: EnumProperty(
        name="Existing Frames",
        description="What to do with frames that are there",
        items=(
            (
                "RESUME",
                "Resume",
                "Keep those that are as they would be made now; make again what changed. "
                "Frames that were edited by hand stay",
            ),
            ("SKIP", "Keep All", "Keep every file that is there"),
            ("OVERWRITE", "Make Again", "Make every frame again"),
        ),
        default="RESUME",
    )
    ahead: IntProperty(
        name="Jobs at Once", description="Frames that the core has at once; it makes one after the other",
        default=2, min=1, max=16,
    )  # fmt: skip
    use_markers: BoolProperty(
        name="Prompts from Markers",
        description='A timeline marker named "prompt: …" gives the prompt from its frame on',
        default=True,
    )


register, unregister = settings_factory(
    (GENGA_PG_animation,), {(bpy.types.Scene, "genga_animation"): GENGA_PG_animation}
)
