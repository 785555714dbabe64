"""`blender -b FILE --command genga mesh` and `texture`: arguments, files, exit codes."""

import json
from pathlib import Path

import bpy
import pytest
from bl_ext.user_default.genga.command.run_command import run_command
from bl_ext.user_default.genga.results.record import record_of
from scenes import add_cube


@pytest.fixture
def shop_file(fresh_scene, tmp_path):
    """A file with one object that has a UV map, and the cursor off the origin."""
    add_cube("Crate", 1.0, color=(0.5, 0.3, 0.1))
    fresh_scene.cursor.location = (3, 0, 0)
    fresh_scene.genga_mesh.bundle = "tiny-random-mesh"
    fresh_scene.genga_texture.bundle = "tiny-random-sd"
    file = tmp_path / "shop.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    return file


def run(capsys, *argv):
    """Runs a command in this process; gives exit code, standard output and standard error."""
    code = run_command(argv)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_meshes_are_made_saved_and_summed_up(connected, shop_file, tmp_path, capsys):
    output, mesh_file = tmp_path / "out" / "chairs.blend", tmp_path / "chair.glb"
    code, out, err = run(
        capsys, "mesh", "--prompt", "a blue chair", "--source", "parametric", "--count", "2", "--seed", "5",
        "--triangles", "5000", "--texture-size", "256", "--lods", "1", "--output", str(output),
        "--save-mesh", str(mesh_file), "--set", "mesh.own_size=true", "--set", "mesh.size_m=2", "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    summary = json.loads(out.splitlines()[-1])
    assert [one["seed"] for one in summary["meshes"]] == [5, 6]
    assert all(one["origin"]["category"] == "chair" for one in summary["meshes"])
    assert all(max(one["size_m"]) == pytest.approx(2, rel=1e-3) for one in summary["meshes"])
    for number, one in enumerate(summary["meshes"], 1):
        assert Path(one["file"]) == tmp_path / f"chair-{number}.glb"
        assert Path(one["file"]).read_bytes()[:4] == b"glTF"
        assert Path(f"{one['file']}.c2pa").stat().st_size > 1000
    bpy.ops.wm.open_mainfile(filepath=str(output))
    collection = bpy.data.collections[summary["collection"]]
    roots = [one.root for one in collection.genga_mesh.variations]
    assert [record_of(root)["seed"] for root in roots] == [5, 6]
    assert tuple(roots[0].location) == (3, 0, 0)
    assert f"genga: saved {output}" in out


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (("mesh", "--prompt", "a chair", "--output", "x.glb"), 64, "no .blend"),
        (("mesh", "--prompt", "a chair", "--source", "magic"), 64, "parametric"),
        (("mesh", "--prompt", "a chair", "--triangles", "0"), 64, "50 to"),
        (("mesh", "--prompt", "a chair", "--triangles", "10000000"), 64, "2000000"),
        (("mesh", "--prompt", "a chair", "--texture-size", "333"), 64, "1024"),
        (("mesh", "--prompt", "a chair", "--image", "none.png"), 64, "no image"),
        (("mesh", "--prompt", "a chair", "--seed", "-1"), 64, "0 to"),
        (("mesh", "--set", "mesh.nothing=1"), 64, "target_triangles"),
        (("mesh",), 65, "The prompt is empty"),
        (("mesh", "--prompt", "a chair", "--bundle", "none"), 69, "BUNDLE_NOT_FOUND"),
        (("texture", "--prompt", "stone", "--object", "No"), 64, "there are: Crate"),
        (("texture", "--prompt", "stone", "--views", "99"), 64, "1 to 32"),
        (("texture",), 65, "The prompt is empty"),
        (("texture", "--prompt", "stone", "--bundle", "none"), 69, "BUNDLE_NOT_FOUND"),
    ],
)
def test_mistakes_have_their_exit_code_and_a_sentence(connected, shop_file, capsys, argv, code, words):
    met, _, err = run(capsys, *argv)
    assert met == code, err
    assert words in err


def test_an_object_is_painted_and_saved(connected, shop_file, tmp_path, capsys):
    painted = tmp_path / "painted.glb"
    code, out, err = run(
        capsys, "texture", "--prompt", "mossy stone", "--seed", "5", "--views", "2", "--texture-size", "256",
        "--set", "texture.own_sampling=true", "--set", "texture.num_inference_steps=2",
        "--save-mesh", str(painted), "--json",
    )  # fmt: skip
    assert (code, err) == (0, "")
    summary = json.loads(out.splitlines()[-1])
    assert (summary["objects"], summary["seed"], summary["texture"]["texture_size"]) == (["Crate"], 5, 256)
    assert painted.read_bytes()[:4] == b"glTF" and painted.with_name("painted.glb.c2pa").exists()
    bpy.ops.wm.open_mainfile(filepath=str(shop_file))
    crate = bpy.data.objects["Crate"]
    assert record_of(crate)["prompt"] == "mossy stone"
    assert [image.packed_file is not None for image in bpy.data.images] == [True]


def test_without_a_uv_map_unwrap_is_asked_for(connected, shop_file, capsys):
    crate = bpy.data.objects["Crate"]
    crate.data.uv_layers.remove(crate.data.uv_layers[0])
    code, _, err = run(capsys, "texture", "--prompt", "stone")
    assert code == 65 and '"Crate" has no UV map' in err
