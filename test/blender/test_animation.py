"""Frame ranges: numbering, what changes from frame to frame, resuming, faults."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.genga import session as sessions
from bl_ext.user_default.genga.animation import frame_run
from bl_ext.user_default.genga.animation.frame_paths import frame_file, state_file
from bl_ext.user_default.genga.animation.frame_plan import plan_frames, prompt_of_marker
from bl_ext.user_default.genga.animation.frame_run import FrameRun
from bl_ext.user_default.genga.animation.frame_state import FrameEntry, FrameState
from bl_ext.user_default.genga.animation.sequence import start_run
from bl_ext.user_default.genga.session import steps
from genga_client import GengaError
from scenes import add_camera, add_cube, add_sun

HERE = Path(__file__).resolve().parent


@pytest.fixture
def moving_cube(fresh_scene, tmp_path):
    """A cube that moves to the right over frames 1 to 4, at 64 x 64 with the test bundle; saved to a file."""
    cube = add_cube("box", 1.0, color=(0.7, 0.1, 0.1))
    for frame, x in ((1, -0.8), (4, 0.8)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
    add_sun((0.3, 0.5, -1), 3)
    add_camera((0, -5, 1.5), (0, 0, 0))
    scene = fresh_scene
    scene.frame_start, scene.frame_end, scene.frame_step = 1, 4, 1
    scene.frame_set(2)
    props = scene.genga
    props.prompt, props.bundle = "a box", "tiny-random-sd"
    props.size_source, props.width, props.height = "OWN", 64, 64
    props.seed = 5
    scene.genga_animation.output = str(tmp_path / "frames" / "box_####")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "box.blend"))
    return scene


def make(scene):
    """Makes the frame range; gives the run."""
    run = FrameRun(plan_frames(scene, bpy.context.view_layer.name))
    run.begin()
    assert sessions.run_until(lambda: run.ended, 120)
    return run


def files_of(scene):
    """Bytes of the frames by file name."""
    folder = Path(scene.genga_animation.output).parent
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.png"))}


def record_of_frame(connected, data):
    """What the core says of a file."""
    answers = []

    def ask(client):
        return client.verify(client.put_asset(data, name="frame.png").sha256)

    connected.call(ask, answers.append)
    assert sessions.run_until(lambda: answers, 30)
    return answers[0]


def test_each_frame_is_a_signed_picture_of_its_own_maps(connected, moving_cube):
    assert bpy.ops.genga.render_animation() == {"FINISHED"}
    files = files_of(moving_cube)
    assert list(files) == [f"box_{frame:04d}.png" for frame in (1, 2, 3, 4)]
    records = [record_of_frame(connected, data) for data in files.values()]
    assert {one.state for one in records} == {"trusted"}
    depths = {
        next(c["image"] for c in one.record.params["controls"] if c["kind"] == "depth") for one in records
    }
    assert len(depths) == 4
    assert [one.record.seed for one in records] == [5] * 4
    # The timeline stands where it stood.
    assert moving_cube.frame_current == 2


def test_what_is_there_is_kept_and_what_changed_is_made_again(connected, moving_cube):
    first = make(moving_cube)
    assert (first.state, first.tally.made) == ("succeeded", [1, 2, 3, 4])
    before = files_of(moving_cube)
    second = make(moving_cube)
    assert (second.tally.made, second.tally.kept) == ([], [1, 2, 3, 4])
    assert files_of(moving_cube) == before
    # A change of the scene in the last frame alone.
    bpy.data.objects["box"].location.x = 0.3
    bpy.data.objects["box"].keyframe_insert("location", frame=4)
    for point in _points(bpy.data.objects["box"]):
        point.interpolation = "CONSTANT"
    moving_cube.frame_start = 3
    third = make(moving_cube)
    assert 4 in third.tally.made and 4 in third.tally.changed
    moving_cube.genga.prompt = "a blue box"
    fourth = make(moving_cube)
    assert fourth.tally.changed == [3, 4]


def _points(item):
    """Keyframe points of an object's action in every Blender."""
    action = item.animation_data.action
    if hasattr(action, "fcurves"):
        curves = action.fcurves
    else:
        curves = action.layers[0].strips[0].channelbag(item.animation_data.action_slot).fcurves
    return [point for curve in curves for point in curve.keyframe_points]


def test_an_edited_frame_stays_unless_all_are_made_again(connected, moving_cube):
    moving_cube.frame_end = 2
    make(moving_cube)
    file = Path(moving_cube.genga_animation.output).parent / "box_0002.png"
    file.write_bytes(file.read_bytes() + b"painted over")
    run = make(moving_cube)
    assert (run.tally.kept, run.tally.edited, run.tally.made) == ([1], [2], [])
    assert file.read_bytes().endswith(b"painted over")
    moving_cube.genga_animation.existing = "OVERWRITE"
    assert make(moving_cube).tally.made == [1, 2]
    assert not file.read_bytes().endswith(b"painted over")


