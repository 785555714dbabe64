"""Settings of the pictures of a scene, at `scene.genga`. Fields that the protocol knows have its names."""

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
    map_scale_property,
    negative_prompt_property,
    own_sampling_property,
    seed_property,
    share_property,
    steps_property,
)
from ..tasks.settings_factory import settings_factory

KIND_ITEMS = (
    ("depth", "Depth", "Distance from the camera: near is white"),
    ("normal", "Normal", "Directions of the surfaces as the camera sees them"),
    ("lineart", "Line Art", "Silhouettes, creases and material borders as lines"),
    ("canny", "Canny", "Edges that the core finds in a picture of the view"),
    ("segmentation", "Segmentation", "Which pixels belong to which object; carries the region prompts"),
    ("openpose", "Pose", "Skeletons of the armatures"),
    ("light", "Light", "Light and cast shadow of the scene's lamps"),
)
SCHEDULER_ITEMS = (
    ("ddim", "DDIM", "Deterministic, the plainest"),
    ("euler", "Euler", "Fast and steady"),
    ("euler_ancestral", "Euler Ancestral", "Adds noise at each step; livelier, differs more with the steps"),
    ("dpmpp_2m", "DPM++ 2M", "Good pictures in few steps"),
    ("dpmpp_2m_karras", "DPM++ 2M Karras", "As DPM++ 2M, with smaller steps at the end"),
    ("unipc", "UniPC", "Good pictures in very few steps"),
    ("lcm", "LCM", "For models distilled to a handful of steps"),
)
MODE_ITEMS = (
    ("TEXT", "New", "Start from noise: prompt and control maps decide"),
    ("IMG2IMG", "From Picture", "Start from a picture and change it"),
    ("INPAINT", "Repaint Part", "Repaint what the mask shows in white and keep the rest"),
)
START_ITEMS = (
    ("RENDER", "Last Render", "The render result of this session"),
    ("IMAGE", "Image", "An image of this file"),
    ("VIEWPORT", "Viewport", "The 3D viewport as it is shaded now, from the view of the picture"),
)


def _is_camera(_: object, item: bpy.types.Object) -> bool:
    return item.type == "CAMERA"


def _is_armature(_: object, item: bpy.types.Object) -> bool:
    return item.type == "ARMATURE"


def _is_picture(_: object, item: bpy.types.Image) -> bool:
    return item.type != "COMPOSITING" and item.source in {"FILE", "GENERATED"}


class GENGA_PG_control(bpy.types.PropertyGroup):
    """One control layer."""

    enabled: BoolProperty(name="Use", description="Whether this layer guides the picture", default=True)
    kind: EnumProperty(name="Kind", description="What the map shows", items=KIND_ITEMS, default="depth")
    source: EnumProperty(
        name="Source",
        description="Where the map comes from",
        items=(
            ("SCENE", "Scene", "Drawn from the scene, from the view of the picture"),
            ("IMAGE", "Image", "An image of this file"),
        ),
        default="SCENE",
    )
    image: PointerProperty(name="Image", type=bpy.types.Image, poll=_is_picture)
    preprocessor: EnumProperty(
        name="Image Is",
        description="What the image is, and what the core makes of it",
        items=(
            ("none", "Ready Map", "The image is a control map already"),
            ("canny", "Photo or Render", "The core finds the edges in it"),
            ("depth_normalize", "Raw Depth", "The core stretches it over the foreground"),
        ),
        default="none",
    )
    armature: PointerProperty(
        name="Armature",
        description="The armature whose pose guides; empty = all that are visible",
        type=bpy.types.Object,
        poll=_is_armature,
    )
    conditioning_scale: map_scale_property(
        "Strength", "How strongly the map guides: 0 = not at all, 1 = as trained"
    )
    control_guidance_start: FloatProperty(
        name="Start",
        description="Share of the steps after which the map begins to guide",
        default=0.0,
        min=0.0,
        max=1.0,
    )
    control_guidance_end: FloatProperty(
        name="End",
        description="Share of the steps after which the map no longer guides",
        default=1.0,
        min=0.0,
        max=1.0,
    )


class GENGA_PG_history(bpy.types.PropertyGroup):
    """One picture that was made, with the settings that made it."""

    title: StringProperty(name="Title", description="The prompt, or the name of the look")
    image: PointerProperty(name="Picture", type=bpy.types.Image)
    settings: StringProperty(description="All settings, as JSON")
    job_id: StringProperty()
    seed: IntProperty(name="Seed")
    width: IntProperty(name="Width")
    height: IntProperty(name="Height")
    bundle: StringProperty(name="Model")
    time: StringProperty(name="Time", description="When it was made, local time")


