"""Sentences and markers, paths from curves, key poses from armatures: what is asked of the core."""

import math

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga.motion import segments
from bl_ext.user_default.genga.motion.apply_motion import Placing, apply_motion
from bl_ext.user_default.genga.motion.ground_path import along, path_length, path_message
from bl_ext.user_default.genga.motion.joints import JOINTS, OFFSETS, PARENTS
from bl_ext.user_default.genga.motion.key_poses import keyframes_around, keyframes_selected, pose_now
from bl_ext.user_default.genga.motion.motion_plan import headings, leg_ratio, make_plan
from bl_ext.user_default.genga.motion.read_rig import read_skeleton
from bl_ext.user_default.genga.motion.rotations import matrices_of
from bl_ext.user_default.genga.motion.stage import Stage
from genga_client import GengaError
from mathutils import Quaternion
from motion_rigs import add_cartoon, add_mixamo, add_unreal, select_only
from test_motion_armatures import take_for

HERE = Stage(np.zeros(3), 0.0, 1.0)


@pytest.fixture
def scene(fresh_scene):
    fresh_scene.render.fps, fresh_scene.render.fps_base = 24, 1.0
    fresh_scene.frame_end = 250
    return fresh_scene


def say(scene, *sentences):
    scene.genga_motion.segments.clear()
    for prompt, frames in sentences:
        segment = scene.genga_motion.segments.add()
        segment.prompt, segment.frames = prompt, frames


def said(scene):
    return [(one.prompt, one.frames) for one in scene.genga_motion.segments]


def add_curve(points, *, closed=False, kind="POLY"):
    data = bpy.data.curves.new("way", "CURVE")
    data.dimensions = "3D"
    spline = data.splines.new(kind)
    if kind == "BEZIER":
        spline.bezier_points.add(len(points) - 1)
        for bezier, point in zip(spline.bezier_points, points, strict=True):
            bezier.co = point
            bezier.handle_left_type = bezier.handle_right_type = "AUTO"
    else:
        spline.points.add(len(points) - 1)
        for one, point in zip(spline.points, points, strict=True):
            one.co = (*point, 1)
    spline.use_cyclic_u = closed
    curve = bpy.data.objects.new("way", data)
    bpy.context.scene.collection.objects.link(curve)
    bpy.context.view_layer.update()
    return curve


def test_markers_become_sentences_with_their_lengths(scene):
    for name, frame in (
        ("prompt: a village", 1),
        ("a person walks", 11),
        ("pose a", 20),
        ("waves", 59),
        ("late", 300),
    ):
        scene.timeline_markers.new(name, frame=frame)
    assert bpy.ops.genga.motion_from_markers() == {"FINISHED"}
    assert said(scene) == [("a person walks", 48), ("waves", 241)]  # until the next marker
    scene.timeline_markers.remove(scene.timeline_markers["late"])
    bpy.ops.genga.motion_from_markers()
    assert said(scene) == [("a person walks", 48), ("waves", 250 - 59 + 1)]
    assert (scene.genga_motion.start, scene.genga_motion.frame_start) == ("FRAME", 11)
    assert segments.first_frame(scene) == 11


def test_marked_sentences_go_before_others_and_an_empty_one_ends(scene):
    for name, frame in (("cut", 5), ("Motion: jumps", 10), ("motion:", 34), ("motion: sits", 60)):
        scene.timeline_markers.new(name, frame=frame)
    segments.from_markers(scene)
    assert said(scene) == [("jumps", 24), ("sits", 191)]


def test_sentences_go_to_markers_and_back_unchanged(scene):
    long = "a person walks slowly forward with a heavy load on the left shoulder and looks around"
    say(scene, (long, 40), ("sits down", 30))
    scene.timeline_markers.new("cut", frame=3)
    scene.frame_set(7)
    bpy.ops.genga.motion_to_markers()
    bpy.ops.genga.motion_to_markers()  # again: those of before are replaced
    assert sorted(marker.frame for marker in scene.timeline_markers) == [3, 7, 47, 77]
    segments.from_markers(scene)
    assert said(scene) == [(long, 40), ("sits down", 30)]


