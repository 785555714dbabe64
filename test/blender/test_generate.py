"""Pictures from a scene, end to end: settings, checks, captured maps, a real core, results, history."""

import json

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga import session as sessions
from bl_ext.user_default.genga.generate import generation as generating
from bl_ext.user_default.genga.generate.looks import fill_template, looks
from bl_ext.user_default.genga.generate.mask import mask_of
from bl_ext.user_default.genga.generate.pixels import rgb_of_image
from bl_ext.user_default.genga.generate.plan import automatic_kinds, make_plan, picture_size
from bl_ext.user_default.genga.generate.size import SizeRange, automatic_size, fit_size
from bl_ext.user_default.genga.results.record import record_of
from bl_ext.user_default.genga.session import steps
from bl_ext.user_default.genga.tasks.bundles import chosen_bundle
from bl_ext.user_default.genga.tasks.snapshot import settings_of
from bl_ext.user_default.genga.tasks.wait_for import wait_for
from genga_client import GengaError
from scenes import add_camera, add_cube, add_plane, add_sun


@pytest.fixture
def cube_scene(fresh_scene):
    """A red cube on a green floor, lit by a sun, seen by a camera; the test bundle at 64 x 64."""
    add_cube("barrel", 1.2, color=(0.8, 0.05, 0.05))
    floor = add_plane("floor", 20, color=(0.1, 0.5, 0.1))
    floor.location.z = -0.6
    add_sun((0.3, 0.5, -1), 3)
    add_camera((2.5, -4, 2.2), (0, 0, 0))
    props = fresh_scene.genga
    props.prompt = "a barrel on a meadow"
    props.bundle = "tiny-random-sd"
    props.size_source, props.width, props.height = "OWN", 64, 64
    props.seed, props.lock_seed = 7, True
    return fresh_scene


@pytest.fixture
def starter_scene(cube_scene):
    """The same for the starter bundle at 128 x 128."""
    cube_scene.genga.bundle = "starter-image"
    cube_scene.genga.width = cube_scene.genga.height = 128
    return cube_scene


def newest(scene):
    """The newest picture of a scene with its record."""
    image = scene.genga.history[0].image
    return image, record_of(image)


def error_of(call):
    """The text of the report that an operator ended with."""
    with pytest.raises(RuntimeError) as caught:
        call()
    return str(caught.value)


def test_a_picture_comes_into_the_file_with_record_and_history(connected, starter_scene):
    props = starter_scene.genga
    assert bpy.ops.genga.generate_image() == {"FINISHED"}
    image, record = newest(starter_scene)
    assert tuple(image.size) == (128, 128)
    assert image.packed_file is not None
    assert record["params"]["prompt"] == "anime illustration of a barrel on a meadow"
    assert record["params"]["bundle"] == "starter-image"
    assert record["seed"] == 7
    assert (record["params"]["width"], record["params"]["height"]) == (128, 128)
    assert {control["kind"] for control in record["params"]["controls"]} == {
        "depth", "normal", "lineart", "light", "segmentation",
    }  # fmt: skip
    assert record["view"]["camera_name"] == "Camera"
    assert record["core_version"].startswith("genga ")
    assert [entry.title for entry in props.history] == ["a barrel on a meadow"]
    assert (props.history[0].width, props.history[0].height, props.history[0].seed) == (128, 128, 7)
    # The scene's colours arrive: the picture is reddish in the middle and greenish at the floor.
    rgb = rgb_of_image(image).astype(int)
    middle, floor = rgb[60:70, 60:70].reshape(-1, 3).mean(0), rgb[118:, 40:90].reshape(-1, 3).mean(0)
    assert middle[0] > middle[1] + 20
    assert floor[1] > floor[0]