class GENGA_PG_scene(bpy.types.PropertyGroup):
    """All settings of a scene's pictures."""

    prompt: StringProperty(
        name="Prompt",
        description="What the picture shows. (word:1.2) gives a word more weight",
    )
    prompt_text: PointerProperty(
        name="Prompt Text",
        description="A text that is used in place of the one-line prompt",
        type=bpy.types.Text,
    )
    negative_prompt: negative_prompt_property("What the picture must not show")
    look: StringProperty(name="Look", description="Name of the style", default="Anime")
    look_template: StringProperty(
        name="Style",
        description="The style in words; {prompt} stands for the prompt",
        default="anime illustration of {prompt}",
    )
    bundle: bundle_property()

    view: EnumProperty(
        name="View",
        description="The view that the picture is made of",
        items=(
            ("CAMERA", "Camera", "The camera of the scene, or the one chosen here"),
            ("VIEWPORT", "Viewport", "What the 3D viewport shows"),
        ),
        default="CAMERA",
    )
    camera: PointerProperty(
        name="Camera",
        description="Camera of the picture; empty = the camera of the scene",
        type=bpy.types.Object,
        poll=_is_camera,
    )

    size_source: EnumProperty(
        name="Size",
        description="Where the size of the picture comes from",
        items=(
            ("AUTO", "Automatic", "Proportions of the render, as many pixels as the model was made for"),
            ("RENDER", "Render", "Size of the render, scaled"),
            ("OWN", "Own", "Width and height given here"),
        ),
        default="AUTO",
    )
    size_scale: FloatProperty(
        name="Scale",
        description="Share of the render's size",
        subtype="FACTOR",
        default=1.0,
        min=0.05,
        max=4.0,
        soft_max=1.0,
    )
    width: IntProperty(name="Width", subtype="PIXEL", default=512, min=64, max=8192, step=8)
    height: IntProperty(name="Height", subtype="PIXEL", default=512, min=64, max=8192, step=8)

    own_sampling: own_sampling_property(
        "Set steps, guidance and scheduler here; off = as the model's maker recommends", "image"
    )
    num_inference_steps: steps_property()
    guidance_scale: guidance_property("How closely the prompt is followed; 1 = off", 7.0, 20.0)
    scheduler: EnumProperty(name="Scheduler", items=SCHEDULER_ITEMS, default="dpmpp_2m_karras")
    seed: seed_property("Same settings and same seed give the same picture")
    lock_seed: lock_seed_property("Keep the seed; off = a fresh one for each picture")
    num_images_per_prompt: count_property("Pictures", "Pictures at once, each with the next seed", 64)

    auto_controls: BoolProperty(
        name="Automatic",
        description="Use the control maps that suit the model; off = the layers listed here",
        default=True,
    )
    controls: CollectionProperty(type=GENGA_PG_control)
    controls_index: IntProperty(name="Active Layer")
    use_regions: BoolProperty(
        name="Region Prompts",
        description="Tell the model by object or collection what each part of the view is",
        default=True,
    )

    mode: EnumProperty(
        name="Start", description="What the picture starts from", items=MODE_ITEMS, default="TEXT"
    )
    start_source: EnumProperty(
        name="Picture", description="The picture to start from", items=START_ITEMS, default="RENDER"
    )
    start_image: PointerProperty(name="Image", type=bpy.types.Image, poll=_is_picture)
    strength: share_property(
        "Change", "How much of the start picture is changed: 1 = hardly anything is left", 0.7, 0.01
    )
    mask_image: PointerProperty(
        name="Mask", description="White is repainted, black is kept", type=bpy.types.Image, poll=_is_picture
    )
    mask_feather: IntProperty(
        name="Feather",
        description="Softens the border of the mask by so many pixels",
        subtype="PIXEL",
        default=8,
        min=0,
        max=256,
    )

    file_format: EnumProperty(
        name="File",
        description="File format of the signed pictures",
        items=(
            ("image/png", "PNG", "Without loss"),
            ("image/webp", "WebP", "Small"),
            ("image/jpeg", "JPEG", "Small, for other programs"),
        ),
        default="image/png",
    )
    quality: IntProperty(
        name="Quality",
        description="Quality of JPEG and WebP; WebP 100 is without loss",
        subtype="PERCENTAGE",
        default=92,
        min=1,
        max=100,
    )
    previews: BoolProperty(
        name="Live Preview", description="Show the unfinished picture while it is made", default=True
    )

    history: CollectionProperty(type=GENGA_PG_history)
    history_index: IntProperty(name="Active Picture")
    history_limit: IntProperty(
        name="Keep",
        description="Entries that are kept; a picture that nothing else uses goes with its entry",
        default=50,
        min=1,
        max=1000,
    )


register, unregister = settings_factory(
    (GENGA_PG_control, GENGA_PG_history, GENGA_PG_scene), {(bpy.types.Scene, "genga"): GENGA_PG_scene}
)