def test_without_markers_the_list_stays(scene):
    say(scene, ("walks", 40))
    with pytest.raises(GengaError, match="No timeline marker"):
        segments.from_markers(scene)
    assert said(scene) == [("walks", 40)]


def test_the_list_is_edited_by_buttons(scene):
    bpy.ops.genga.add_motion_segment()
    bpy.ops.genga.add_motion_segment(prompt="sits", frames=10)
    assert said(scene) == [(segments.FIRST_PROMPT, 96), ("sits", 10)]
    bpy.ops.genga.move_motion_segment(direction="UP")
    assert [prompt for prompt, _ in said(scene)] == ["sits", segments.FIRST_PROMPT]
    bpy.ops.genga.use_motion_prompt(prompt="a person bows")
    assert [prompt for prompt, _ in said(scene)] == ["a person bows", segments.FIRST_PROMPT]
    bpy.ops.genga.remove_motion_segment()
    assert [prompt for prompt, _ in said(scene)] == [segments.FIRST_PROMPT]


@pytest.mark.parametrize(
    ("sentences", "words"),
    [
        ((), "no sentence"),
        ((("walks", 24), (" ", 24)), "Sentence 2 is empty"),
        ((("walks", 2881),), "120.0 s; a motion"),
    ],
)
def test_bad_lists_are_refused(scene, sentences, words):
    say(scene, *sentences)
    with pytest.raises(GengaError, match=words):
        segments.segments_of(scene)


@pytest.mark.parametrize(("fps", "base"), [(24, 1), (25, 1), (30, 1), (60, 1), (24, 1.001), (30, 1.001)])
def test_frames_are_exact_at_every_rate(scene, fps, base):
    scene.render.fps, scene.render.fps_base = fps, base
    rig = add_unreal()
    for frames in (10, 37, 61, 100, 241):
        say(scene, ("walks", frames), ("sits", 13))
        params = make_plan(scene, rig, None, seed=1).params
        seconds = sum(one["duration_s"] for one in params["segments"])
        assert round(seconds * params["output"]["fps"]) == frames + 13


def test_a_polyline_is_the_path_in_world_metres(scene):
    curve = add_curve([(0, 0, 0), (0, -2, 5), (3, -2, 0)])
    curve.location = (1, 0, 0)
    bpy.context.view_layer.update()
    scene.genga_motion.path = curve
    stage = Stage(np.array([1.0, 0, 0]), 0.0, 0.5)
    message = path_message(scene, stage, 1, 48, 24)
    assert [one["position"] for one in message["points"]] == [[0, 0], [0, 1], [1.5, 1]]
    assert (message["closed"], message["facing"]) == (False, "along")


def test_a_ring_is_closed_and_a_tube_is_its_middle_line(scene):
    circle = [(2 * math.cos(a), 2 * math.sin(a), 0) for a in np.linspace(0, 2 * math.pi, 8, endpoint=False)]
    curve = add_curve(circle, closed=True, kind="BEZIER")
    curve.data.bevel_depth = 0.2
    bpy.context.view_layer.update()
    scene.genga_motion.path = curve
    objects = set(bpy.data.objects.keys())
    message = path_message(scene, HERE, 1, 48, 24)
    places = np.array([one["position"] for one in message["points"]])
    assert message["closed"] and places[0] == pytest.approx(places[-1])
    assert path_length(places) == pytest.approx(4 * math.pi, rel=0.02)
    assert np.linalg.norm(places, axis=1) == pytest.approx(np.full(len(places), 2.0), abs=0.05)
    assert set(bpy.data.objects.keys()) == objects


def test_evaluation_time_says_when(scene):
    curve = add_curve([(0, 0, 0), (0, -10, 0)])
    scene.genga_motion.path, scene.genga_motion.path_timing = curve, "EVALUATION"
    with pytest.raises(GengaError, match="no animated Evaluation Time"):
        path_message(scene, HERE, 1, 49, 24)
    curve.data.path_duration = 100
    for frame, at in ((1, 0), (25, 80), (49, 100)):
        curve.data.eval_time = at
        curve.data.keyframe_insert("eval_time", frame=frame)
    listed = path_message(scene, HERE, 1, 49, 24)["points"]
    by_time = {round(one["time_s"], 3): one["position"] for one in listed}
    assert by_time[0.0] == [0, 0] and by_time[2.0] == pytest.approx([0, 10])
    assert by_time[1.0][1] == pytest.approx(8, abs=1e-3)
    times = [one["time_s"] for one in listed]
    assert times == sorted(set(times))


