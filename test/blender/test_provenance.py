"""Provenance in Blender against a real core: valid, tampered, edited, baked, rendered and exported files."""

import hashlib
import os
import zlib
from pathlib import Path

import bl_ext.user_default.genga.results.project as project
import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga import preferences
from bl_ext.user_default.genga import session as sessions
from bl_ext.user_default.genga.capture import view_of_camera
from bl_ext.user_default.genga.capture.png import encode_png
from bl_ext.user_default.genga.provenance.facts import fact_lines, record_json, record_text
from bl_ext.user_default.genga.provenance.sign_image import keep_signed, sign, signing_of_image
from bl_ext.user_default.genga.provenance.verified import file_digest, verified
from bl_ext.user_default.genga.results.image_datablock import image_datablock, packed_bytes
from bl_ext.user_default.genga.results.record import record_of
from bl_ext.user_default.genga.session import Submission, steps
from mathutils import Matrix
from scenes import add_camera, add_plane


@pytest.fixture
def made(connected, fresh_scene):
    """A picture of the test bundle as an image datablock, with the view of a camera."""
    camera = add_camera((0, -4, 0))
    view = view_of_camera(bpy.context.evaluated_depsgraph_get(), fresh_scene, camera, 64, 64)
    ended = []
    params = {
        "bundle": "tiny-random-sd",
        "prompt": "a red barrel",
        "width": 64,
        "height": 64,
        "num_inference_steps": 1,
        "seed": 7,
    }
    connected.submit(
        Submission(
            task="image",
            make_params=lambda client: params,
            title="barrel",
            on_done=ended.append,
            on_error=ended.append,
        )
    )
    assert sessions.run_until(lambda: ended, 120)
    [file] = ended[0]
    record = {"mime": file.asset.mime, "view": view.to_json(), "time": "2026", "params": params}
    return image_datablock("a red barrel", file.bytes, record)


def with_another_pixel(png):
    """A PNG that is whole, its credential too, but for the last value of its last row."""
    chunks, at, pixels = [], 8, b""
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length
        if kind == b"IDAT":
            pixels += body
        else:
            chunks.append((kind, body))
    raw = bytearray(zlib.decompress(pixels))
    raw[-1] ^= 8
    chunks.insert(-1, (b"IDAT", zlib.compress(bytes(raw))))
    parts = (
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in chunks
    )
    return png[:8] + b"".join(parts)


def verify(image):
    bpy.ops.genga.verify_image(image=image.name)
    return verified(image)


def saved(tmp_path, image, name="out.png"):
    """Saves a picture signed, loads it from the file and verifies that."""
    bpy.ops.genga.save_signed(image=image.name, filepath=str(tmp_path / name))
    again = bpy.data.images.load(str(tmp_path / name))
    return verify(again)


def test_a_picture_tells_what_made_it(made):
    found = verify(made)
    assert found.state == "trusted"
    lines = dict(fact_lines(found))
    assert lines["Prompt"] == "a red barrel" and lines["Seed"] == "7"
    assert lines["Model"].startswith("Tiny") or "tiny" in lines["Model"].lower()
    assert {"Licence", "Training data", "Made", "Log entry"} <= set(lines)
    assert "a red barrel" in record_text(found) and found.sha256 in record_json(found)
    bpy.ops.genga.copy_record(image=made.name, form="JSON")


def test_an_unchanged_picture_is_saved_with_its_own_credential(made, tmp_path):
    found = saved(tmp_path, made)
    assert (tmp_path / "out.png").read_bytes() == packed_bytes(made)
    assert found.state == "trusted" and found.record.seed == 7


def test_a_picture_is_saved_into_a_folder_that_is_not_there_yet(made, tmp_path):
    path = tmp_path / "shots" / "a" / "out.png"
    assert bpy.ops.genga.save_signed(image=made.name, filepath=str(path)) == {"FINISHED"}
    assert path.read_bytes() == packed_bytes(made)