def test_region_prompts_and_their_colours_reach_the_core(connected, starter_scene):
    starter_scene.objects["barrel"].genga.phrase = "a crimson barrel"
    bpy.ops.genga.generate_image()
    _, record = newest(starter_scene)
    regions = {region["prompt"]: region for region in record["params"]["regions"]}
    assert regions["a crimson barrel"]["name"] == "barrel"
    segmentation = next(one for one in record["params"]["controls"] if one["kind"] == "segmentation")
    with_client = []
    connected.call(lambda client: client.get_asset(segmentation["image"]), with_client.append)
    assert sessions.run_until(lambda: with_client, 10)
    seen = bpy.data.images.new("segmentation", 8, 8)
    seen.pack(data=with_client[0], data_len=len(with_client[0]))
    seen.source = "FILE"
    pixels = rgb_of_image(seen)
    colors = {"#" + bytes(color).hex() for color in pixels.reshape(-1, 3)}
    assert {region["color"] for region in record["params"]["regions"]} <= colors
    red = bytes.fromhex(regions["a crimson barrel"]["color"][1:])
    assert tuple(pixels[64, 64]) == tuple(red)


def test_without_region_prompts_none_are_sent(connected, starter_scene):
    starter_scene.genga.use_regions = False
    bpy.ops.genga.generate_image()
    assert newest(starter_scene)[1]["params"]["regions"] == []


def test_a_bundle_without_segmentation_gets_regions_by_a_map_of_no_strength(connected, cube_scene):
    props = cube_scene.genga
    props.auto_controls = False
    bpy.ops.genga.add_control(kind="depth")
    bpy.ops.genga.generate_image()
    controls = newest(cube_scene)[1]["params"]["controls"]
    assert [(one["kind"], one["conditioning_scale"]) for one in controls] == [
        ("depth", 1),
        ("segmentation", 0),
    ]


def test_parameters_of_the_job_are_the_panels(connected, cube_scene):
    props = cube_scene.genga
    props.negative_prompt = "blurry"
    props.own_sampling = True
    props.num_inference_steps, props.guidance_scale, props.scheduler = 3, 4.5, "euler"
    props.auto_controls, props.use_regions = False, False
    for kind, scale, start, end in (("depth", 0.5, 0.0, 0.75), ("normal", 1.25, 0.25, 1.0)):
        bpy.ops.genga.add_control(kind=kind)
        layer = props.controls[-1]
        layer.conditioning_scale, layer.control_guidance_start, layer.control_guidance_end = scale, start, end
    bpy.ops.genga.add_control(kind="light")
    props.controls[-1].enabled = False
    props.file_format, props.quality = "image/webp", 80
    bpy.ops.genga.generate_image()
    params = newest(cube_scene)[1]["params"]
    assert params["negative_prompt"] == "blurry"
    assert (params["num_inference_steps"], params["guidance_scale"], params["scheduler"]) == (3, 4.5, "euler")
    assert params["output"] == {"mime": "image/webp", "quality": 80}
    assert [
        (one["kind"], one["conditioning_scale"], one["control_guidance_start"], one["control_guidance_end"])
        for one in params["controls"]
    ] == [("depth", 0.5, 0.0, 0.75), ("normal", 1.25, 0.25, 1.0)]


def test_same_file_and_same_seed_give_the_same_pixels(connected, cube_scene):
    bpy.ops.genga.generate_image()
    bpy.ops.genga.generate_image()
    cube_scene.genga.seed = 8
    bpy.ops.genga.generate_image()
    other, second, first = (rgb_of_image(entry.image) for entry in cube_scene.genga.history)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_seed_that_is_not_locked_is_drawn_anew_and_kept_in_the_history(connected, cube_scene):
    props = cube_scene.genga
    props.lock_seed = False
    bpy.ops.genga.generate_image()
    drawn = props.seed
    assert newest(cube_scene)[1]["seed"] == drawn != 7
    bpy.ops.genga.generate_image()
    assert props.seed != drawn