def test_paths_that_are_none_are_refused(scene):
    two = add_curve([(0, 0, 0), (1, 0, 0)])
    two.data.splines.new("POLY").points.add(1)
    scene.genga_motion.path = two
    with pytest.raises(GengaError, match="2 splines"):
        path_message(scene, HERE, 1, 48, 24)
    scene.genga_motion.path = add_curve([(0, 0, 0), (0, 0, 3)])
    with pytest.raises(GengaError, match="point on the ground"):
        path_message(scene, HERE, 1, 48, 24)


def test_places_along_a_line_are_by_length():
    line = np.array([[0, 0], [1, 0], [1, 3]], float)
    assert along(line, np.array([0, 0.25, 0.5, 1])) == pytest.approx(
        np.array([[0, 0], [1, 0], [1, 1], [1, 3]])
    )


def test_an_object_says_where_the_character_looks(scene):
    looks = bpy.data.objects.new("looks", None)
    scene.collection.objects.link(looks)
    for frame, turn in ((1, 0.0), (25, 1.5 * math.pi)):
        looks.rotation_euler = (0, 0, turn)
        looks.keyframe_insert("rotation_euler", frame=frame)
    listed = headings(scene, HERE, looks, 1, 25, 24)
    assert listed[0]["angle_degrees"] == pytest.approx(0) and listed[-1]["time_s"] == pytest.approx(1)
    assert listed[-1]["angle_degrees"] == pytest.approx(270, abs=1e-2)  # on, not back to -90
    assert scene.frame_current == 1


def forward(pose):
    """Joint → place of the 22 joints for a KeyPose with all joints, by forward kinematics."""
    places, turns = {}, {}
    for index, joint in enumerate(JOINTS):
        own = matrices_of(np.array(pose["rotations"].get(joint, [0, 0, 0, 1])))
        if PARENTS[index] < 0:
            places[joint], turns[joint] = np.array(pose["root"]), own
        else:
            above = JOINTS[PARENTS[index]]
            places[joint] = places[above] + turns[above] @ OFFSETS[index]
            turns[joint] = turns[above] @ own
    return places


@pytest.mark.parametrize("add", [add_unreal, add_mixamo, add_cartoon])
def test_a_key_pose_points_the_limbs_as_the_armature_does(scene, add):
    rig = add()
    rig.location, rig.rotation_euler.z = (1, 2, 0), 0.7
    bpy.context.view_layer.update()
    skeleton = read_skeleton(scene, rig)
    scale = leg_ratio(skeleton)
    apply_motion(rig, skeleton, take_for(skeleton, seed=4), Placing(start=1), {"title": "x"})
    for frame in (1, 9, 22):
        scene.frame_set(frame)
        pose = pose_now(rig, skeleton, scale=scale)
        places = forward(pose)
        evaluated = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())

        def at(joint, evaluated=evaluated):
            bone = evaluated.pose.bones[skeleton.map[joint]]
            return skeleton.stage.to_motion(np.array(evaluated.matrix_world @ bone.head))

        for one, other in (
            ("left_hip", "left_knee"), ("right_knee", "right_ankle"), ("left_shoulder", "left_elbow"),
            ("right_elbow", "right_wrist"),
        ):  # fmt: skip
            seen, asked = at(other) - at(one), places[other] - places[one]
            cosine = seen @ asked / np.linalg.norm(seen) / np.linalg.norm(asked)
            assert math.degrees(math.acos(min(1, cosine))) < 0.5, (one, frame)
        middle = (at("left_hip") + at("right_hip")) / 2
        asked = (places["left_hip"] + places["right_hip"]) / 2
        heads = [rig.data.bones[skeleton.map[joint]].head_local for joint in ("left_ankle", "right_ankle")]
        ankle = np.mean([skeleton.stage.to_motion(np.array(rig.matrix_world @ head))[1] for head in heads])
        # The core's way back: heights from the ankle of a flat foot, the rest by the ratio of the legs.
        back = np.array([asked[0] * scale, ankle + (asked[1] - 0.09976) * scale, asked[2] * scale])
        assert back == pytest.approx(middle, abs=2e-3), frame


