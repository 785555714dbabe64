"""A result in Blender: its bytes and record survive, and it goes where artists look for pictures."""

import hashlib
from pathlib import Path

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga.capture.png import encode_png
from bl_ext.user_default.genga.compat import compositor_tree
from bl_ext.user_default.genga.results.image_datablock import (
    image_datablock,
    image_name,
    is_edited,
    packed_bytes,
)
from bl_ext.user_default.genga.results.record import record_of
from genga_client import GengaError

SUNSET = Path(__file__).resolve().parents[2] / "docs" / "starter-image.png"


def picture(width=32, height=16, name="a village at sunset"):
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    params = {"prompt": name, "bundle": "starter-image"}
    return image_datablock(name, encode_png(pixels), {"mime": "image/png", "params": params, "time": "2026"})


def test_the_file_is_packed_byte_for_byte(fresh_scene):
    data = SUNSET.read_bytes()
    image = image_datablock("a village", data, {"mime": "image/png", "job_id": "j1"})
    assert packed_bytes(image) == data
    assert record_of(image) == {
        "mime": "image/png",
        "job_id": "j1",
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert min(image.size) > 8
    assert not is_edited(image)


def test_bytes_and_record_survive_save_and_load(fresh_scene, tmp_path):
    image = picture()
    name, data, record = image.name, packed_bytes(image), record_of(image)
    image.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    image = bpy.data.images[name]
    assert (packed_bytes(image), record_of(image)) == (data, record)
    assert not is_edited(image)


def test_paint_is_seen_and_such_a_picture_is_not_saved_as_the_original(fresh_scene, tmp_path):
    image = picture()
    image.pixels[0] = 0.5
    image.update()
    assert is_edited(image)
    with pytest.raises(RuntimeError, match="Save Signed"):
        bpy.ops.genga.save_picture(image=image.name, filepath=str(tmp_path / "x.png"))
    assert not list(tmp_path.iterdir())


def test_a_picture_is_saved_with_the_same_bytes(fresh_scene, tmp_path):
    image = picture()
    bpy.ops.genga.save_picture(image=image.name, filepath=str(tmp_path / "x.png"))
    assert (tmp_path / "x.png").read_bytes() == packed_bytes(image)


def test_bytes_that_are_no_picture_are_refused_and_leave_nothing(fresh_scene):
    with pytest.raises(GengaError) as raised:
        image_datablock("broken", b"no picture", {"mime": "image/png"})
    assert raised.value.code == "ASSET_UNREADABLE"
    with pytest.raises(GengaError, match="image/gif"):
        image_datablock("broken", b"GIF89a", {"mime": "image/gif"})
    assert not bpy.data.images.get("broken")


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a castle", "a castle"),
        ("  a\n castle ", "a castle"),
        ("", "Genga"),
        ("a very long prompt about a castle that stands on a hill by the sea", None),
        ("夕暮れの村の水彩画、赤い屋根の教会と石の井戸、緑の木々", None),
    ],
)
def test_names_are_the_prompt_cut_to_what_blender_keeps(prompt, name):
    found = image_name(prompt)
    assert len(found.encode()) <= 56
    assert name is None or found == name
    assert prompt.startswith(found) or name is not None
    assert not found.endswith((" ", ","))


def test_camera_background_reference_and_compositor(fresh_scene):
    image = picture()
    with pytest.raises(RuntimeError, match="no camera"):
        bpy.ops.genga.use_picture(image=image.name, target="BACKGROUND")
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    fresh_scene.collection.objects.link(camera)
    fresh_scene.camera = camera
    for _ in range(2):
        bpy.ops.genga.use_picture(image=image.name, target="BACKGROUND")
    assert [entry.image for entry in camera.data.background_images] == [image]
    assert camera.data.show_background_images
    bpy.ops.genga.use_picture(image=image.name, target="REFERENCE")
    assert [item.data for item in fresh_scene.objects if item.type == "EMPTY"] == [image]
    bpy.ops.genga.use_picture(image=image.name, target="COMPOSITOR")
    nodes = [node for node in compositor_tree(fresh_scene).nodes if node.bl_idname == "CompositorNodeImage"]
    assert [node.image for node in nodes] == [image]


def test_only_an_equirectangular_picture_becomes_a_world(fresh_scene):
    flat = picture(32, 32)
    with pytest.raises(RuntimeError, match="twice as wide"):
        bpy.ops.genga.use_picture(image=flat.name, target="WORLD")
    assert fresh_scene.world is None
    image = picture(32, 16)
    bpy.ops.genga.use_picture(image=image.name, target="WORLD")
    nodes = fresh_scene.world.node_tree.nodes
    assert [node.image for node in nodes if node.bl_idname == "ShaderNodeTexEnvironment"] == [image]


def test_an_asset_has_tags_and_prompt(fresh_scene):
    image = picture()
    bpy.ops.genga.use_picture(image=image.name, target="ASSET")
    assert {tag.name for tag in image.asset_data.tags} == {"Genga", "starter-image"}
    assert image.asset_data.description == "a village at sunset"