def test_a_batch_gives_pictures_with_following_seeds(connected, cube_scene):
    cube_scene.genga.num_images_per_prompt = 3
    bpy.ops.genga.generate_image()
    history = cube_scene.genga.history
    assert sorted(entry.seed for entry in history) == [7, 8, 9]
    assert len({entry.image.name for entry in history}) == 3
    pixels = {entry.seed: rgb_of_image(entry.image) for entry in history}
    # Each can be made again alone, from its entry.
    index = next(i for i, entry in enumerate(history) if entry.seed == 9)
    bpy.ops.genga.use_again(index=index)
    assert (cube_scene.genga.seed, cube_scene.genga.num_images_per_prompt) == (9, 1)
    bpy.ops.genga.generate_image()
    assert np.array_equal(rgb_of_image(history[0].image), pixels[9])


def test_history_is_there_after_save_and_load_and_restores_every_setting(connected, cube_scene, tmp_path):
    props = cube_scene.genga
    props.auto_controls = False
    bpy.ops.genga.add_control(kind="normal")
    props.controls[0].conditioning_scale = 0.6
    props.negative_prompt = "fog"
    cube_scene.genga_maps.line_width = 3.0
    cube_scene.genga_maps.regions_by = "MATERIAL"
    before, maps_before = settings_of(props), settings_of(cube_scene.genga_maps)
    bpy.ops.genga.generate_image()
    digest = newest(cube_scene)[1]["sha256"]
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    scene = bpy.context.scene
    props = scene.genga
    assert newest(scene)[1]["sha256"] == digest
    props.prompt, props.negative_prompt, props.seed = "something else", "", 99
    props.controls.clear()
    scene.genga_maps.line_width, scene.genga_maps.regions_by = 1.0, "OBJECT"
    assert bpy.ops.genga.use_again() == {"FINISHED"}
    assert settings_of(props) == before and settings_of(scene.genga_maps) == maps_before
    pixels = rgb_of_image(props.history[0].image)
    bpy.ops.genga.generate_image()
    assert np.array_equal(rgb_of_image(props.history[0].image), pixels)


def test_a_variation_takes_the_settings_and_another_seed(connected, cube_scene):
    bpy.ops.genga.generate_image()
    cube_scene.genga.prompt = "something else"
    bpy.ops.genga.generate_variation()
    first, second = cube_scene.genga.history[1], cube_scene.genga.history[0]
    assert second.title == first.title == "a barrel on a meadow"
    assert second.seed != first.seed


@pytest.mark.parametrize(
    ("operator", "prop"),
    [
        ("use_again", "index"),
        ("generate_variation", "index"),
        ("open_history_image", "index"),
        ("remove_history", "index"),
        ("remove_control", "index"),
        ("remove_projection", "index"),
        ("open_sequence", "as_clip"),
    ],
)
def test_a_button_does_not_mean_what_another_button_of_its_operator_meant(operator, prop):
    assert getattr(bpy.ops.genga, operator).get_rna_type().properties[prop].is_skip_save


def test_history_keeps_no_more_than_its_limit_and_entries_can_be_removed(connected, cube_scene):
    props = cube_scene.genga
    props.history_limit = 2
    props.num_images_per_prompt = 3
    bpy.ops.genga.generate_image()
    assert len(props.history) == 2
    images = len(bpy.data.images)
    bpy.ops.genga.remove_history(index=0)
    assert (len(props.history), len(bpy.data.images)) == (1, images)
    bpy.ops.genga.remove_history(index=0, remove_image=True)
    assert (len(props.history), len(bpy.data.images)) == (0, images - 1)


def test_img2img_starts_from_the_image_byte_for_byte(connected, cube_scene):
    bpy.ops.genga.generate_image()
    image, record = newest(cube_scene)
    props = cube_scene.genga
    props.mode, props.start_source, props.start_image, props.strength = "IMG2IMG", "IMAGE", image, 0.5
    bpy.ops.genga.generate_image()
    params = newest(cube_scene)[1]["params"]
    assert params["init_image"] == record["sha256"]
    assert params["strength"] == 0.5


