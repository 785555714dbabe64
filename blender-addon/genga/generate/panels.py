"""Panels of the Genga tab for pictures: prompt, view, start, sampling, and the button."""

import bpy
from genga_client.protocol import BundleSummary

from .. import compat, session
from ..panels.wrapped_text import draw_text
from ..tasks import offers
from ..tasks.bundles import describe
from ..tasks.new_seed import draw_seed
from ..tasks.panel import TaskPanel, draw_button, draw_error, draw_progress
from ..tasks.wrap_text import wrap_text
from ..translations import translated
from .active_bundle import active_bundle
from .generation import generations, open_generations
from .plan import picture_size
from .properties import SCHEDULER_ITEMS
from .stages import STAGES


class GENGA_PT_generate(TaskPanel, bpy.types.Panel):
    """Prompt, look, model and the button."""

    bl_label = "Picture"
    bl_order = 10

    def draw(self, context):
        """Draws them."""
        layout, props = self.layout, context.scene.genga
        bundle = active_bundle(context.scene)
        draw_prompt(layout, props, bundle)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        row = column.row(align=True)
        row.prop(props, "view", expand=True)
        if props.view == "CAMERA":
            draw_camera(layout, context.scene)
        draw_size(column, context.scene, bundle)
        draw_generate(layout, context)


def draw_prompt(layout, props, bundle: BundleSummary | None) -> None:
    """Draws prompt, look and model."""
    column = layout.column(align=True)
    row = column.row(align=True)
    if props.prompt_text is None:
        compat.prop_with_placeholder(row, props, "prompt", "Prompt")
    else:
        row.prop(props, "prompt_text", text="")
    row.operator("genga.edit_prompt", text="", icon="TEXT")
    if bundle is not None and bundle.supports_guidance:
        column.prop(props, "negative_prompt")
    row = layout.row(align=True)
    row.menu("GENGA_MT_looks", text=props.look or "Look", icon="BRUSH_DATA")
    row.operator("genga.look_preset_add", text="", icon="ADD")
    layout.prop(props, "look_template", text="")
    name = bundle.name if bundle else props.bundle or "Automatic"
    layout.menu("GENGA_MT_bundles", text=name, icon="IMAGE_DATA")
    if bundle is None and props.bundle and session.get().connected:
        text = translated("The core has no model {name}", name=props.bundle)
        draw_text(layout, text, "ERROR", translate=False)
    elif bundle is not None:
        note = layout.column(align=True)
        note.active, note.scale_y = False, 0.8
        for line in wrap_text(describe(bundle) if bundle.allowed else bundle.refusal or ""):
            note.label(text=line, translate=False)


def draw_camera(layout, scene) -> None:
    """Draws the camera, or what to do without one."""
    props = scene.genga
    if props.camera is None and scene.camera is None:
        box = layout.box()
        box.label(text="The scene has no camera", icon="ERROR")
        row = box.row(align=True)
        row.operator("genga.add_camera", icon="OUTLINER_OB_CAMERA")
        use = row.operator("wm.context_set_enum", text="Use Viewport", icon="VIEW3D")
        use.data_path, use.value = "scene.genga.view", "VIEWPORT"


def draw_size(layout, scene, bundle: BundleSummary | None) -> None:
    """Draws where the size comes from, and what it is."""
    props = scene.genga
    layout.prop(props, "size_source")
    if props.size_source == "RENDER":
        layout.prop(props, "size_scale")
    elif props.size_source == "OWN":
        layout.prop(props, "width")
        layout.prop(props, "height")
    width, height = picture_size(scene, bundle)
    row = layout.row()
    row.alignment = "RIGHT"
    row.label(text=f"{width} × {height} px", translate=False)


def draw_generate(layout, context) -> None:
    """Draws the button, and how the newest picture goes."""
    row = draw_button(layout, "genga.generate_image", "RENDER_STILL")
    waiting = open_generations()
    if waiting:
        row.operator("genga.cancel_job", text="", icon="X").number = waiting[-1].number
        draw_progress(layout, waiting[0], STAGES, picture_scale=8)
        return
    newest = next(iter(generations()[-1:]), None)
    if newest is not None and newest.error is not None:
        draw_error(layout, newest, "genga.retry_job")
    elif newest is not None and newest.files:
        layout.operator("genga.take_result", icon="IMPORT").number = newest.number
    elif newest is not None and newest.images and newest.belongs_here:
        draw_result(layout, context.scene, bpy.data.images.get(newest.images[0]))


