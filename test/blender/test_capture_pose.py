"""Pose maps: joints to a pixel, what hides them, the rigs whose names are known."""

from __future__ import annotations

import math

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga.capture import openpose, pose_bones, pose_joints
from captures import capture_scene
from genga_client import GengaError
from mathutils import Matrix, Vector
from scenes import add_camera, add_cube, add_plane

# Joint of a standing person, metres; he looks along -Y, so that his left is at +X.
PLACES = {
    "head": (0, 0, 1.5),
    "upper_arm": (0.18, 0, 1.4),
    "forearm": (0.46, 0, 1.4),
    "hand": (0.72, 0, 1.4),
    "thigh": (0.1, 0, 0.9),
    "shin": (0.1, 0, 0.5),
    "foot": (0.1, 0, 0.08),
}
JOINT_OF = {
    "upper_arm": "shoulder",
    "forearm": "elbow",
    "hand": "wrist",
    "thigh": "hip",
    "shin": "knee",
    "foot": "ankle",
}


def names_of(rig: str) -> dict[str, str]:
    """Bone names of a rig by part, as it writes them."""
    sides = {"right": ("R", "Right", "r", "right"), "left": ("L", "Left", "l", "left")}
    forms = {
        "Rigify": lambda part, s: {"head": "spine.006"}.get(part, f"{part}.{s[0]}"),
        "Rigify, generated": lambda part, s: {"head": "DEF-spine.006"}.get(part, f"DEF-{part}.{s[0]}"),
        "Mixamo": lambda part, s: (
            "mixamorig:"
            + {
                "head": "Head",
                "upper_arm": f"{s[1]}Arm",
                "forearm": f"{s[1]}ForeArm",
                "hand": f"{s[1]}Hand",
                "thigh": f"{s[1]}UpLeg",
                "shin": f"{s[1]}Leg",
                "foot": f"{s[1]}Foot",
            }[part]
        ),
        "Unreal": lambda part, s: {
            "head": "head",
            "upper_arm": f"upperarm_{s[2]}",
            "forearm": f"lowerarm_{s[2]}",
            "shin": f"calf_{s[2]}",
        }.get(part, f"{part}_{s[2]}"),
        "VRM": lambda part, s: (
            "J_Bip_C_Head"
            if part == "head"
            else f"J_Bip_{s[0]}_"
            + {
                "upper_arm": "UpperArm",
                "forearm": "LowerArm",
                "hand": "Hand",
                "thigh": "UpperLeg",
                "shin": "LowerLeg",
                "foot": "Foot",
            }[part]
        ),
        "22 joints": lambda part, s: (
            "head" if part == "head" else f"{s[3]}_{JOINT_OF[part]}"
        ),
    }  # fmt: skip
    found = {"head": forms[rig]("head", sides["right"])}
    for side, words in sides.items():
        for limb in pose_bones.LIMBS:
            found[f"{side}_{limb}"] = forms[rig](limb, words)
    return found


def add_person(rig: str = "22 joints", name: str = "Person"):
    """Adds an armature with a bone for each part, hanging loose."""
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for part, bone_name in names_of(rig).items():
        side, _, limb = part.partition("_")
        place = Vector(PLACES["head" if part == "head" else limb])
        if side == "right":
            place.x = -place.x
        bone = armature.data.edit_bones.new(bone_name)
        bone.head = place
        bone.tail = place + Vector((0, 0.02, 0.1))
        bone.roll = 0.7  # rolls and tails mean nothing
    extra = armature.data.edit_bones.new("spine_01")
    extra.head, extra.tail = (0, 0, 1), (0, 0, 1.2)
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def expected_place(joint: str) -> Vector:
    side, _, word = joint.partition("_")
    limb = next(limb for limb, name in JOINT_OF.items() if name == word)
    place = Vector(PLACES[limb])
    return Vector((-place.x, place.y, place.z)) if side == "right" else place


def disc(picture: np.ndarray, joint: str) -> np.ndarray:
    """Middle of the pixels in a joint's own colour, or None."""
    colour = openpose.COLORS[pose_joints.JOINTS.index(joint)]
    rows, columns = np.nonzero((picture == colour).all(-1))
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5]) if len(rows) > 3 else None