def test_img2img_from_the_render(connected, cube_scene):
    cube_scene.render.engine = "BLENDER_WORKBENCH"
    cube_scene.render.resolution_x = cube_scene.render.resolution_y = 64
    props = cube_scene.genga
    props.mode, props.start_source = "IMG2IMG", "RENDER"
    before = cube_scene.render.image_settings.file_format
    cube_scene.render.image_settings.color_depth = "16"
    bpy.ops.render.render()
    bpy.ops.genga.generate_image()
    assert len(newest(cube_scene)[1]["params"]["init_image"]) == 64
    assert cube_scene.render.image_settings.file_format == before
    assert cube_scene.render.image_settings.color_depth == "16"


def test_without_a_render_the_error_says_what_to_do(connected, cube_scene):
    for image in list(bpy.data.images):
        if image.type == "RENDER_RESULT":
            bpy.data.images.remove(image)
    cube_scene.genga.mode, cube_scene.genga.start_source = "IMG2IMG", "RENDER"
    text = error_of(bpy.ops.genga.generate_image)
    assert "INVALID_REQUEST" in text and "F12" in text


def test_inpainting_repaints_white_and_keeps_black(connected, cube_scene):
    bpy.ops.genga.generate_image()
    image, _ = newest(cube_scene)
    props = cube_scene.genga
    bpy.ops.genga.new_mask()
    mask = props.mask_image
    assert tuple(mask.size) == (64, 64)
    assert props.mode == "INPAINT"
    props.start_source, props.start_image = "IMAGE", image
    props.strength, props.mask_feather, props.seed = 1.0, 0, 11
    pixels = np.zeros((64, 64, 4), np.float32)
    pixels[..., 3] = 1
    pixels[:, 32:, :3] = 1  # the right half, bottom row first; the same either way
    mask.pixels.foreach_set(pixels.ravel())
    bpy.ops.genga.generate_image()
    before, after = rgb_of_image(image), rgb_of_image(newest(cube_scene)[0])
    assert np.array_equal(after[:, :32], before[:, :32])
    assert (after[:, 32:] != before[:, 32:]).mean() > 0.3


def test_an_empty_mask_is_refused(connected, cube_scene):
    bpy.ops.genga.generate_image()
    props = cube_scene.genga
    props.start_source, props.start_image = "IMAGE", props.history[0].image
    bpy.ops.genga.new_mask()
    assert "black" in error_of(bpy.ops.genga.generate_image)
    assert len(props.history) == 1


def test_the_mask_is_feathered_both_ways_from_its_border():
    rgb = np.zeros((40, 40, 3), np.uint8)
    rgb[:, 20:] = 255
    hard = mask_of(rgb, 40, 40, 0)[20, :, 0]
    soft = mask_of(rgb, 40, 40, 8)[20, :, 0].astype(int)
    assert hard.tolist() == [0] * 20 + [255] * 20
    assert (soft[:11] == 0).all() and (soft[29:] == 255).all()
    assert (np.diff(soft[11:29]) > 0).all()
    assert abs(soft[19] + soft[20] - 255) <= 1
    # A mask of another size is scaled; rows keep their order.
    rgb[:20] = 0
    scaled = mask_of(rgb, 80, 20, 0)[..., 0]
    assert scaled.shape == (20, 80)
    assert not scaled[:10].any() and (scaled[10:, 40:] == 255).all()


