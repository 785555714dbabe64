"""Motion from a real core on the armatures of artists: exact frames, feet that stand, nothing flips."""

import json
import math

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga import session as sessions
from bl_ext.user_default.genga.capture.gpu_context import ensure_gpu
from bl_ext.user_default.genga.motion import motion_run, rigify
from bl_ext.user_default.genga.motion.action_curves import curves_of
from bl_ext.user_default.genga.motion.apply_motion import file_of_action
from bl_ext.user_default.genga.motion.motion_run import generate_motion, motion_runs
from bl_ext.user_default.genga.motion.rotations import angles_between, quaternions_of
from bl_ext.user_default.genga.motion.stick_figure import Figure, draw_figures, figures
from bl_ext.user_default.genga.results.record import record_of
from bl_ext.user_default.genga.tasks import offers
from bl_ext.user_default.genga.tasks.wait_for import wait_for
from genga_client import GengaError
from motion_rigs import RIGS, add_cartoon, add_mixamo, add_rig, add_unreal, select_only
from test_motion_timeline import add_curve, say

WALK = "a person walks forward"
FEET = ("left_ankle", "right_ankle", "left_foot", "right_foot")
"""Joints of a motion's contacts."""


@pytest.fixture
def scene(fresh_scene, connected):
    props = fresh_scene.genga_motion
    props.bundle = "tiny-random-motion"
    props.seed, props.lock_seed = 3, True
    fresh_scene.render.fps, fresh_scene.render.fps_base = 30, 1.0
    yield fresh_scene
    motion_run._runs.all.clear()


@pytest.fixture(params=RIGS)
def rig(request, scene):
    found = RIGS[request.param]()
    select_only(found)
    return found


def made(scene, armature, *, apply_at_once=True, **more):
    """The run of a motion, ended."""
    (run,) = generate_motion(scene, [armature], apply_at_once=apply_at_once, **more)
    wait_for([run])
    return run


def take_of(run):
    """What the core sent for an applied motion."""
    from bl_ext.user_default.genga.motion.take import read_take

    return read_take(file_of_action(bpy.data.actions[run.applied.action])[0])


def evaluated_bones(scene, armature, names, start, frames):
    """Bone → world matrices of its evaluated pose, [frames, 4, 4], and the points of its ends at rest."""
    found = {name: [] for name in names}
    for frame in range(start, start + frames):
        scene.frame_set(frame)
        seen = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in names:
            found[name].append(np.array(seen.matrix_world @ seen.pose.bones[name].matrix))
    return {name: np.array(matrices) for name, matrices in found.items()}


def shown_bone(armature, run, joint):
    """Bone that shows where a joint is: Rigify's deforming ones."""
    name = run.plan.skeleton.map[joint]
    return rigify.source_of(armature, name) if run.plan.skeleton.rigify else name


def slide_of_feet(scene, armature, run, take):
    """Largest way over the ground of a foot's joint while it bears weight, metres."""
    metres = run.plan.skeleton.stage.metres
    names = {joint: shown_bone(armature, run, joint) for joint in FEET if joint in run.plan.skeleton.map}
    places = evaluated_bones(scene, armature, set(names.values()), run.plan.placing.start, take.frames)
    worst, spans = 0.0, 0
    for column, joint in enumerate(FEET):
        if joint not in names:
            continue
        ground = places[names[joint]][:, :2, 3] * metres
        bears = take.contacts[:, column].astype(bool)
        # Spans of frames without a break.
        edges = np.flatnonzero(np.diff(np.concatenate([[0], bears.astype(int), [0]])))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            if end - begin > 1:
                spans += 1
                worst = max(worst, float(np.linalg.norm(ground[begin:end] - ground[begin], axis=1).max()))
    return worst, spans


def test_the_panel_shows_itself_by_what_the_core_offers(connected):
    assert offers("motion") and bpy.types.GENGA_PT_motion.poll(bpy.context)
    welcome = connected.welcome
    try:
        connected.welcome = None
        assert not offers("motion")
    finally:
        connected.welcome = welcome