def test_joints_stand_where_the_bones_do(fresh_scene):
    add_camera((0, -4, 0.9), target=(0, 0, 0.9), ortho_scale=2)
    add_person()
    add_plane("floor", size=20)
    maps = capture_scene("openpose", width=512, height=512)
    picture = maps.maps["openpose"]
    for joint in pose_joints.JOINTS[2:14]:
        pixels, _ = maps.view.project(np.array([expected_place(joint)]))
        assert np.abs(disc(picture, joint) - pixels[0]).max() <= 1, joint
    neck, _ = maps.view.project(np.array([(0, 0, 1.4)]))
    assert np.abs(disc(picture, "neck") - neck[0]).max() <= 1
    # He looks at us: his right eye is on our left; nose below the eyes; ears outermost.
    nose, right_eye, left_eye = (disc(picture, name) for name in ("nose", "right_eye", "left_eye"))
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_eye[1] < nose[1] < neck[0][1]


def test_limbs_have_openposes_colours_and_width(fresh_scene):
    add_camera((0, -4, 0.9), target=(0, 0, 0.9), ortho_scale=2)
    add_person()
    add_plane("floor", size=20)
    maps = capture_scene("openpose", width=512, height=512)
    picture = maps.maps["openpose"]
    # The left upper arm, from (0.18, 1.4) to (0.46, 1.4): 256 px a metre, 60 % of its limb's colour.
    shoulder, _ = maps.view.project(np.array([(0.32, 0, 1.4)]))
    x, y = shoulder[0].astype(int)
    shade = tuple(int(channel * 0.6) for channel in (170, 255, 0))
    assert tuple(picture[y, x]) == shade
    assert (picture[:, x] == shade).all(-1).sum() == pytest.approx(8, abs=1)
    colours = {tuple(c) for c in np.unique(picture.reshape(-1, 3), axis=0).tolist()}
    allowed = {(0, 0, 0), *openpose.COLORS}
    allowed |= {tuple(int(channel * 0.6) for channel in colour) for colour in openpose.COLORS}
    assert colours <= allowed
    half = capture_scene("openpose", width=256, height=256).maps["openpose"]
    middle, _ = maps.view.project(np.array([(0.32, 0, 1.4)]))
    assert (half[:, int(middle[0][0] / 2)] == shade).all(-1).sum() == pytest.approx(4, abs=1)


def test_a_person_seen_from_behind_has_no_face_but_ears(fresh_scene):
    add_camera((0, 4, 0.9), target=(0, 0, 0.9), ortho_scale=2)
    add_person()
    add_plane("floor", size=20)
    picture = capture_scene("openpose", width=512, height=512).maps["openpose"]
    assert disc(picture, "nose") is None
    assert disc(picture, "right_eye") is None
    assert disc(picture, "right_ear") is not None
    assert disc(picture, "right_shoulder")[0] > disc(picture, "left_shoulder")[0]


def test_the_face_turns_with_the_head(fresh_scene):
    add_camera((0, -4, 0.9), target=(0, 0, 0.9), ortho_scale=2)
    person = add_person()
    add_plane("floor", size=20)
    head = person.pose.bones["head"]
    turn = Matrix.Rotation(math.radians(80), 4, "Z")  # to his left
    rest = head.bone.matrix_local
    head.matrix = Matrix.Translation(rest.translation) @ turn @ rest.to_3x3().to_4x4()
    bpy.context.view_layer.update()
    maps = capture_scene("openpose", width=512, height=512)
    picture = maps.maps["openpose"]
    assert disc(picture, "left_ear") is None
    assert disc(picture, "right_ear") is not None
    assert disc(picture, "nose")[0] > 256 + 15  # his left is our right


def test_things_in_front_hide_joints_and_the_own_body_does_not(fresh_scene):
    add_camera((0, -4, 0.9), target=(0, 0, 0.9), ortho_scale=2)
    person = add_person()
    torso = add_cube("body", size=1, matrix=Matrix.Translation((0, 0, 1)) @ Matrix.Diagonal((0.5, 0.2, 1, 1)))
    torso.modifiers.new("Armature", "ARMATURE").object = person
    picture = capture_scene("openpose", width=512, height=512).maps["openpose"]
    assert disc(picture, "neck") is not None
    # The right wrist behind the back, 0.4 m behind the chest's surface.
    hand = person.pose.bones["right_wrist"]
    hand.matrix = Matrix.Translation((0, 0.3, 1.1))
    bpy.context.view_layer.update()
    picture = capture_scene("openpose", width=512, height=512).maps["openpose"]
    assert disc(picture, "right_wrist") is None
    assert disc(picture, "left_wrist") is not None
    add_cube("crate", size=0.3, matrix=Matrix.Translation((0.72, -1, 1.4)))
    picture = capture_scene("openpose", width=512, height=512).maps["openpose"]
    assert disc(picture, "left_wrist") is None
    assert disc(picture, "left_elbow") is not None