def test_an_image_as_control_layer_goes_with_its_preprocessor(connected, cube_scene):
    picture = bpy.data.images.new("photo", 64, 64)
    values = np.ones((64, 64, 4), np.float32)
    values[20:40, 20:40, :3] = 0
    picture.pixels.foreach_set(values.ravel())
    props = cube_scene.genga
    props.auto_controls, props.use_regions = False, False
    bpy.ops.genga.add_control(kind="canny")
    layer = props.controls[0]
    layer.source, layer.image, layer.preprocessor = "IMAGE", picture, "canny"
    bpy.ops.genga.generate_image()
    control = newest(cube_scene)[1]["params"]["controls"][0]
    assert (control["kind"], control["preprocessor"]) == ("canny", "canny")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda scene: setattr(scene, "camera", None), ("no camera", "viewport")),
        (lambda scene: setattr(scene.genga, "bundle", "no-such"), ("BUNDLE_NOT_FOUND", "starter-image")),
        (lambda scene: setattr(scene.genga, "view", "VIEWPORT"), ("viewport", "Camera")),
        (lambda scene: setattr(scene.genga, "mode", "INPAINT"), ("mask",)),
        (lambda scene: setattr(scene.camera.data, "type", "PANO"), ("panoramic",)),
    ],
)
def test_what_cannot_be_done_is_said_in_words(connected, starter_scene, change, words):
    change(starter_scene)
    starter_scene.genga.start_source = "IMAGE"
    starter_scene.genga.start_image = bpy.data.images.new("start", 64, 64)
    text = error_of(bpy.ops.genga.generate_image)
    for word in words:
        assert word in text
    assert len(starter_scene.genga.history) == 0


def test_an_empty_scene_is_said_to_be_empty(connected, starter_scene):
    for item in list(starter_scene.objects):
        if item.type == "MESH":
            bpy.data.objects.remove(item)
    assert "Add a" in error_of(bpy.ops.genga.generate_image)


def test_objects_behind_the_camera_are_said_to_be_out_of_view(connected, starter_scene):
    starter_scene.camera.rotation_euler.z += 3.14159
    bpy.data.objects.remove(starter_scene.objects["floor"])
    assert "visible from the camera" in error_of(bpy.ops.genga.generate_image)


def test_a_bundle_that_needs_maps_says_so_when_no_layer_is_on(connected, starter_scene):
    starter_scene.genga.auto_controls = False
    text = error_of(bpy.ops.genga.generate_image)
    assert "control map" in text and "Add Recommended" in text
    assert bpy.ops.genga.add_recommended_controls() == {"FINISHED"}
    kinds = [layer.kind for layer in starter_scene.genga.controls]
    assert kinds == ["depth", "normal", "lineart", "light", "segmentation"]
    assert bpy.ops.genga.generate_image() == {"FINISHED"}


def test_a_kind_that_the_bundle_does_not_take_is_refused_by_name(connected, starter_scene):
    starter_scene.genga.auto_controls = False
    bpy.ops.genga.add_control(kind="depth")
    bpy.ops.genga.add_control(kind="canny")
    text = error_of(bpy.ops.genga.generate_image)
    assert "UNSUPPORTED_CONTROL" in text and "Canny" in text and "Light" in text


def test_the_core_refuses_before_anything_is_captured(connected, cube_scene):
    props = cube_scene.genga
    props.own_sampling, props.num_inference_steps, props.scheduler = True, 2, "unipc"
    props.auto_controls = False
    bpy.ops.genga.add_control(kind="depth")
    props.controls[0].control_guidance_start, props.controls[0].control_guidance_end = 0.5, 0.5
    generation = generating.generate(cube_scene, bpy.context.view_layer)
    assert sessions.run_until(lambda: generation.ended, 20)
    assert generation.error.code == "INVALID_REQUEST"
    assert "control_guidance_start" in generation.error.message
    assert generation.ticket is None


def test_a_change_that_leaves_no_step_is_refused_in_the_panels_words(connected, starter_scene):
    props = starter_scene.genga
    props.mode, props.start_source, props.strength = "IMG2IMG", "IMAGE", 0.7
    props.start_image = bpy.data.images.new("start", 64, 64)
    text = error_of(bpy.ops.genga.generate_image)
    assert "change of 0.7" in text and "Set Change to 1" in text
    props.strength = 1.0
    assert bpy.ops.genga.generate_image() == {"FINISHED"}


