"""`blender -b FILE --command genga motion`: arguments, files, exit codes."""

import json
from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.genga.command.run_command import run_command
from bl_ext.user_default.genga.motion.action_curves import curves_of
from motion_rigs import add_mixamo, add_unreal


@pytest.fixture
def rig_file(fresh_scene, tmp_path):
    """A file with one armature, at 25 frames a second."""
    fresh_scene.render.fps = 25
    add_unreal("Hero")
    fresh_scene.genga_motion.bundle = "tiny-random-motion"
    file = tmp_path / "hero.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    return file


def run(capsys, *argv):
    """Runs a command in this process; gives exit code, standard output and standard error."""
    code = run_command(argv)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_motion_is_keyed_saved_and_summed_up(connected, rig_file, tmp_path, capsys):
    output, motion_file = tmp_path / "out" / "moving.blend", tmp_path / "walk.json"
    code, out, err = run(
        capsys, "motion", "--armature", "Hero", "--prompt", "a person walks forward", "--frames", "40",
        "--prompt", "sits down", "--frames", "35", "--seed", "5", "--start", "11", "--output", str(output),
        "--save-motion", str(motion_file), "--set", "motion.mode=generated", "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    summary = json.loads(out.splitlines()[-1])
    assert (summary["armature"], summary["frames"], summary["first_frame"], summary["seed"]) == (
        "Hero",
        75,
        11,
        5,
    )
    assert json.loads(motion_file.read_bytes())["frames"] == 75
    assert Path(f"{motion_file}.c2pa").stat().st_size > 1000
    bpy.ops.wm.open_mainfile(filepath=str(output))
    hero = bpy.data.objects["Hero"]
    action = hero.animation_data.action
    assert action.name == summary["action"]
    assert tuple(action.frame_range) == (11, 85)
    assert {len(curve.keyframe_points) for curve in curves_of(hero.animation_data)} == {75}
    record = json.loads(action["genga"])
    assert record["prompts"] == ["a person walks forward", "sits down"]
    assert (record["seed"], record["bundle"]) == (5, "tiny-random-motion")
    assert "genga: saved" in out


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("--armature", "No"), 64, "there are: Hero"),
        (("--output", "x.png"), 64, "no .blend"),
        (("--frames", "3"), 64, "--frames needs --prompt"),
        (("--prompt", "walks", "--frames", "3", "--frames", "4"), 64, "2 lengths"),
        (("--prompt", "walks", "--markers"), 64, "cannot go together"),
        (("--prompt", "walks", "--path", "No"), 64, "no object of this name"),
        (("--prompt", "walks", "--set", "motion.mode=fast"), 64, "hybrid"),
        (("--prompt", "walks", "--seed", "-1"), 64, "0 to"),
        ((), 65, "no sentence"),
        (("--markers",), 65, "No timeline marker"),
        (("--prompt", "walks", "--frames", "20000"), 65, "120 s"),
        (("--prompt", "walks", "--frames", "1"), 65, "0.04 s"),
        (("--prompt", "walks", "--bundle", "none"), 69, "BUNDLE_NOT_FOUND"),
        (("--prompt", "walks", "--output", "/proc/no/x.blend"), 74, "STORAGE_FULL"),
    ],
)
def test_mistakes_have_their_exit_code_and_a_sentence(connected, rig_file, capsys, argv, code, words):
    met, _, err = run(capsys, "motion", *argv)
    assert met == code, err
    assert words in err


def test_with_two_armatures_one_is_named(connected, rig_file, capsys):
    add_mixamo("Extra")
    code, _, err = run(capsys, "motion", "--prompt", "walks")
    assert (code, "Hero, Extra" in err or "Extra, Hero" in err) == (64, True)
