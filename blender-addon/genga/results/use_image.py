"""Puts a picture behind the camera, in the world, the compositor or the asset browser."""

from __future__ import annotations

import os
from pathlib import Path

import bpy
from genga_client import GengaError

from ..compat import compositor_tree
from .image_datablock import packed_bytes
from .record import record_of


def set_camera_background(image: bpy.types.Image, camera: bpy.types.Object, opacity: float = 0.5) -> None:
    """Shows the picture behind the scene in the camera's view, in the whole frame, in front of no object."""
    if camera.type != "CAMERA":
        raise GengaError("INVALID_REQUEST", f'"{camera.name}" is no camera but of type {camera.type}.')
    data = camera.data
    for entry in data.background_images:
        if entry.image == image:
            entry.show_background_image = True
            break
    else:
        entry = data.background_images.new()
        entry.image = image
    entry.alpha = opacity
    entry.display_depth = "BACK"
    entry.frame_method = "STRETCH"
    data.show_background_images = True


def add_reference(image: bpy.types.Image, scene: bpy.types.Scene) -> bpy.types.Object:
    """Adds an image empty at the 3D cursor, standing upright, 2 m on its longer side."""
    empty = bpy.data.objects.new(image.name, None)
    empty.empty_display_type = "IMAGE"
    empty.data = image
    empty.empty_display_size = 2.0
    empty.location = scene.cursor.location
    empty.rotation_euler = (1.5707963267948966, 0.0, 0.0)
    scene.collection.objects.link(empty)
    return empty


def set_world(image: bpy.types.Image, scene: bpy.types.Scene) -> bpy.types.World:
    """Makes a world from an equirectangular picture (twice as wide as high) and gives it to the scene.

    A picture of any other shape is refused: around the whole sky it would be stretched at the horizon and
    pinched at the poles, and light the scene wrongly. The world that the scene had stays in the file.
    """
    width, height = image.size
    if abs(width - 2 * height) > 2:
        raise GengaError(
            "INVALID_REQUEST",
            f"The picture is {width} × {height}; a world needs one twice as wide as high.",
            remedy="Use it as the camera's background or in the compositor.",
        )
    world = bpy.data.worlds.new(image.name)
    if not world.use_nodes:
        world.use_nodes = True
    tree = world.node_tree
    source = tree.nodes.new("ShaderNodeTexEnvironment")
    source.image = image
    source.location = (-300, 300)
    background = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeBackground")
    tree.links.new(source.outputs["Color"], background.inputs["Color"])
    old = scene.world
    if old is not None and old.users == 1:
        old.use_fake_user = True
    scene.world = world
    return world


def add_to_compositor(image: bpy.types.Image, scene: bpy.types.Scene) -> bpy.types.Node:
    """Adds the picture as an Image node to the scene's compositor; links nothing."""
    tree = compositor_tree(scene)
    for node in tree.nodes:
        node.select = False
    node = tree.nodes.new("CompositorNodeImage")
    node.image = image
    node.label = image.name
    node.location = (
        min((other.location.x for other in tree.nodes if other != node), default=0),
        max((other.location.y for other in tree.nodes if other != node), default=0) + 350,
    )
    node.select = True
    tree.nodes.active = node
    return node


def mark_as_asset(block: bpy.types.ID, image: bpy.types.Image, author: str = "") -> None:
    """Marks an image or material as asset, with the picture as preview, and its prompt's facts as tags."""
    block.asset_mark()
    record = record_of(image) or {}
    params = record.get("params") or {}
    details = block.asset_data
    if author:
        details.author = author
    prompt = params.get("prompt")
    if isinstance(prompt, str) and not prompt.startswith("sha256:"):
        details.description = prompt[:1000]
    for tag in ("Genga", params.get("bundle")):
        if tag:
            details.tags.new(str(tag)[:63], skip_if_exists=True)
    block.asset_generate_preview()


def save_picture(image: bpy.types.Image, path: str | os.PathLike[str]) -> Path:
    """Writes the picture's file exactly as the core made it, so that its credential stays valid.

    Raises GengaError INVALID_REQUEST for a picture with unsaved paint, or without a file of its own: that one
    has to be signed again.
    """
    data = packed_bytes(image)
    if data is None or image.is_dirty:
        raise GengaError(
            "INVALID_REQUEST",
            f'"{image.name}" was changed since it was made; its credential does not fit any more.',
            remedy="Use Save Signed…, which signs it again with the original as ingredient.",
        )
    target = Path(path)
    part = target.with_name(f"{target.name}.part")
    part.write_bytes(data)
    os.replace(part, target)
    return target