def test_feet_that_bear_weight_stand_and_nothing_flips(scene, rig):
    say(scene, (WALK, 60), ("a person sits down", 45))
    scene.genga_motion.mode = "retrieved"  # the test model's own motion trembles
    run = made(scene, rig)
    take = take_of(run)
    assert take.frames == 105
    slid, spans = slide_of_feet(scene, rig, run, take)
    print(f"{rig.name}: {1e6 * slid:.1f} µm in {spans} spans")
    assert spans > 0 and slid <= 0.01
    names = {shown_bone(rig, run, joint) for joint in run.plan.skeleton.map}
    seen = evaluated_bones(scene, rig, names, run.plan.placing.start, take.frames)
    for name, matrices in seen.items():
        turns = quaternions_of(matrices[:, :3, :3])
        assert math.degrees(angles_between(turns[1:], turns[:-1]).max()) < 90, name
    lowest = min(
        seen[shown_bone(rig, run, joint)][:, 2, 3].min() for joint in FEET if joint in run.plan.skeleton.map
    )
    assert lowest * run.plan.skeleton.stage.metres > -0.02
    head = seen[shown_bone(rig, run, "head")][:, 2, 3]
    hips = seen[shown_bone(rig, run, "left_hip")][:, 2, 3]
    assert (head > hips).all()  # it stands on its feet, not on its head


@pytest.mark.parametrize(("fps", "base"), [(24, 1.0), (25, 1.0), (30, 1.0), (60, 1.0), (24, 1.001)])
def test_frames_are_exact(scene, fps, base):
    scene.render.fps, scene.render.fps_base = fps, base
    rig = add_unreal()
    say(scene, (WALK, 37), ("stands", 20))
    scene.frame_set(101)
    run = made(scene, rig)
    curves = curves_of(rig.animation_data)
    assert {len(curve.keyframe_points) for curve in curves} == {57}
    assert {tuple(curve.range()) for curve in curves} == {(101, 157)}
    assert run.plan.placing.start == 101


def test_an_action_knows_what_made_it(scene):
    rig = add_unreal()
    say(scene, (WALK, 40))
    made(scene, rig)
    action = rig.animation_data.action
    record = record_of(action)
    assert (record["bundle"], record["seed"], record["prompts"]) == ("tiny-random-motion", 3, [WALK])
    assert record["origin"][0]["kind"] == "varied"
    assert record["origin"][0]["clips"][0]["licence"]  # whose recording it was
    data, sidecar = file_of_action(action)
    motion = json.loads(data)
    assert motion["frames"] == 40 and sidecar is not None
    found = []
    sessions.get().call(
        lambda client: client.verify(client.put_asset(data).sha256), found.append, found.append
    )
    assert sessions.run_until(lambda: found, 20)
    assert found[0].sha256 == record["sha256"]


def test_the_same_seed_gives_the_same_keys(scene):
    say(scene, (WALK, 40))
    keys = []
    for seed in (3, 3, 4):
        scene.genga_motion.seed = seed
        rig = add_unreal()
        made(scene, rig)
        keys.append([[tuple(p.co) for p in c.keyframe_points] for c in curves_of(rig.animation_data)])
    assert keys[0] == keys[1] != keys[2]


def test_several_armatures_get_their_own_seeds(scene):
    say(scene, (WALK, 40))
    rigs = [add_unreal("one"), add_mixamo("two"), add_cartoon("three")]
    for rig in rigs:
        rig.select_set(True)
    assert bpy.ops.genga.generate_motion() == {"FINISHED"}
    seeds = {rig.name: record_of(rig.animation_data.action)["seed"] for rig in rigs}
    assert set(seeds.values()) == {3, 4, 5} and seeds[bpy.context.object.name] == 3


def test_before_apply_nothing_of_the_file_changes(scene):
    say(scene, (WALK, 40))
    scene.genga_motion.num_motions_per_prompt = 3
    rig = add_unreal()
    run = made(scene, rig, apply_at_once=False)
    assert motion_runs().ready() == [run] and len(run.candidates) == 3
    assert [one.file.output.seed for one in run.candidates] == [3, 4, 5]
    assert rig.animation_data is None and len(bpy.data.actions) == 0
    (figure,) = figures()
    assert figure.frames == 40 and len(figure.segments(1)) == 2 * len(figure.lines) >= 40
    first = figure.segments(20)
    bpy.ops.genga.choose_motion(number=run.number)
    (figure,) = figures()
    assert run.chosen == 1 and np.abs(figure.segments(20) - first).max() > 1e-3
    bpy.ops.genga.apply_motion(number=run.number)
    assert record_of(rig.animation_data.action)["seed"] == 4
    assert motion_runs().ready() == [] and figures() == []
    again = made(scene, rig, apply_at_once=False)
    own = rig.animation_data.action
    bpy.ops.genga.discard_motion()
    assert again.state == "cancelled" and rig.animation_data.action == own and len(bpy.data.actions) == 1