def test_files_of_others_are_not_overwritten_unasked(connected, moving_cube):
    moving_cube.frame_end = 2
    file = Path(moving_cube.genga_animation.output).parent / "box_0002.png"
    file.parent.mkdir()
    file.write_bytes(b"mine")
    with pytest.raises(GengaError) as caught:
        FrameRun(plan_frames(moving_cube, bpy.context.view_layer.name))
    assert caught.value.code == "INVALID_REQUEST"
    assert "box_0002.png" in caught.value.message
    moving_cube.genga_animation.existing = "SKIP"
    run = make(moving_cube)
    assert (run.tally.made, run.tally.kept) == ([1], [2])
    assert file.read_bytes() == b"mine"


def test_seed_per_frame_and_prompts_from_markers_and_animated_settings(connected, moving_cube):
    moving_cube.genga_animation.seed_policy = "PER_FRAME"
    moving_cube.timeline_markers.new("prompt: a box at night", frame=3)
    moving_cube.timeline_markers.new("something else", frame=2)
    moving_cube.genga.own_sampling = True
    moving_cube.genga.num_inference_steps = 2
    for frame, guidance in ((1, 2.0), (4, 8.0)):
        moving_cube.genga.guidance_scale = guidance
        moving_cube.genga.keyframe_insert("guidance_scale", frame=frame)
    moving_cube.frame_step = 3
    moving_cube.genga_animation.ahead = 1
    make(moving_cube)
    records = [record_of_frame(connected, data).record for data in files_of(moving_cube).values()]
    assert [one.seed for one in records] == [6, 9]
    assert [one.params["guidance_scale"] for one in records] == [2, 8]
    assert [one.params["prompt"] for one in records] == [
        "anime illustration of a box", "anime illustration of a box at night",
    ]  # fmt: skip
    assert prompt_of_marker(moving_cube, 2) is None


def test_cancel_keeps_what_is_made_and_resume_makes_the_rest(connected, moving_cube):
    moving_cube.genga.own_sampling = True
    moving_cube.genga.num_inference_steps = 60
    run = FrameRun(plan_frames(moving_cube, bpy.context.view_layer.name))
    run.begin()
    assert sessions.run_until(lambda: len(run.tally.made) == 1 and run.tickets, 60)
    assert 0 < run.progress < 1
    run.cancel()
    assert run.state == "cancelled"
    assert sessions.run_until(lambda: not connected.has_open_tickets, 20)
    assert moving_cube.frame_current == 2
    made = files_of(moving_cube)
    assert 1 <= len(made) < 4
    moving_cube.genga.num_inference_steps = 60
    again = make(moving_cube)
    assert again.state == "succeeded"
    assert again.tally.kept == list(run.tally.made)
    assert sorted(again.tally.made + again.tally.kept) == [1, 2, 3, 4]


def test_an_undo_while_a_frame_is_drawn_draws_it_again(connected, moving_cube, monkeypatch):
    # One slice a round: on a fast machine all slices of a small picture fit into one.
    tick = steps.tick
    monkeypatch.setattr(steps, "tick", lambda: tick(0.0))
    bpy.ops.ed.undo_push(message="before")
    bpy.data.texts.new("undone")
    bpy.ops.ed.undo_push(message="after")
    run = FrameRun(plan_frames(moving_cube, bpy.context.view_layer.name))
    run.begin()
    assert sessions.run_until(lambda: run._capturing is not None, 30)
    bpy.ops.ed.undo()
    assert not run.ended
    assert sessions.run_until(lambda: run.ended, 120)
    assert (run.state, run.tally.made) == ("succeeded", [1, 2, 3, 4])


def test_frames_that_the_core_has_go_on_when_another_file_is_opened(connected, moving_cube):
    moving_cube.genga_animation.ahead = moving_cube.frame_end = 16
    moving_cube.genga.own_sampling, moving_cube.genga.num_inference_steps = True, 200
    run = start_run(moving_cube, bpy.context.view_layer)
    assert sessions.run_until(lambda: run.tickets and run._capturing is not None, 60)
    tickets = list(run.tickets.values())
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert run.state == "cancelled" and not any(ticket.cancel_asked for ticket in tickets)
    for ticket in connected.tickets:
        ticket.cancel()
    assert sessions.run_until(lambda: not connected.has_open_tickets, 20)


def test_a_fault_that_all_frames_would_meet_ends_the_run(connected, moving_cube):
    moving_cube.genga.bundle = "no-such"
    run = make(moving_cube)
    assert (run.state, run.error.code) == ("failed", "BUNDLE_NOT_FOUND")
    assert list(run.tally.failed) == [1]
    with pytest.raises(RuntimeError, match="BUNDLE_NOT_FOUND"):
        bpy.ops.genga.render_animation()


