"""Reading armatures and putting motion on them: axes, units, rotation modes, flags, what is left alone."""

import json
import math

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga.motion import bone_map, rigify
from bl_ext.user_default.genga.motion.action_curves import curves_of
from bl_ext.user_default.genga.motion.apply_motion import Placing, apply_motion, file_of_action
from bl_ext.user_default.genga.motion.pose_channels import pose_matrices
from bl_ext.user_default.genga.motion.read_rig import (
    needs_given_map,
    read_skeleton,
    rig_message,
    root_bone_of,
)
from bl_ext.user_default.genga.motion.rotations import (
    angles_between,
    between,
    continuous,
    matrices_of,
    quaternions_of,
)
from bl_ext.user_default.genga.motion.take import Take, read_take
from genga_client import GengaError
from mathutils import Quaternion
from motion_rigs import RIGS, UNREAL, add_mixamo, add_rig, add_unreal, names_of, select_only

FRAMES = 30


def take_for(skeleton, *, seed=1, frames=FRAMES, only=None):
    """A smooth motion of every mapped bone, up to 60 degrees, with the pelvis going 0.5 m."""
    random = np.random.default_rng(seed)
    t = np.linspace(0, 1, frames)[:, None]
    rotations, locations = {}, {}
    for joint, bone in skeleton.map.items():
        if only is not None and joint not in only:
            continue
        axis = random.normal(size=3)
        axis /= np.linalg.norm(axis)
        angle = random.uniform(0.3, 1.05) * np.sin(
            2 * math.pi * t * random.integers(1, 3) + random.uniform(0, 6)
        )
        rotations[bone] = np.hstack([axis * np.sin(angle / 2), np.cos(angle / 2)])
    locations[skeleton.map["pelvis"]] = np.hstack([0.5 * t, 0.1 * np.sin(6 * t), 0.3 * t * t])
    return Take(
        fps=24.0, frames=frames, root=np.zeros((frames, 3)), contacts=np.zeros((frames, 4), np.uint8),
        rotations=rotations, locations=locations, map=dict(skeleton.map), root_bone=None, scale=1.0, notes=(),
        origin=(),
    )  # fmt: skip


def worst_angle(one, other):
    """Largest angle between rotations of two sets of matrices, degrees."""
    return math.degrees(
        angles_between(quaternions_of(one[..., :3, :3]), quaternions_of(other[..., :3, :3])).max()
    )


def seen_poses(armature, bones, start, frames):
    """Bone → armature-space matrices as Blender evaluates them."""
    found = {bone: [] for bone in bones}
    for frame in range(start, start + frames):
        bpy.context.scene.frame_set(frame)
        evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for bone in bones:
            found[bone].append(np.array(evaluated.pose.bones[bone].matrix))
    return {bone: np.array(poses) for bone, poses in found.items()}


@pytest.fixture
def scene(fresh_scene):
    return fresh_scene


@pytest.fixture(params=RIGS)
def rig(request, scene):
    return RIGS[request.param]()