def test_the_folder_for_saved_files_follows_the_preferences(fresh_scene, tmp_path):
    chosen = preferences.get()
    before = chosen.output_folder
    try:
        chosen.output_folder = str(tmp_path / "studio")
        assert preferences.output_folder() == tmp_path / "studio"
        chosen.output_folder = "//genga/"
        assert preferences.output_folder() == Path.home() / "genga"
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
        assert preferences.output_folder() == tmp_path / "genga"
    finally:
        chosen.output_folder = before


def test_a_tampered_file_is_called_so(made):
    broken = image_datablock("broken", with_another_pixel(packed_bytes(made)), {"mime": "image/png"})
    assert verify(broken).state == "tampered"
    assert "Problem" in dict(fact_lines(verified(broken)))


def test_a_picture_from_elsewhere_is_unsigned_until_it_is_saved_signed(connected, fresh_scene, tmp_path):
    pixels = np.random.default_rng(3).integers(0, 256, (48, 48, 3), np.uint8)
    image = bpy.data.images.new("drawing", 48, 48)
    data = encode_png(pixels)
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    assert verify(image).state == "unsigned"
    found = saved(tmp_path, image)
    assert found.state == "trusted"
    # Nobody edited it, and saving it elsewhere does not change the artist's own image.
    assert "c2pa.published" in found.actions and "c2pa.edited" not in found.actions
    assert packed_bytes(image) == data and record_of(image) is None


def test_a_painted_image_from_elsewhere_names_what_it_was(connected, fresh_scene, tmp_path):
    file = tmp_path / "photo.png"
    file.write_bytes(encode_png(np.full((32, 32, 3), 90, np.uint8)))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    image = bpy.data.images.load(str(file))
    pixels = np.array(image.pixels[:], np.float32)
    pixels[:400] = 1
    image.pixels.foreach_set(pixels)
    assert image.is_dirty
    found = saved(tmp_path, image)
    [parent] = found.signing.ingredients
    assert (parent.sha256, parent.relationship) == (digest, "parentOf")
    assert "c2pa.edited" in found.actions
    # Still the file on disk with the paint not saved yet.
    assert image.packed_file is None and image.is_dirty


def test_a_float_image_made_in_blender_keeps_its_depth_of_colour(connected, fresh_scene, tmp_path):
    image = bpy.data.images.new("made here", 16, 16, float_buffer=True)
    image.pixels.foreach_set(np.full(16 * 16 * 4, 2.5, np.float32))
    found = saved(tmp_path, image)
    assert "c2pa.created" in found.actions
    assert image.is_float and image.pixels[0] == 2.5 and image.packed_file is None


def test_a_render_is_saved_signed_and_its_settings_stay(connected, fresh_scene, tmp_path):
    add_camera((0, -4, 0))
    fresh_scene.render.engine = "BLENDER_WORKBENCH"
    fresh_scene.render.resolution_x = fresh_scene.render.resolution_y = 32
    settings = fresh_scene.render.image_settings
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    bpy.ops.render.render()
    render = next(image for image in bpy.data.images if image.type == "RENDER_RESULT")
    found = saved(tmp_path, render)
    assert found.state == "trusted" and "c2pa.created" in found.actions
    assert (settings.file_format, settings.color_depth) == ("OPEN_EXR", "32")


def test_paint_that_comes_while_a_picture_is_signed_is_kept(made, tmp_path):
    made.pixels[0] = 0.5
    work = steps.drain(signing_of_image(made))
    assert work.description == "Edited in Blender"
    signed = []
    sign(work, signed.append)
    assert sessions.run_until(lambda: signed, 60)
    made.pixels[0] = 0.25
    assert not keep_signed(made, work, signed[0])
    assert abs(made.pixels[0] - 0.25) < 0.01 and made.is_dirty


def test_the_hash_of_a_file_on_disk_follows_the_file(fresh_scene, tmp_path):
    file = tmp_path / "texture.png"
    for value in (10, 200):
        file.write_bytes(encode_png(np.full((8, 8, 3), value, np.uint8)))
        os.utime(file, ns=(value, value))
        image = bpy.data.images.load(str(file), check_existing=True)
        assert file_digest(image) == hashlib.sha256(file.read_bytes()).hexdigest()
    file.unlink()
    assert file_digest(image) is None