def draw_result(layout, scene, image) -> None:
    """Draws the picture that was just made: it is seen here even when no Image Editor is open."""
    preview = image.preview_ensure() if image is not None else None
    if preview is None:
        return
    box = layout.box()
    box.template_icon(icon_value=preview.icon_id, scale=9)
    # Not always the first: of several at once the last one stands there.
    history = scene.genga.history
    index = next((index for index, entry in enumerate(history) if entry.image == image), None)
    if index is None:
        return
    row = box.row(align=True)
    row.operator("genga.open_history_image", text="Show", icon="IMAGE_DATA").index = index
    row.operator("genga.generate_variation", text="Another", icon="FILE_REFRESH").index = index


class GENGA_PT_start(TaskPanel, bpy.types.Panel):
    """From noise, from a picture, or a part of one."""

    bl_label = "Start From"
    bl_order = 50
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws the way to start."""
        draw_start(self.layout, context)


class GENGA_PT_image_generate(bpy.types.Panel):
    """Starting from the picture that the Image Editor shows, where its mask is painted."""

    bl_label = "Change Picture"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Genga"

    @classmethod
    def poll(cls, context):
        """Only while the core makes pictures, or is not known yet."""
        return offers("image")

    def draw(self, context):
        """Draws prompt, start and the button."""
        layout, props = self.layout, context.scene.genga
        compat.prop_with_placeholder(layout, props, "prompt", "Prompt")
        image = context.space_data.image
        if image is not None and image not in (props.start_image, props.mask_image):
            layout.operator("genga.start_from_image", icon="IMAGE_DATA")
        draw_start(layout, context)
        draw_generate(layout, context)


def draw_start(layout, context) -> None:
    """Draws start picture, strength and mask."""
    props = context.scene.genga
    layout.row(align=True).prop(props, "mode", expand=True)
    if props.mode == "TEXT":
        return
    column = layout.column()
    column.use_property_split = True
    column.prop(props, "start_source")
    if props.start_source == "IMAGE":
        column.prop(props, "start_image")
    column.prop(props, "strength")
    if props.mode == "INPAINT":
        row = column.row(align=True)
        row.prop(props, "mask_image")
        row.operator("genga.new_mask", text="", icon="ADD")
        column.prop(props, "mask_feather")
        column.operator("genga.paint_mask", icon="BRUSH_DATA")


class GENGA_PT_sampling(TaskPanel, bpy.types.Panel):
    """Seed, batch, steps, file."""

    bl_label = "Sampling"
    bl_order = 60
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws them."""
        layout, props = self.layout, context.scene.genga
        bundle = active_bundle(context.scene)
        layout.use_property_split = True
        draw_seed(layout, props, "genga.new_seed")
        layout.prop(props, "num_images_per_prompt")
        layout.prop(props, "own_sampling")
        column = layout.column()
        if props.own_sampling:
            column.prop(props, "num_inference_steps")
            if bundle is None or bundle.supports_guidance:
                column.prop(props, "guidance_scale")
            column.prop(props, "scheduler")
        elif bundle is not None and bundle.defaults is not None:
            column.active = False
            defaults = bundle.defaults
            names = {item[0]: item[1] for item in SCHEDULER_ITEMS}
            facts = [
                translated("Steps: {count}", count=defaults.num_inference_steps),
                names.get(defaults.scheduler, defaults.scheduler),
            ]
            if bundle.supports_guidance:
                facts.append(translated("Guidance: {scale}", scale=f"{defaults.guidance_scale:g}"))
            column.label(text=", ".join(facts), translate=False)
        layout.prop(props, "file_format")
        if props.file_format != "image/png":
            layout.prop(props, "quality")
        layout.prop(props, "previews")


CLASSES = (
    GENGA_PT_generate,
    GENGA_PT_start,
    GENGA_PT_image_generate,
    GENGA_PT_sampling,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)