def test_a_motion_waits_while_another_file_is_open(scene, tmp_path):
    say(scene, (WALK, 40))
    rig = add_unreal()
    name = rig.name
    saved = tmp_path / "hero.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(saved))
    run = made(scene, rig, apply_at_once=False)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert motion_runs().ready() == [] and figures() == []
    with pytest.raises(GengaError, match="not in this file"):
        run.apply()
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert motion_runs().ready() == [run]
    bpy.ops.genga.apply_motion(number=run.number)
    assert record_of(bpy.data.objects[name].animation_data.action)["seed"] == 3


def test_the_stick_figure_stands_where_the_armature_will(scene, rig):
    say(scene, (WALK, 30))
    rig.location = (2, 1, 0)
    bpy.context.view_layer.update()
    run = made(scene, rig, apply_at_once=False)
    figure = Figure(run)
    run.apply()
    joints = [joint for joint in ("left_ankle", "right_wrist", "left_knee") if joint in figure.places]
    names = {joint: shown_bone(rig, run, joint) for joint in joints}
    seen = evaluated_bones(scene, rig, set(names.values()), run.plan.placing.start, 30)
    for joint in joints:
        assert np.linalg.norm(seen[names[joint]][:, :3, 3] - figure.places[joint], axis=1).max() < 5e-3, joint


def test_the_stick_figure_is_drawn(scene):
    import gpu

    ensure_gpu()
    say(scene, (WALK, 30))
    made(scene, add_unreal(), apply_at_once=False)
    from mathutils import Matrix

    offscreen = gpu.types.GPUOffScreen(96, 96)
    with offscreen.bind():
        framebuffer = gpu.state.active_framebuffer_get()
        framebuffer.clear(color=(0, 0, 0, 1))
        with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
            # Looks along +Y: x to the right, z up, four metres.
            gpu.matrix.load_matrix(Matrix(((1, 0, 0, 0), (0, 0, 1, -1), (0, -1, 0, -5), (0, 0, 0, 1))))
            gpu.matrix.load_projection_matrix(
                Matrix(((0.5, 0, 0, 0), (0, 0.5, 0, 0), (0, 0, -0.1, -1), (0, 0, 0, 1)))
            )
            draw_figures(5)
        buffer = framebuffer.read_color(0, 0, 96, 96, 4, 0, "UBYTE")
    buffer.dimensions = 96 * 96 * 4
    pixels = np.array(list(buffer), np.uint8).reshape(96, 96, 4)
    offscreen.free()
    orange = (pixels[..., 0] > 100) & (pixels[..., 0] > pixels[..., 2] + 50)
    rows = np.flatnonzero(orange.any(1))
    assert orange.sum() > 60 and rows.max() - rows.min() > 25


@pytest.mark.parametrize("add", [add_unreal, add_cartoon])
def test_the_hips_follow_the_curve_where_it_lies(scene, add):
    rig = add()
    rig.location, rig.rotation_euler.z = (1, 0.5, 0), 0.4
    bpy.context.view_layer.update()
    points = [(0, 0, 0), (0.5, -1.0, 0), (1.5, -1.6, 0), (2.6, -1.5, 0)]
    scene.genga_motion.path = add_curve(points)
    say(scene, (WALK, 120))
    run = made(scene, rig)
    hips = [run.plan.skeleton.map[joint] for joint in ("left_hip", "right_hip")]
    seen = evaluated_bones(scene, rig, set(hips), run.plan.placing.start, 120)
    middle = sum(seen[name][:, :2, 3] for name in hips) / 2
    steps = np.linspace(0, 1, 400)
    from bl_ext.user_default.genga.motion.ground_path import along

    line = along(np.array(points)[:, :2], steps)
    off = np.linalg.norm(middle[:, None] - line[None], axis=2).min(1)
    print(f"path error mean {100 * off.mean():.1f} cm, most {100 * off.max():.1f} cm")
    assert off.mean() < 0.1
    assert (
        np.linalg.norm(middle[0] - points[0][:2]) < 0.3 and np.linalg.norm(middle[-1] - points[-1][:2]) < 0.3
    )