def test_cancel_before_and_after_the_job_is_accepted(connected, cube_scene):
    props = cube_scene.genga
    props.own_sampling, props.num_inference_steps = True, 400
    early = generating.generate(cube_scene, bpy.context.view_layer)
    bpy.ops.genga.cancel_job(number=early.number)
    assert early.state == "cancelled"
    running = generating.generate(cube_scene, bpy.context.view_layer)
    assert sessions.run_until(lambda: running.ticket is not None and running.ticket.step > 2, 30)
    bpy.ops.genga.cancel_job()
    with pytest.raises(GengaError) as caught:
        wait_for([running])
    assert caught.value.code == "CANCELLED"
    assert running.ticket.step < 400
    assert len(props.history) == 0


def undo_a_change():
    """Undoes a change of the file, as the artist does between two slices."""
    bpy.ops.ed.undo_push(message="before")
    bpy.data.texts.new("undone")
    bpy.ops.ed.undo_push(message="after")
    assert bpy.ops.ed.undo() == {"FINISHED"}


def test_an_undo_while_maps_are_drawn_draws_them_again(connected, cube_scene, monkeypatch):
    # One slice a round: on a fast machine all slices of a small picture fit into one.
    tick = steps.tick
    monkeypatch.setattr(steps, "tick", lambda: tick(0.0))
    bpy.ops.ed.undo_push(message="made")
    generation = generating.generate(cube_scene, bpy.context.view_layer)
    assert sessions.run_until(lambda: generation._capture is not None, 30)
    first = generation._capture
    undo_a_change()
    assert first.ended and generation._capture is not first
    wait_for([generation])
    assert generation.state == "succeeded" and len(bpy.context.scene.genga.history) == 1


def test_an_undo_that_takes_the_picture_back_leaves_no_entry_without_one(connected, cube_scene):
    bpy.ops.ed.undo_push(message="made")
    bpy.ops.genga.generate_image()
    bpy.ops.ed.undo_push(message="picture")
    assert len(bpy.context.scene.genga.history) == 1
    bpy.ops.ed.undo()
    assert len(bpy.context.scene.genga.history) == 0
    bpy.ops.ed.redo()
    image, record = newest(bpy.context.scene)
    assert record["seed"] == 7 and tuple(image.size) == (64, 64)


def test_what_is_renamed_or_removed_while_the_job_runs_does_not_lose_the_picture(held_queue, cube_scene):
    (generation,) = begin(cube_scene)
    bpy.data.objects.remove(cube_scene.camera)
    bpy.data.objects["barrel"].name = "cask"
    cube_scene.name = "renamed"
    held_queue(False)
    assert sessions.run_until(lambda: generation.ended, 60)
    assert generation.state == "succeeded" and len(generation.files) == 1
    assert bpy.ops.genga.take_result(number=generation.number) == {"FINISHED"}
    assert newest(cube_scene)[1]["view"]["camera_name"] == "Camera"


def test_progress_previews_and_time_left_are_told(connected, cube_scene):
    props = cube_scene.genga
    props.own_sampling, props.num_inference_steps = True, 40
    generation = generating.generate(cube_scene, bpy.context.view_layer)
    seen = []

    def look():
        ticket = generation.ticket
        if ticket is not None and ticket.state == "running":
            seen.append((ticket.progress, ticket.step, ticket.eta_s, ticket.preview))
        return generation.ended

    assert sessions.run_until(look, 60)
    assert generation.state == "succeeded"
    assert [one[0] for one in seen] == sorted(one[0] for one in seen)
    # The last steps may be told in the same round as the result.
    assert 20 < max(one[1] for one in seen) <= 40
    assert any(one[2] is not None for one in seen)
    preview = next(one[3] for one in seen if one[3] is not None)
    assert preview.mime.startswith("image/") and len(preview.bytes) > 100