def test_the_frames_open_as_an_image_sequence_and_as_a_clip(connected, moving_cube):
    moving_cube.frame_end = 2
    make(moving_cube)
    assert bpy.ops.genga.open_sequence() == {"FINISHED"}
    image = next(one for one in bpy.data.images if one.source == "SEQUENCE")
    assert image.filepath.endswith("box_0001.png")
    assert bpy.ops.genga.open_sequence(as_clip=True) == {"FINISHED"}
    assert bpy.data.movieclips[0].frame_duration == 2


@pytest.mark.parametrize(
    ("pattern", "frame", "expected"),
    [
        ("/out/frame_####", 7, "/out/frame_0007.png"),
        ("/out/frame_", 7, "/out/frame_0007.png"),
        ("/out/##.png", 123, "/out/123.png"),
        ("/out/a#_###.png", 5, "/out/a#_005.png"),
        ("/o#t/x", 12, "/o#t/x0012.png"),
        ("/out/frame_####", -3, "/out/frame_-0003.png"),
        ("/out/", 1, "/out/0001.png"),
    ],
)
def test_frames_are_numbered_as_blenders_output_path(pattern, frame, expected):
    assert frame_file(pattern, frame, "image/png") == Path(expected)


def test_the_file_name_ends_as_the_format_wants():
    assert frame_file("/out/x####.png", 1, "image/jpeg") == Path("/out/x0001.jpg")
    assert state_file("/out/frame_####.png") == Path("/out/frame.genga.json")
    assert state_file("/out/####") == Path("/out/frames.genga.json")


def test_a_file_that_was_never_saved_needs_an_absolute_output(fresh_scene):
    fresh_scene.genga_animation.output = "//frames/####"
    with pytest.raises(GengaError) as caught:
        plan_frames(fresh_scene, "ViewLayer")
    assert caught.value.code == "INVALID_REQUEST" and "Save" in caught.value.remedy
    fresh_scene.genga_animation.use_scene_range = False
    fresh_scene.genga_animation.frame_start, fresh_scene.genga_animation.frame_end = 5, 4
    with pytest.raises(GengaError, match="5 to 4"):
        plan_frames(fresh_scene, "ViewLayer")


def test_a_state_file_that_is_broken_is_not_overwritten(tmp_path):
    path = tmp_path / "frames.genga.json"
    state = FrameState(path)
    state.keep(3, FrameEntry(file="0003.png", sha256="a" * 64))
    assert FrameState(path).made(3, tmp_path / "0003.png")
    path.write_text('{"frames": [')
    with pytest.raises(GengaError) as caught:
        FrameState(path)
    assert caught.value.code == "INVALID_REQUEST"
    assert path.read_text() == '{"frames": ['


def test_a_frame_is_known_whenever_the_program_ends_while_it_is_written(tmp_path):
    file, old, new = tmp_path / "0003.png", b"old", b"new"
    hashes = [hashlib.sha256(data).hexdigest() for data in (old, new)]
    state = FrameState(tmp_path / "frames.genga.json")
    state.keep(3, FrameEntry(file=file.name, sha256=hashes[0], request_sha256="first"))
    assert state.standing(3, file, "first") == "missing"
    file.write_bytes(old)
    assert state.standing(3, file, "first") == "same"
    state.keep(
        3,
        FrameEntry(file=file.name, sha256=hashes[1], replaces_sha256=hashes[0], request_sha256="second"),
    )
    assert state.standing(3, file, "second") == "changed"
    file.write_bytes(new)
    assert state.standing(3, file, "second") == "same"
    file.write_bytes(b"painted")
    assert state.standing(3, file, "second") == "edited"


def test_a_run_goes_on_after_its_blender_was_killed(start_core, moving_cube, tmp_path):
    running = start_core()
    moving_cube.genga.own_sampling = True
    moving_cube.genga.num_inference_steps = 60
    file = str(tmp_path / "box.blend")
    bpy.ops.wm.save_as_mainfile(filepath=file)
    command = [sys.executable, str(HERE / "headless.py"), file, "frames", "--json"]
    folder = Path(moving_cube.genga_animation.output).parent
    with open(tmp_path / "first.log", "wb") as log:
        first = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while not (folder / "box_0001.png").exists():
            assert first.poll() is None and time.monotonic() < deadline, (tmp_path / "first.log").read_text()
            time.sleep(0.05)
        first.send_signal(signal.SIGKILL)
        first.wait(30)
    there = files_of(moving_cube)
    assert 1 <= len(there) < 4
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads(done.stdout.strip().splitlines()[-1])
    assert summary["kept"] == [int(name[4:8]) for name in there]
    assert sorted(summary["made"] + summary["kept"]) == [1, 2, 3, 4]
    after = files_of(moving_cube)
    assert {name: after[name] for name in there} == there
    assert running.process.poll() is None
    assert not [name for name in os.listdir(folder) if name.endswith(".part")]


def test_hopeless_errors_are_codes_of_the_protocol():
    from genga_client.protocol import ERROR_CODES

    assert set(ERROR_CODES) >= frame_run.HOPELESS
    assert set(ERROR_CODES) >= frame_run.STALE
