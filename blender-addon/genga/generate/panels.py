"""Panels of the Genga tab for pictures."""

import bpy
from genga_client.protocol import BundleSummary

from .. import compat, session
from ..panels.wrapped_text import draw_text
from ..tasks import offers
from ..translations import translated
from .active_bundle import active_bundle
from .catalog import describe
from .generation import Generation, generations, open_generations
from .live_preview import icon_of
from .plan import KIND_NAMES, automatic_kinds, has_person, picture_size
from .properties import SCHEDULER_ITEMS
from .wrap_text import wrap_text

STAGES = {
    "load": "Loading the model",
    "encode": "Reading maps and prompt",
    "denoise": "Drawing",
    "decode": "Decoding",
    "sign": "Signing",
}
STATES = {
    "waiting": "Waiting for the core",
    "preparing": "Sending maps",
    "queued": "Queued",
    "paused": "Paused",
    "fetching": "Receiving",
    "succeeded": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


class GengaPanel:
    """Where the panels are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Genga"
    bl_parent_id = "GENGA_PT_main"

    @classmethod
    def poll(cls, context):
        """Only while the core makes pictures, or is not known yet."""
        return offers("image")


class GENGA_PT_generate(GengaPanel, bpy.types.Panel):
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
    row = layout.row(align=True)
    row.scale_y = 1.6
    connected = session.get().state in ("connected", "lost")
    row.operator(
        "genga.generate_image", icon="RENDER_STILL", text="Generate" if connected else "Start and Generate"
    )
    waiting = open_generations()
    if waiting:
        row.operator("genga.cancel_job", text="", icon="X").number = waiting[-1].number
        draw_progress(layout, waiting[0], large=True)
        return
    newest = next(iter(generations()[-1:]), None)
    if newest is not None and newest.error is not None:
        draw_error(layout, newest)
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


def draw_progress(layout, one: Generation, *, large: bool) -> None:
    """Draws how far a picture is, and the unfinished picture itself."""
    ticket = one.ticket
    if ticket is None:
        compat.draw_progress(layout, 0.0, progress_text(one))
        return
    if large and (icon := icon_of(ticket)):
        layout.template_icon(icon_value=icon, scale=8)
    compat.draw_progress(layout, ticket.progress, progress_text(one))


def progress_text(one: Generation) -> str:
    """Gives state, step and time left in a few words."""
    ticket = one.ticket
    if ticket is None:
        return translated(one.stage)
    if ticket.state == "queued" and ticket.position:
        return translated("Queued, {count} before it", count=ticket.position)
    if ticket.state != "running":
        return translated(STATES.get(ticket.state, ticket.state))
    parts = [translated(STAGES.get(ticket.stage, ticket.stage or "Running"))]
    if ticket.total_steps > 1:
        parts.append(f"{ticket.step}/{ticket.total_steps}")
    if ticket.eta_s is not None and ticket.eta_s >= 1:
        parts.append(translated("{seconds} s left", seconds=round(ticket.eta_s)))
    return " · ".join(parts)


def draw_error(layout, one: Generation) -> None:
    """Draws why a picture failed and what to do, in lines that fit."""
    error = one.error
    box = layout.box()
    box.label(text=error.code, icon="ERROR", translate=False)
    column = box.column(align=True)
    column.scale_y = 0.8
    for text in (error.message, error.remedy):
        for line in wrap_text(text or ""):
            column.label(text=line, translate=False)
    box.operator("genga.retry_job", icon="FILE_REFRESH").number = one.number


class GENGA_UL_controls(bpy.types.UIList):
    """Control layers."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property):
        """Draws kind, source and strength; a kind that the model does not take is marked."""
        bundle = active_bundle(context.scene)
        row = layout.row(align=True)
        row.active = item.enabled
        row.prop(item, "enabled", text="")
        taken = bundle is None or item.kind in bundle.controls
        source = item.image.name if item.source == "IMAGE" and item.image else ""
        name = translated(KIND_NAMES[item.kind]) + (f": {source}" if source else "")
        row.label(text=name, icon="NONE" if taken else "ERROR", translate=False)
        row.prop(item, "conditioning_scale", text="", emboss=False)


class GENGA_PT_controls(GengaPanel, bpy.types.Panel):
    """Which control maps guide."""

    bl_label = "Control Layers"
    bl_order = 20
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws the list, or what is chosen automatically."""
        layout, props = self.layout, context.scene.genga
        bundle = active_bundle(context.scene)
        layout.prop(props, "auto_controls")
        if props.auto_controls:
            draw_automatic(layout, context.scene, bundle)
            return
        row = layout.row()
        row.template_list("GENGA_UL_controls", "", props, "controls", props, "controls_index", rows=4)
        column = row.column(align=True)
        column.menu("GENGA_MT_control_kinds", text="", icon="ADD")
        column.operator("genga.remove_control", text="", icon="REMOVE")
        column.operator("genga.move_control", text="", icon="TRIA_UP").direction = "UP"
        column.operator("genga.move_control", text="", icon="TRIA_DOWN").direction = "DOWN"
        if bundle is not None:
            layout.operator("genga.add_recommended_controls", icon="ADD")
        if 0 <= props.controls_index < len(props.controls):
            draw_control(layout, props.controls[props.controls_index], bundle)


def draw_automatic(layout, scene, bundle: BundleSummary | None) -> None:
    """Says which maps are used."""
    column = layout.column(align=True)
    column.active = False
    if bundle is None:
        column.label(text="Known once the core runs")
        return
    names = ", ".join(translated(KIND_NAMES[kind]) for kind in automatic_kinds(bundle, has_person(scene)))
    for line in wrap_text(names or translated("This model takes no maps")):
        column.label(text=line, translate=False)
    layout.operator("genga.add_recommended_controls", text="Change…", icon="GREASEPENCIL")


def draw_control(layout, layer, bundle: BundleSummary | None) -> None:
    """Draws the settings of one layer."""
    if bundle is not None and layer.kind not in bundle.controls:
        name = translated(KIND_NAMES[layer.kind])
        text = translated("{model} takes no map of the kind {kind}", model=bundle.name, kind=name)
        draw_text(layout, text, "ERROR", translate=False)
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = True
    column.prop(layer, "kind")
    column.prop(layer, "source")
    if layer.source == "IMAGE":
        column.prop(layer, "image")
        column.prop(layer, "preprocessor")
    elif layer.kind == "openpose":
        column.prop(layer, "armature")
    column.prop(layer, "conditioning_scale", slider=True)
    if bundle is None or not bundle.requires_control:
        sub = column.column(align=True)
        sub.prop(layer, "control_guidance_start", slider=True)
        sub.prop(layer, "control_guidance_end", slider=True)


class GENGA_PT_start(GengaPanel, bpy.types.Panel):
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


class GENGA_PT_sampling(GengaPanel, bpy.types.Panel):
    """Seed, batch, steps, file."""

    bl_label = "Sampling"
    bl_order = 60
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws them."""
        layout, props = self.layout, context.scene.genga
        bundle = active_bundle(context.scene)
        layout.use_property_split = True
        row = layout.row(align=True)
        row.prop(props, "seed")
        row.prop(props, "lock_seed", text="", icon="LOCKED" if props.lock_seed else "UNLOCKED")
        row.operator("genga.new_seed", text="", icon="FILE_REFRESH")
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


class GENGA_PT_queue(GengaPanel, bpy.types.Panel):
    """This Blender's jobs."""

    bl_label = "Queue"
    bl_order = 70
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws one row each, the next one first, then what has ended."""
        layout = self.layout
        found = generations()
        if not found:
            layout.label(text="Nothing is queued")
            return
        waits = [one for one in found if not one.ended]
        for place, one in enumerate(waits):
            draw_open(layout.box(), one, first=place == 0)
        for one in reversed([one for one in found if one.ended]):
            draw_ended(layout, one)
        layout.operator("genga.clear_queue", icon="TRASH")


def draw_open(layout, one: Generation, *, first: bool) -> None:
    """Draws a picture that is not made yet."""
    row = layout.row(align=True)
    row.label(text=one.title, translate=False)
    state = one.ticket.state if one.ticket else ""
    if state == "paused":
        row.operator("genga.resume_job", text="", icon="PLAY").number = one.number
    elif state == "queued":
        if not first:
            row.operator("genga.raise_job", text="", icon="TRIA_UP").number = one.number
        row.operator("genga.pause_job", text="", icon="PAUSE").number = one.number
    row.operator("genga.cancel_job", text="", icon="X").number = one.number
    draw_progress(layout, one, large=False)
    if one.notice:
        draw_text(layout, one.notice, "INFO", translate=False)


def draw_ended(layout, one: Generation) -> None:
    """Draws a picture that is made, or is not going to be."""
    row = layout.row(align=True)
    icon = {"succeeded": "CHECKMARK", "failed": "ERROR"}.get(one.state, "X")
    row.label(text=one.title, icon=icon, translate=False)
    if one.files:
        row.operator("genga.take_result", text="", icon="IMPORT").number = one.number
    if one.state in ("failed", "cancelled"):
        row.operator("genga.retry_job", text="", icon="FILE_REFRESH").number = one.number


class GENGA_UL_history(bpy.types.UIList):
    """Pictures that were made."""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property):
        """Draws thumbnail, prompt and time."""
        image = item.image
        preview = image.preview_ensure() if image is not None else None
        row = layout.row(align=True)
        row.label(text=item.title, icon_value=preview.icon_id if preview else 0, translate=False)
        row.label(text=item.time[5:], translate=False)


class GENGA_PT_history(GengaPanel, bpy.types.Panel):
    """What was made, and how to make it again."""

    bl_label = "History"
    bl_order = 80
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        """Draws the list and the active entry."""
        layout, props = self.layout, context.scene.genga
        if len(props.history) == 0:
            layout.label(text="Pictures appear here")
            return
        row = layout.row()
        row.template_list("GENGA_UL_history", "", props, "history", props, "history_index", rows=4)
        column = row.column(align=True)
        column.operator("genga.remove_history", text="", icon="REMOVE")
        column.operator("genga.clear_history", text="", icon="TRASH")
        if not 0 <= props.history_index < len(props.history):
            return
        entry = props.history[props.history_index]
        preview = entry.image.preview_ensure() if entry.image is not None else None
        if preview is not None:
            layout.template_icon(icon_value=preview.icon_id, scale=7)
        size = f"{entry.width} × {entry.height} px"
        layout.label(text=f"{size} · {translated('Seed')} {entry.seed}", translate=False)
        row = layout.row(align=True)
        row.operator("genga.use_again", icon="LOOP_BACK")
        row.operator("genga.open_history_image", icon="IMAGE_DATA")
        layout.operator("genga.generate_variation", icon="FILE_REFRESH")
        layout.prop(props, "history_limit")


CLASSES = (
    GENGA_UL_controls,
    GENGA_UL_history,
    GENGA_PT_generate,
    GENGA_PT_controls,
    GENGA_PT_start,
    GENGA_PT_image_generate,
    GENGA_PT_sampling,
    GENGA_PT_queue,
    GENGA_PT_history,
)


def register() -> None:
    """Registers the panels."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Takes the panels back."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