@pytest.fixture
def held_queue(connected):
    """`held_queue(False)` lets the core's queue go on, which waits until then."""

    def hold(waits):
        done = []
        action = "pause" if waits else "resume"
        connected.call(lambda client: client.update_jobs(action), done.append, done.append)
        assert sessions.run_until(lambda: done, 20)

    hold(True)
    yield hold
    hold(False)


def begin(scene, count=1):
    """Begins pictures; gives them once the core has them all."""
    runs = [generating.generate(scene, bpy.context.view_layer) for _ in range(count)]
    assert sessions.run_until(lambda: all(run.ticket and run.ticket.job_id for run in runs), 60)
    return runs


def test_several_pictures_queue_and_one_is_moved_up(held_queue, cube_scene):
    runs = begin(cube_scene, 3)
    assert bpy.ops.genga.raise_job(number=runs[2].number) == {"FINISHED"}
    assert [one for one in generating.generations() if one in runs] == [runs[0], runs[2], runs[1]]
    ended = []
    held_queue(False)

    def watch():
        ended.extend(run for run in runs if run.ended and run not in ended)
        return len(ended) == 3

    assert sessions.run_until(watch, 90)
    assert ended == [runs[0], runs[2], runs[1]]
    assert [run.state for run in runs] == ["succeeded"] * 3


def test_a_job_that_waits_can_be_paused_and_resumed(held_queue, cube_scene):
    first, second = begin(cube_scene, 2)
    bpy.ops.genga.pause_job(number=second.number)
    assert sessions.run_until(lambda: second.ticket.state == "paused", 10)
    held_queue(False)
    assert sessions.run_until(lambda: first.ended, 60)
    assert second.ticket.state == "paused"
    bpy.ops.genga.resume_job(number=second.number)
    assert sessions.run_until(lambda: second.ended, 60)
    assert second.state == "succeeded"


def test_a_cancelled_job_can_be_tried_again_with_the_same_seed(held_queue, cube_scene):
    (generation,) = begin(cube_scene)
    generation.cancel()
    assert sessions.run_until(lambda: generation.ended, 10)
    held_queue(False)
    assert bpy.ops.genga.retry_job(number=generation.number) == {"FINISHED"}
    assert sessions.run_until(lambda: generation.ended, 60)
    assert generation.state == "succeeded"
    assert newest(cube_scene)[1]["seed"] == 7


def test_a_picture_that_comes_after_another_file_was_opened_waits(held_queue, cube_scene):
    (generation,) = begin(cube_scene)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    held_queue(False)
    assert sessions.run_until(lambda: generation.ended, 60)
    assert len(bpy.context.scene.genga.history) == 0
    assert len(generation.files) == 1
    bpy.ops.genga.take_result(number=generation.number)
    assert len(bpy.context.scene.genga.history) == 1
    assert generation.files == []


def test_one_press_starts_the_core_and_makes_the_first_picture(starter_scene, core):
    current = sessions.get()
    current.stop()
    assert current.state == "off"
    assert bpy.ops.genga.generate_image() == {"FINISHED"}
    assert current.state == "connected"
    assert len(starter_scene.genga.history) == 1
    current.stop()


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (1920, 1080, (1024, 576)),
        (512, 512, (512, 512)),
        (500, 300, (512, 288)),
        (100, 50, (256, 128)),
        (4000, 100, (1024, 128)),
    ],
)
def test_sizes_are_those_that_the_bundle_takes(width, height, expected):
    sizes = SizeRange(multiple=32, min=128, max=1024, pixels=512 * 512)
    assert fit_size(width, height, sizes) == expected


def test_the_automatic_size_has_the_renders_proportions_and_the_bundles_pixels():
    sizes = SizeRange(multiple=32, min=128, max=1024, pixels=512 * 512)
    assert automatic_size(1920, 1080, sizes) == (672, 384)
    assert automatic_size(300, 300, sizes) == (512, 512)