def test_keyed_poses_around_the_playhead(scene):
    rig = add_unreal()
    with pytest.raises(GengaError, match="no keyed pose on each side"):
        keyframes_around(rig, 10)
    for frame in (5, 30, 40):
        rig.pose.bones["thigh_l"].keyframe_insert("rotation_quaternion", frame=frame)
    assert keyframes_around(rig, 10) == (5, 30)
    assert keyframes_around(rig, 30) == (30, 40)
    scene.frame_set(12)
    say(scene, ("kneels", 20))
    plan = make_plan(scene, rig, None, seed=1, between_keys=True)
    assert [one["time_s"] for one in plan.params["key_poses"]] == [0, pytest.approx(25 / 24, abs=1e-6)]
    assert round(plan.params["segments"][0]["duration_s"] * 24) == 26
    assert plan.params["segments"][0]["prompt"] == "kneels" and plan.placing.start == 5
    assert scene.frame_current == 12


def test_key_poses_at_markers_leave_timeline_and_unkeyed_poses_alone(scene):
    rig = add_unreal()
    rig.pose.bones["thigh_l"].keyframe_insert("rotation_quaternion", frame=1)
    scene.frame_set(1)
    bent = Quaternion((0, 1, 0), 0.5)
    rig.pose.bones["hand_l"].rotation_quaternion = bent
    rig.pose.bones["thigh_l"].rotation_quaternion = bent  # not keyed: frame changes would take it back
    say(scene, ("walks", 48))
    scene.genga_motion.key_poses = "MARKERS"
    with pytest.raises(GengaError, match="No marker whose name begins with: pose"):
        make_plan(scene, rig, None, seed=1)
    scene.timeline_markers.new("pose: high", frame=13)
    scene.timeline_markers.new("pose", frame=99)  # outside
    plan = make_plan(scene, rig, None, seed=1)
    assert [one["time_s"] for one in plan.params["key_poses"]] == [0.5]
    assert len(plan.params["key_poses"][0]["rotations"]) == 22
    assert scene.frame_current == 1
    for name in ("hand_l", "thigh_l"):
        assert tuple(rig.pose.bones[name].rotation_quaternion) == pytest.approx(tuple(bent))
    scene.genga_motion.pose_selected_bones = True
    for bone in rig.pose.bones:
        chosen = bone.name in ("hand_l", "spine_03")
        if hasattr(bone, "select"):
            bone.select = chosen
        else:
            bone.bone.select = chosen
    (pose,) = make_plan(scene, rig, None, seed=1).params["key_poses"]
    assert set(pose["rotations"]) == {"left_wrist", "spine3"} and "root" not in pose


def test_selected_keyframes_are_poses(scene):
    rig = add_unreal()
    for frame in (5, 30):
        rig.pose.bones["thigh_l"].keyframe_insert("rotation_quaternion", frame=frame)
    from bl_ext.user_default.genga.motion.action_curves import curves_of

    for curve in curves_of(rig.animation_data):
        for point in curve.keyframe_points:
            point.select_control_point = point.co.x == 30
    assert keyframes_selected(rig) == [30]


def test_several_armatures_are_chosen_the_active_one_first(scene):
    from bl_ext.user_default.genga.motion.motion_operators import chosen_armatures

    one, two = add_unreal("one"), add_unreal("two")
    cube = bpy.data.objects.new("cube", None)
    scene.collection.objects.link(cube)
    select_only(two)
    one.select_set(True)
    cube.select_set(True)
    assert chosen_armatures(bpy.context) == [two, one]
    bpy.context.view_layer.objects.active = cube
    assert set(chosen_armatures(bpy.context)) == {one, two}