def test_rotations_agree_with_blenders(scene):
    random = np.random.default_rng(3)
    turns = random.normal(size=(200, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    theirs = np.array([np.array(Quaternion((w, x, y, z)).to_matrix()) for x, y, z, w in turns])
    assert np.abs(matrices_of(turns) - theirs).max() < 1e-6
    back = quaternions_of(theirs)
    assert np.minimum(np.abs(back - turns).max(1), np.abs(back + turns).max(1)).max() < 1e-6
    smooth = continuous(np.where(random.random((200, 1)) < 0.5, -1, 1) * np.sort(turns, 0))
    assert (np.sum(smooth[1:] * smooth[:-1], 1) >= 0).all()
    for a, b in zip(turns[:, :3], turns[::-1, :3], strict=True):
        assert between(a, b) @ (a / np.linalg.norm(a)) == pytest.approx(b / np.linalg.norm(b), abs=1e-9)
    assert between(np.array([0, 0, 1.0]), np.array([0, 0, -2.0])) @ [0, 0, 1] == pytest.approx([0, 0, -1])


def test_every_rig_has_its_joints_and_faces_forward_in_metres(scene, rig):
    skeleton = read_skeleton(scene, rig)
    assert len(skeleton.map) >= 20, skeleton.map
    message = rig_message(skeleton, given_map=True, root_bone=None)
    bones = {bone["name"]: bone for bone in message["bones"]}
    assert all(bone["parent"] < place for place, bone in enumerate(message["bones"]))
    place = {joint: np.array(bones[name]["head"]) for joint, name in skeleton.map.items()}
    left = place["left_hip"] - place["right_hip"]
    assert left[0] > 0.05 and np.abs(left[1:]).max() < 1e-3  # left is +X
    assert place["head"][1] > place["left_hip"][1] > place["left_knee"][1] > place["left_ankle"][1] > 0
    assert 0.2 < place["left_hip"][1] < 1.2
    toes = np.array(bones[skeleton.map["left_foot"]]["tail"]) - place["left_ankle"]
    assert toes[2] > 0.1  # looks along +Z
    assert place["left_ankle"][1] < 0.15
    for bone in message["bones"]:  # a bone's own Y axis runs along it
        along = matrices_of(np.array(bone["rotation"]))[:, 1]
        length = np.array(bone["tail"]) - np.array(bone["head"])
        assert along == pytest.approx(length / np.linalg.norm(length), abs=1e-4)


def test_the_message_does_not_change_with_where_the_armature_stands(scene):
    rig = add_unreal()
    before = rig_message(read_skeleton(scene, rig), given_map=True, root_bone=None)
    rig.location, rig.rotation_euler = (3, -2, 0.7), (0, 0, 1.234)
    bpy.context.view_layer.update()
    moved = read_skeleton(scene, rig)
    after = rig_message(moved, given_map=True, root_bone=None)
    for one, other in zip(before["bones"], after["bones"], strict=True):
        assert one["head"] == pytest.approx(other["head"], abs=1e-5)
        assert np.abs(np.abs(np.dot(one["rotation"], other["rotation"])) - 1) < 1e-6
    forward = moved.stage.to_blender(np.array([0, 0, 1.0])) - np.array(rig.location)
    assert forward == pytest.approx([math.sin(1.234), -math.cos(1.234), 0], abs=1e-6)
    points = np.random.default_rng(0).normal(size=(5, 3))
    assert moved.stage.to_blender(moved.stage.to_motion(points)) == pytest.approx(points)


def test_units_and_scale_become_metres(scene):
    rig = add_unreal()
    rig.scale = (200, 200, 200)
    scene.unit_settings.system, scene.unit_settings.scale_length = "METRIC", 0.01
    bpy.context.view_layer.update()
    skeleton = read_skeleton(scene, rig)
    assert skeleton.metres == pytest.approx(2.0)
    bones = {b["name"]: b for b in rig_message(skeleton, given_map=False, root_bone=None)["bones"]}
    assert bones["pelvis"]["head"] == pytest.approx([0, 1.96, 0], abs=1e-5)
    take = take_for(skeleton)
    apply_motion(rig, skeleton, take, Placing(start=1), {"title": "x"})
    seen = seen_poses(rig, ["pelvis"], 1, FRAMES)["pelvis"]
    # Locations came in metres along the bone's own axes.
    rest = np.array(rig.data.bones["pelvis"].matrix_local)
    went = (seen[:, :3, 3] - rest[:3, 3]) @ rest[:3, :3] * skeleton.metres
    assert np.abs(went - take.locations["pelvis"]).max() < 1e-4


def test_blender_shows_what_was_meant(scene, rig):
    skeleton = read_skeleton(scene, rig)
    take = take_for(skeleton)
    applied = apply_motion(rig, skeleton, take, Placing(start=11), {"title": "x"})
    meant = pose_matrices(skeleton, take)
    shown = {
        joint: rigify.source_of(rig, name) if skeleton.rigify else name
        for joint, name in skeleton.map.items()
    }
    seen = seen_poses(rig, set(shown.values()), 11, FRAMES)
    for joint, name in skeleton.map.items():
        pose = seen[shown[joint]]
        rest = {bone: np.array(rig.data.bones[bone].matrix_local) for bone in (name, shown[joint])}
        one = pose @ np.linalg.inv(rest[shown[joint]])
        other = meant[name] @ np.linalg.inv(rest[name])
        assert worst_angle(one, other) < 0.05, joint
        if joint not in ("spine1", "spine2", "spine3", "neck", "head"):
            joints = rest[name][:3, 3]
            apart = (one[:, :3, :3] @ joints + one[:, :3, 3]) - (other[:, :3, :3] @ joints + other[:, :3, 3])
            assert np.linalg.norm(apart, axis=1).max() * skeleton.metres < 2e-3, joint
    if skeleton.rigify:
        assert any("FK" in note for note in applied.notes)
        assert rig.pose.bones["thigh_parent.L"]["IK_FK"] == 1.0


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZYX", "YXZ", "AXIS_ANGLE"])
def test_every_rotation_mode_shows_the_same(scene, mode):
    rig = add_unreal()
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    skeleton = read_skeleton(scene, rig)
    take = take_for(skeleton, seed=5)
    # Twice around: Euler angles must go on beyond 180 degrees.
    turn = np.linspace(0, 4 * math.pi, FRAMES)
    take.rotations["thigh_l"][:] = np.stack(
        [np.sin(turn / 2), np.zeros(FRAMES), np.zeros(FRAMES), np.cos(turn / 2)], -1
    )
    apply_motion(rig, skeleton, take, Placing(start=1), {"title": "x"})
    meant = pose_matrices(skeleton, take)
    seen = seen_poses(rig, skeleton.map.values(), 1, FRAMES)
    for name in skeleton.map.values():
        assert worst_angle(seen[name], meant[name]) < 0.05, name
    paths = {curve.data_path.rpartition(".")[2] for curve in curves_of(rig.animation_data)}
    expected = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}.get(
        mode, "rotation_euler"
    )
    assert paths == {expected, "location"}
    jumps = [
        np.abs(np.diff([point.co.y for point in curve.keyframe_points])).max()
        for curve in curves_of(rig.animation_data)
    ]
    assert max(jumps) < 1.0  # no channel flips by half a turn


def test_flags_of_bones_are_respected(scene):
    rig = add_unreal()
    for name in ("spine_02", "calf_l", "upperarm_r"):
        rig.data.bones[name].use_inherit_rotation = False
    rig.data.bones["pelvis"].use_local_location = False
    skeleton = read_skeleton(scene, rig)
    take = take_for(skeleton, seed=6)
    apply_motion(rig, skeleton, take, Placing(start=1), {"title": "x"})
    meant = pose_matrices(skeleton, take)
    seen = seen_poses(rig, skeleton.map.values(), 1, FRAMES)
    for name in skeleton.map.values():
        assert worst_angle(seen[name], meant[name]) < 0.05, name
        assert np.abs(seen[name][:, :3, 3] - meant[name][:, :3, 3]).max() < 1e-3, name


def test_a_bone_between_that_is_posed_stays_posed_and_changes_nothing(scene):
    rig = add_unreal()
    rig.genga_motion.spine2 = rig.genga_motion.spine1 = ""
    skeleton = read_skeleton(scene, rig)
    take = take_for(skeleton, only=set(skeleton.map) - {"spine2", "left_collar"})
    bent = Quaternion((1, 0, 0), 0.4)
    for name in ("spine_02", "clavicle_l"):
        rig.pose.bones[name].rotation_mode = "QUATERNION"
        rig.pose.bones[name].rotation_quaternion = bent
    bpy.context.view_layer.update()
    apply_motion(rig, skeleton, take, Placing(start=1), {"title": "x"})
    meant = pose_matrices(skeleton, take)
    seen = seen_poses(rig, [*skeleton.map.values()], 1, FRAMES)
    assert tuple(rig.pose.bones["spine_02"].rotation_quaternion) == pytest.approx(tuple(bent))
    for name in ("spine_03", "upperarm_l", "head", "thigh_l"):
        assert worst_angle(seen[name], meant[name]) < 0.05, name


def test_nothing_else_is_touched(scene):
    rig = add_unreal()
    bystander = add_mixamo()
    own = bpy.data.actions.new("own")
    rig.animation_data_create().action = own
    rig.pose.bones["hand_l"].keyframe_insert("location", frame=5)
    own = rig.animation_data.action
    before = [(c.data_path, [tuple(p.co) for p in c.keyframe_points]) for c in curves_of(rig.animation_data)]
    names = {item.name for item in bpy.data.objects}
    skeleton = read_skeleton(scene, rig)
    applied = apply_motion(rig, skeleton, take_for(skeleton), Placing(start=1), {"title": "a walk"})
    assert rig.animation_data.action.name == applied.action == "a walk"
    assert {curve.group.name for curve in curves_of(rig.animation_data)} == set(skeleton.map.values())
    assert own.use_fake_user and own.name in bpy.data.actions
    assert any("own" in note for note in applied.notes)
    rig.animation_data.action = own
    if hasattr(own, "slots"):
        rig.animation_data.action_slot = own.slots[0]
    after = [(c.data_path, [tuple(p.co) for p in c.keyframe_points]) for c in curves_of(rig.animation_data)]
    assert after == before
    assert bystander.animation_data is None
    assert {item.name for item in bpy.data.objects} == names
    assert {item.name for item in bpy.data.actions} == {"own", "a walk"}


def test_a_strip_at_the_playhead_leaves_the_action_and_is_seen(scene):
    rig = add_unreal()
    skeleton = read_skeleton(scene, rig)
    take = take_for(skeleton)
    apply_motion(rig, skeleton, take, Placing(start=21, target="NLA"), {"title": "a walk"})
    assert rig.animation_data.action is None
    (strip,) = rig.animation_data.nla_tracks[-1].strips
    assert (strip.frame_start, strip.frame_end, strip.name) == (21, 21 + FRAMES - 1, "a walk")
    meant = pose_matrices(skeleton, take)
    seen = seen_poses(rig, skeleton.map.values(), 21, FRAMES)
    for name in skeleton.map.values():
        assert worst_angle(seen[name], meant[name]) < 0.05, name
    apply_motion(rig, skeleton, take, Placing(start=25, target="NLA"), {"title": "again"})
    assert len(rig.animation_data.nla_tracks) == 2


def test_few_keys_stay_within_their_error(scene):
    rig = add_unreal()
    skeleton = read_skeleton(scene, rig)
    take = take_for(skeleton, frames=120)
    every = apply_motion(rig, skeleton, take, Placing(start=1), {"title": "every"})
    few = apply_motion(
        rig, skeleton, take,
        Placing(start=1, few_keys=True, error_degrees=0.5, error_metres=0.002), {"title": "few"},
    )  # fmt: skip
    assert few.keys < every.keys / 4
    for name, values in take.rotations.items():
        group = f'pose.bones["{name}"].rotation_quaternion'
        curves = sorted(
            (c for c in curves_of(rig.animation_data) if c.data_path == group), key=lambda c: c.array_index
        )
        shown = np.array([[curve.evaluate(1 + frame) for curve in curves] for frame in range(120)])
        assert math.degrees(angles_between(shown[:, [1, 2, 3, 0]], values).max()) < 0.51, name
    places = [c for c in curves_of(rig.animation_data) if c.data_path == 'pose.bones["pelvis"].location']
    shown = np.array([[curve.evaluate(1 + frame) for curve in places] for frame in range(120)])
    assert np.linalg.norm(shown - take.locations["pelvis"], axis=1).max() < 0.0021


def test_a_loop_runs_into_itself(scene):
    rig = add_unreal()
    skeleton = read_skeleton(scene, rig)
    take = take_for(skeleton)
    placing = Placing(start=1, loop=True, in_place=True)
    action = bpy.data.actions[apply_motion(rig, skeleton, take, placing, {"title": "x"}).action]
    assert action.use_cyclic and (action.frame_start, action.frame_end) == (1, 1 + FRAMES)
    for curve in curves_of(rig.animation_data):
        assert curve.evaluate(1 + FRAMES * 3) == pytest.approx(curve.evaluate(1), abs=1e-5)
        assert curve.evaluate(4 + FRAMES) == pytest.approx(curve.evaluate(4), abs=1e-5)


def test_what_made_it_goes_with_the_file(scene, tmp_path):
    rig = add_unreal()
    skeleton = read_skeleton(scene, rig)
    record = {"title": "a walk", "job_id": "j", "seed": 7, "bundle": "b", "prompts": ["a walk"]}
    data, sidecar = bytes(range(256)) * 40, b"\0sidecar\0" * 9
    apply_motion(rig, skeleton, take_for(skeleton), Placing(start=1), record, data, sidecar)
    file = tmp_path / "walk.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    bpy.ops.wm.open_mainfile(filepath=str(file))
    action = bpy.data.actions["a walk"]
    assert json.loads(action["genga"]) == record
    assert file_of_action(action) == (data, sidecar)


def test_the_root_bone_is_the_topmost_or_the_chosen_one(scene):
    rig = add_unreal()
    skeleton = read_skeleton(scene, rig)
    assert root_bone_of(rig, skeleton) == "root"
    rig.genga_motion.root_bone = "nothing"
    with pytest.raises(GengaError, match='no bone "nothing"'):
        root_bone_of(rig, skeleton)
    rootless = add_mixamo()
    with pytest.raises(GengaError, match="no bone above the hips"):
        root_bone_of(rootless, read_skeleton(scene, rootless))


def test_chosen_bones_go_before_found_ones(scene):
    names = names_of(UNREAL, "l", "r")
    odd = {joint: f"b{number}" for number, joint in enumerate(names)}
    rig = add_rig("odd", odd)
    assert read_skeleton(scene, rig).map == {}  # the core looks by shape
    rig.genga_motion.head = odd["head"]
    with pytest.raises(GengaError, match="pelvis, left hip") as caught:
        read_skeleton(scene, rig)
    assert "left knee" in str(caught.value)
    for joint, name in odd.items():
        setattr(rig.genga_motion, joint, name)
    skeleton = read_skeleton(scene, rig)
    assert skeleton.map == odd and needs_given_map(rig, skeleton)
    assert not needs_given_map(add_unreal(), read_skeleton(scene, add_unreal("two")))
    select_only(rig)
    bpy.ops.genga.clear_motion_bones()
    assert bone_map.bone_map(rig) == {}


def refused(scene, rig, words):
    with pytest.raises(GengaError, match=words) as caught:
        read_skeleton(scene, rig)
    assert caught.value.code == "INVALID_REQUEST" and caught.value.remedy


def test_what_cannot_be_animated_is_refused_in_words(scene, tmp_path):
    refused(scene, None, "Nothing is active")
    cube = bpy.data.objects.new("cube", None)
    refused(scene, cube, '"cube" is no armature')
    rig = add_unreal()
    rig.data.pose_position = "REST"
    refused(scene, rig, "rest position")
    rig.data.pose_position = "POSE"
    select_only(rig)
    bpy.ops.object.mode_set(mode="EDIT")
    refused(scene, rig, "Edit Mode")
    bpy.ops.object.mode_set(mode="OBJECT")
    rig.scale = (1, 1, 2)
    bpy.context.view_layer.update()
    refused(scene, rig, "scaled by 1 × 1 × 2")
    rig.scale = (-1, 1, 1)
    bpy.context.view_layer.update()
    refused(scene, rig, "scaled by")
    rig.scale = (1, 1, 1)
    bpy.context.view_layer.update()
    file = tmp_path / "rig.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(file), link=True) as (_, here):
        here.objects = ["Unreal"]
    linked = here.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    refused(bpy.context.scene, linked, "linked from another file")
    own = linked.override_create()
    own.override_library.is_system_override = False
    bpy.context.scene.collection.objects.link(own)
    bpy.context.view_layer.update()
    skeleton = read_skeleton(bpy.context.scene, own)
    applied = apply_motion(own, skeleton, take_for(skeleton), Placing(start=1), {"title": "x"})
    assert own.animation_data.action.name == applied.action


def test_driven_bones_of_rigify_are_refused(scene):
    rig = RIGS["generated"]()
    rig.genga_motion.left_knee = "DEF-shin.L"
    refused(scene, rig, "DEF-shin.L")


def test_files_that_are_no_motion_are_refused():
    for data, words in ((b"\0", "no JSON"), (b"{}", "None"), (b"[]", "list")):
        with pytest.raises(GengaError, match=words):
            read_take(data)


def test_a_file_with_sparse_keys_is_filled_straight():
    file = {
        "format": "genga.motion.v1", "fps": 24, "frames": 5, "root": [[0, 0, 0]] * 5,
        "contacts": [[1, 0, 0, 0]] * 5, "segments": [], "origin": [],
        "rig": {
            "map": {}, "notes": ["n"], "scale": 0.5,
            "curves": [
                {"bone": "b", "channel": "rotation", "frames": [0, 4],
                 "values": [[0, 0, 0, 1], [1, 0, 0, 0]]},
                {"bone": "b", "channel": "location", "values": [[i, 0, 0] for i in range(5)]},
            ],
        },
    }  # fmt: skip
    take = read_take(json.dumps(file).encode())
    assert take.rotations["b"][2] == pytest.approx([0.5**0.5, 0, 0, 0.5**0.5])
    assert take.locations["b"][3, 0] == 3 and take.scale == 0.5 and take.notes == ("n",)
    assert take.contacts[:, 0].all() and not take.contacts[:, 1:].any()