@pytest.mark.parametrize("rig", ["Rigify", "Rigify, generated", "Mixamo", "Unreal", "VRM", "22 joints"])
def test_the_bones_of_common_rigs_are_found_by_name(fresh_scene, rig):
    person = add_person(rig)
    mapping, found = pose_bones.bones_by_name(person)
    assert found == rig
    assert mapping == names_of(rig)
    assert pose_bones.can_pose(person)


def test_blenders_own_rigify_rig_is_found(fresh_scene):
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    try:
        bpy.ops.object.armature_human_metarig_add()
        rig = bpy.context.object
        mapping, found = pose_bones.bones_by_name(rig)
        assert found == "Rigify"
        assert set(mapping) >= set(pose_bones.PARTS)
        bpy.ops.pose.rigify_generate()
        generated = next(
            item for item in bpy.context.scene.objects if item.type == "ARMATURE" and item != rig
        )
        mapping, found = pose_bones.bones_by_name(generated)
        assert found == "Rigify, generated"
        assert set(mapping) >= set(pose_bones.PARTS)
        bpy.data.objects.remove(rig)
        add_camera((0, -4, 1.0), target=(0, 0, 1.0), ortho_scale=2.2)
        add_plane("floor", size=20)
        picture = capture_scene("openpose", width=512, height=512).maps["openpose"]
        assert all(disc(picture, joint) is not None for joint in pose_joints.JOINTS)
        assert disc(picture, "nose")[1] < disc(picture, "neck")[1]
        assert abs(disc(picture, "nose")[0] - 256) < 3
    finally:
        addon_utils.disable("rigify", default_set=True)


def test_bones_can_be_chosen_by_hand_and_found_by_a_button(fresh_scene):
    person = add_person()
    pose = person.genga.pose
    pose.right_hand = "spine_01"
    assert pose_bones.bones_of(person)[0]["right_hand"] == "spine_01"
    pose.right_hand = "no such bone"
    _, missing = pose_bones.bones_of(person)
    assert missing == ["right_hand"]
    pose.right_hand = ""
    bpy.ops.genga.find_pose_bones()
    assert pose.left_shin == "left_knee"
    bpy.ops.genga.clear_pose_bones()
    assert pose.left_shin == ""


def test_an_armature_that_is_no_person_is_refused_with_the_missing_bones(fresh_scene):
    add_camera((0, -4, 0.9))
    add_plane("floor", size=20)
    person = add_person(name="Robot")
    for bone in person.data.bones:
        bone.name = f"part {len(bone.name)} {bone.head_local.x:.2f} {bone.head_local.z:.2f}"
    with pytest.raises(GengaError, match='armature "Robot" cannot be drawn') as caught:
        capture_scene("openpose")
    assert "right upper arm" in str(caught.value)
    assert caught.value.code == "INVALID_REQUEST"
    assert not pose_bones.can_pose(person)


def test_a_scene_without_armatures_is_refused(fresh_scene):
    add_camera((0, -4, 0.9))
    add_plane("floor", size=20)
    with pytest.raises(GengaError, match="no visible armature"):
        capture_scene("openpose")


def test_of_two_people_one_can_be_chosen(fresh_scene):
    add_camera((0, -4, 0.9), target=(0, 0, 0.9), ortho_scale=4)
    add_plane("floor", size=20)
    add_person(name="Ann").location.x = -1
    add_person(name="Bob").location.x = 1
    bpy.context.view_layer.update()
    both = capture_scene("openpose", width=512, height=512).maps["openpose"]
    one = capture_scene("openpose", width=512, height=512, armatures=("Bob",)).maps["openpose"]
    assert both[:, :200].any() and both[:, 312:].any()
    assert not one[:, :200].any() and one[:, 312:].any()