def test_between_two_keyed_poses_the_motion_meets_both(scene):
    rig = add_unreal()
    for frame, angle in ((1, 0.0), (41, 0.7)):
        for name, sign in (("upperarm_l", 1), ("upperarm_r", -1), ("spine_02", 0.3)):
            bone = rig.pose.bones[name]
            bone.rotation_quaternion = (math.cos(angle / 2), 0, 0, sign * math.sin(angle / 2))
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    scene.frame_set(20)
    keyed = rig.animation_data.action
    slot = getattr(rig.animation_data, "action_slot", None)
    want = {frame: {} for frame in (1, 41)}
    for frame in want:
        scene.frame_set(frame)
        seen = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        want[frame] = {
            name: np.array(seen.pose.bones[name].matrix) for name in ("lowerarm_l", "lowerarm_r", "thigh_l")
        }
    scene.frame_set(20)
    select_only(rig)
    assert bpy.ops.genga.in_between() == {"FINISHED"}
    run = motion_runs().newest()
    assert run.plan.placing.start == 1 and take_of(run).frames == 41
    assert rig.animation_data.action != keyed and keyed.use_fake_user
    for frame, bones in want.items():
        scene.frame_set(frame)
        seen = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name, matrix in bones.items():
            off = math.degrees(
                float(angles_between(quaternions_of(np.array(seen.pose.bones[name].matrix)[:3, :3]),
                                     quaternions_of(matrix[:3, :3])))
            )  # fmt: skip
            print(frame, name, f"{off:.1f} degrees")
            assert off < 8, (frame, name)
    assert slot is None or slot.handle


def test_in_place_and_loop(scene):
    rig = add_unreal()
    say(scene, (WALK, 60))
    scene.genga_motion.mode = "retrieved"
    scene.genga_motion.in_place = scene.genga_motion.loop = True
    run = made(scene, rig)
    name = run.plan.skeleton.map["pelvis"]
    seen = evaluated_bones(scene, rig, {name}, run.plan.placing.start, 61)[name]
    assert np.ptp(seen[:, :2, 3], axis=0).max() < 0.35
    assert np.abs(seen[60] - seen[0]).max() < 1e-3
    assert rig.animation_data.action.use_cyclic


def test_a_root_bone_carries_the_way(scene):
    rig = add_unreal()
    say(scene, (WALK, 90))
    scene.genga_motion.path = add_curve([(0, 0, 0), (0, -3, 0)])
    scene.genga_motion.root = "BONE"
    run = made(scene, rig)
    seen = evaluated_bones(scene, rig, {"root"}, run.plan.placing.start, 90)["root"]
    assert seen[-1, 1, 3] - seen[0, 1, 3] < -2.0
    assert take_of(run).root_bone == "root"


def test_a_strip_at_the_playhead(scene):
    rig = add_unreal()
    say(scene, (WALK, 40))
    scene.genga_motion.target = "NLA"
    scene.frame_set(51)
    made(scene, rig)
    (strip,) = rig.animation_data.nla_tracks[-1].strips
    assert (strip.frame_start, strip.frame_end) == (51, 90)
    assert record_of(strip.action)["prompts"] == [WALK]


def test_bad_input_has_clear_words(scene):
    select_only(add_unreal())
    for sentences, words in (((), "no sentence"), (((" ", 40),), "empty"), (((WALK, 4000),), "120 s")):
        say(scene, *sentences)
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.genga.generate_motion()
    say(scene, (WALK, 40))
    for item in list(bpy.context.view_layer.objects):
        item.select_set(False)
    bpy.context.view_layer.objects.active = None
    with pytest.raises(RuntimeError, match="Select an armature"):
        bpy.ops.genga.generate_motion()
    arms = {"left_collar": "lc", "right_collar": "rc", "left_shoulder": "la", "right_shoulder": "ra"}
    trunk = {"pelvis": "base", "spine1": "up", "spine2": "mid", "spine3": "top"}
    legless = add_rig("arms", trunk | arms)
    with pytest.raises(GengaError, match="left_hip") as caught:
        made(scene, legless)
    assert "Motion Bones" in caught.value.remedy


def test_the_file_is_saved_as_it_was_signed(scene, tmp_path):
    rig = add_unreal()
    say(scene, (WALK, 40))
    made(scene, rig)
    select_only(rig)
    target = tmp_path / "walk.json"
    assert bpy.ops.genga.save_motion(filepath=str(target)) == {"FINISHED"}
    data, sidecar = file_of_action(rig.animation_data.action)
    assert target.read_bytes() == data and (tmp_path / "walk.json.c2pa").read_bytes() == sidecar