def test_a_painted_picture_is_signed_again_with_the_original_as_parent(made, tmp_path):
    original = packed_bytes(made)
    digest = record_of(made)["sha256"]
    pixels = np.empty(64 * 64 * 4, np.float32)
    made.pixels.foreach_get(pixels)
    pixels.reshape(64, 64, 4)[:20, :20] = (1, 0, 1, 1)
    made.pixels.foreach_set(pixels)
    made.update()
    assert made.is_dirty and verified(made) is None
    found = saved(tmp_path, made)
    assert found.state == "trusted"
    assert "c2pa.edited" in found.actions and "c2pa.opened" in found.actions
    [parent] = found.signing.ingredients
    assert (parent.sha256, parent.relationship, parent.credential) == (digest, "parentOf", "trusted")
    assert found.signing.software_agent.name == "Blender"
    # The image in the .blend file is the signed one now, with the paint.
    assert packed_bytes(made) == (tmp_path / "out.png").read_bytes() != original
    after = np.array(made.pixels[:]).reshape(64, 64, 4)
    assert np.abs(after[5, 5] - (1, 0, 1, 1)).max() < 1e-6 and not made.is_dirty


def test_a_bake_and_an_export_name_the_picture_that_they_show(made, tmp_path):
    wall = add_plane("wall", 1.5, matrix=Matrix.Rotation(np.pi / 2, 4, "X"), color=(0.5, 0.5, 0.5))
    bpy.context.view_layer.update()
    bpy.context.view_layer.objects.active = wall
    wall.select_set(True)
    bpy.context.scene.genga_results.bake_size = "256"
    bpy.context.scene.genga_results.bake_fill = "BASE"
    bpy.ops.genga.project_image(image=made.name)
    assert wall.genga_projections.layers[0].image == made
    bpy.ops.genga.bake_projection()
    baked = wall.genga_projections.layers[-1].image
    found = verify(baked)
    assert found.state == "trusted"
    [part] = found.signing.ingredients
    assert (part.sha256, part.relationship) == (record_of(made)["sha256"], "componentOf")
    assert saved(tmp_path, baked).state == "trusted"
    assert (tmp_path / "out.png").read_bytes() == packed_bytes(baked)

    bpy.ops.preferences.addon_enable(module="io_scene_gltf2")
    bpy.ops.genga.export_signed(filepath=str(tmp_path / "wall.glb"))
    data = (tmp_path / "wall.glb").read_bytes()
    sidecar = (tmp_path / "wall.glb.c2pa").read_bytes()
    answers = []

    def ask(client):
        return client.verify(client.put_asset(data).sha256, client.put_asset(sidecar).sha256)

    sessions.get().call(ask, answers.append, answers.append)
    assert sessions.run_until(lambda: answers, 60)
    assert answers[0].state == "trusted"
    assert [part.sha256 for part in answers[0].signing.ingredients] == [record_of(baked)["sha256"]]
    assert data.startswith(b"glTF") and b"baseColorTexture" in data
    project.remove_projection(wall)


def test_without_a_core_a_bake_stays_unsigned_and_says_so(fresh_scene):
    from bl_ext.user_default.genga.provenance.sign_baked import sign_baked

    assert not sessions.get().connected
    data = encode_png(np.zeros((8, 8, 3), np.uint8))
    image = image_datablock("baked", data, {"mime": "image/png", "baked_from": []})
    sign_baked([image])
    assert packed_bytes(image) == data and "signed" not in record_of(image)


def test_an_image_without_a_file_is_told_from_one_that_is_unsigned(connected, fresh_scene):
    image = bpy.data.images.new("generated", 8, 8)
    with pytest.raises(RuntimeError, match="has no file"):
        bpy.ops.genga.verify_image(image=image.name)
