"""`blender -b FILE --command genga …`: arguments, files, exit codes."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.genga import session as sessions
from bl_ext.user_default.genga.command import exit_codes
from bl_ext.user_default.genga.command.run_command import run_command
from genga_client import connect
from scenes import add_camera, add_cube, add_sun

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.fixture
def box_file(fresh_scene, tmp_path):
    """A scene at 64 x 64 with the test bundle, saved; gives the file."""
    add_cube("box", 1.5, color=(0.7, 0.1, 0.1))
    add_sun((0.3, 0.5, -1), 3)
    add_camera((0, -5, 1.5), (0, 0, 0))
    props = fresh_scene.genga
    props.bundle, props.size_source, props.width, props.height = "tiny-random-sd", "OWN", 64, 64
    fresh_scene.frame_start, fresh_scene.frame_end = 1, 2
    file = tmp_path / "box.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    return file


def run(capsys, *argv):
    """Runs a command in this process; gives exit code, standard output and standard error."""
    code = run_command(argv)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_exit_codes_are_those_of_the_core():
    source = (ROOT / "core/src/cli/exit-codes.ts").read_text(encoding="utf-8")
    numbers = dict(re.findall(r"^  ([A-Z_]+): (\d+),$", source, re.MULTILINE))
    ours = {name: str(getattr(exit_codes, name)) for name in numbers}
    assert ours == numbers
    table = dict(re.findall(r'^  ([A-Z_]+): "([A-Z_]+)",$', source, re.MULTILINE))
    assert {code: str(number) for code, number in exit_codes.BY_ERROR.items()} == {
        code: numbers[name] for code, name in table.items()
    }


def test_image_saves_signed_files_and_sums_up(connected, box_file, tmp_path, capsys):
    code, out, err = run(
        capsys, "image", "--output", str(tmp_path / "out" / "box.png"), "--prompt", "a box", "--seed", "3",
        "--count", "2", "--set", "negative_prompt=fog", "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    summary = json.loads(out.splitlines()[-1])
    assert [one["seed"] for one in summary["files"]] == [3, 4]
    for one in summary["files"]:
        data = Path(one["file"]).read_bytes()
        assert data.startswith(b"\x89PNG") and b"c2pa" in data
    assert [Path(one["file"]).name for one in summary["files"]] == ["box-1.png", "box-2.png"]
    assert "genga: saved" in out


def test_frames_makes_the_range_and_keeps_it_the_second_time(connected, box_file, tmp_path, capsys):
    argv = (
        "frames",
        "--output",
        str(tmp_path / "f" / "##.webp"),
        "--start",
        "1",
        "--end",
        "3",
        "--step",
        "2",
        "--json",
    )
    code, out, _ = run(capsys, *argv)
    assert code == 0
    assert json.loads(out.splitlines()[-1])["made"] == [1, 3]
    assert sorted(file.name for file in (tmp_path / "f").glob("*.webp")) == ["01.webp", "03.webp"]
    code, out, _ = run(capsys, *argv)
    assert (code, json.loads(out.splitlines()[-1])["kept"]) == (0, [1, 3])
    assert "frame 3 kept" in out
    code, out, _ = run(capsys, *argv, "--existing", "overwrite", "--seed-policy", "per-frame", "--quiet")
    assert (code, json.loads(out)["made"]) == (0, [1, 3])


def test_maps_needs_no_core(box_file, tmp_path, capsys):
    sessions.get().stop()
    code, _, err = run(
        capsys, "maps", "--output", str(tmp_path / "maps"), "--kinds", "depth,segmentation", "--size", "96x64"
    )
    assert (code, err) == (0, "")
    assert sessions.get().state == "off"
    assert sorted(file.name for file in (tmp_path / "maps").iterdir()) == [
        "depth.png", "regions.json", "segmentation.png",
    ]  # fmt: skip
    header = (tmp_path / "maps" / "depth.png").read_bytes()[16:24]
    assert (int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")) == (96, 64)
    regions = json.loads((tmp_path / "maps" / "regions.json").read_text(encoding="utf-8"))
    assert any("box" in region["prompt"] for region in regions)


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        ((), 64, "usage"),
        (("paint",), 64, "paint"),
        (("image",), 64, "--output"),
        (("image", "--output", "x.tiff"), 64, ".png"),
        (("image", "--output", "x.png", "--set", "nothing=1"), 64, "negative_prompt"),
        (("image", "--output", "x.png", "--set", "seed=-1"), 64, "0 to"),
        (("image", "--output", "x.png", "--set", "seed"), 64, "KEY=VALUE"),
        (("image", "--output", "x.png", "--set", "mode=WRONG"), 64, "IMG2IMG"),
        (("image", "--output", "x.png", "--camera", "No"), 64, "Camera"),
        (("image", "--output", "x.png", "--scene", "No"), 64, "Scene"),
        (("image", "--output", "x.png", "--token-file", "/no/such"), 64, "/no/such"),
        (("maps", "--output", "m", "--kinds", "depth,xray"), 64, "xray"),
        (("maps", "--output", "m", "--size", "big"), 64, "512x288"),
        (("image", "--output", "x.png", "--bundle", "none"), 69, "BUNDLE_NOT_FOUND"),
        (("image", "--output", "x.png", "--set", "mode=INPAINT"), 65, "INVALID_REQUEST"),
        (("image", "--output", "/proc/no/x.png"), 74, "STORAGE_FULL"),
    ],
)
def test_mistakes_have_their_exit_code_and_a_sentence(connected, box_file, capsys, argv, code, words):
    met, _, err = run(capsys, *argv)
    assert met == code, err
    assert words in err


def test_a_wrong_token_and_a_core_that_is_not_there(core, box_file, tmp_path, capsys):
    current = sessions.get()
    current.stop()
    before = current._settings
    token = tmp_path / "token"
    token.write_text("wrong\n")
    try:
        argv = ("image", "--output", str(tmp_path / "x.png"), "--token-file", str(token), "--core")
        code, _, err = run(capsys, *argv, core.url)
        assert (code, err.startswith("UNAUTHORIZED")) == (77, True), err
        current.stop()
        code, _, err = run(capsys, *argv, "ws://127.0.0.1:9/")
        assert (code, err.startswith("CORE_NOT_RUNNING")) == (69, True), err
    finally:
        current.stop()
        current._settings = before


def test_help_is_no_mistake(capsys):
    code, out, _ = run(capsys, "frames", "--help")
    assert code == 0
    assert "--seed-policy" in out


def test_ctrl_c_cancels_the_job_and_ends_with_130(core, box_file, tmp_path):
    output = tmp_path / "x.png"
    command = [
        sys.executable, str(HERE / "headless.py"), str(box_file), "image", "--output", str(output),
        "--set", "own_sampling=true", "--set", "num_inference_steps=1000",
    ]  # fmt: skip
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 90
        while "/1000" not in (tmp_path / "log").read_text(errors="replace"):
            assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert not output.exists()
    with connect(home=core.home) as client:
        waited = time.monotonic() + 20
        while client.jobs(["running", "queued"]).jobs:
            assert time.monotonic() < waited
            time.sleep(0.1)
        assert client.jobs(["cancelled"]).jobs[0].client.startswith("genga-blender")