def test_size_from_render_with_scale_and_border(connected, cube_scene):
    bundle = chosen_bundle(connected.welcome, "starter-image", "image")
    props, render = cube_scene.genga, cube_scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 1000, 500, 100
    props.size_source, props.size_scale = "RENDER", 0.5
    assert picture_size(cube_scene, bundle) == (512, 256)
    render.use_border, render.border_max_x, render.border_max_y = True, 0.5, 1.0
    props.size_scale = 1.0
    assert picture_size(cube_scene, bundle) == (512, 512)


def test_the_prompt_may_be_a_text_of_several_lines(connected, cube_scene):
    props = cube_scene.genga
    props.prompt = "a barrel, red"
    bpy.ops.genga.edit_prompt()
    text = props.prompt_text
    assert [line.body for line in text.lines] == ["a barrel,", "red"]
    text.write("\n# not this\nin the rain")
    plan = make_plan(cube_scene, bpy.context.view_layer.name, connected.welcome)
    assert plan.params["prompt"] == "anime illustration of a barrel, red in the rain"


def test_looks_fill_their_template():
    assert fill_template("clay render of {prompt}, soft", "a well") == "clay render of a well, soft"
    assert fill_template("clay render of {prompt}", " ") == "clay render"
    assert fill_template("{prompt}", "a well") == "a well"
    assert fill_template("sepia", "a well") == "sepia, a well"
    assert fill_template("", "a well") == "a well"
    assert len({look.id for look in looks()}) == len(looks()) >= 5


def test_a_look_is_chosen_by_name_and_an_unknown_one_refused(fresh_scene):
    bpy.ops.genga.choose_look(look="clay")
    assert fresh_scene.genga.look == "Clay"
    assert "clay" in fresh_scene.genga.look_template
    assert "watercolour" in error_of(lambda: bpy.ops.genga.choose_look(look="nothing"))


def test_choosing_a_bundle_takes_its_recommended_sampling(connected, fresh_scene):
    bpy.ops.genga.choose_bundle(bundle="tiny-random-sd")
    props = fresh_scene.genga
    assert (props.num_inference_steps, props.guidance_scale, props.scheduler) == (4, 7.5, "ddim")
    assert "BUNDLE_NOT_FOUND" in error_of(lambda: bpy.ops.genga.choose_bundle(bundle="none"))


def test_own_sampling_begins_with_the_recommended_numbers_and_keeps_own_ones(connected, fresh_scene):
    props = fresh_scene.genga
    props.bundle, props.own_sampling = "tiny-random-sd", True
    assert (props.num_inference_steps, props.guidance_scale, props.scheduler) == (4, 7.5, "ddim")
    props.num_inference_steps, props.own_sampling = 9, False
    props.own_sampling = True
    assert props.num_inference_steps == 9


def test_automatic_maps_are_few_for_controlnets_and_all_for_a_bundle_made_for_maps(connected):
    starter = chosen_bundle(connected.welcome, "starter-image", "image")
    tiny = chosen_bundle(connected.welcome, "tiny-random-sd", "image")
    assert chosen_bundle(connected.welcome, "", "image").id == "starter-image"
    assert automatic_kinds(starter, True) == ["depth", "normal", "lineart", "light", "segmentation"]
    assert automatic_kinds(tiny, False) == ["depth", "lineart"]
    assert automatic_kinds(tiny, True) == ["depth", "lineart", "openpose"]


def test_settings_survive_as_plain_data(fresh_scene):
    props = fresh_scene.genga
    image = bpy.data.images.new("start", 8, 8)
    props.start_image, props.prompt = image, "ein Fuß"
    kept = json.loads(json.dumps(settings_of(props)))
    props.start_image, props.prompt = None, ""
    from bl_ext.user_default.genga.tasks.snapshot import apply_settings

    assert apply_settings(props, kept) == []
    assert (props.start_image, props.prompt) == (image, "ein Fuß")
    bpy.data.images.remove(image)
    assert apply_settings(props, kept) == ["start"]
    assert props.start_image is None
