"""Regions: exact id colours, phrases and where they come from, the list in the panel."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga.capture import color_words, latest, phrases
from captures import capture_scene
from mathutils import Matrix
from scenes import add_camera, add_cube, add_material, add_plane

FACING = Matrix.Rotation(math.pi / 2, 4, "X")


@pytest.fixture
def two_planes(fresh_scene):
    add_camera((0, -5, 0), ortho_scale=4)
    add_plane("Barn.001", size=2, matrix=Matrix.Translation((-1, 0, 0)) @ FACING, color=(0.6, 0.03, 0.03))
    add_plane("Pond", size=2, matrix=Matrix.Translation((1, 0, 0)) @ FACING, color=(0.03, 0.12, 0.6))
    return fresh_scene


def by_object(maps):
    return {region.objects: region for region in maps.regions}


def colour(region) -> tuple[int, ...]:
    return tuple(bytes.fromhex(region.color[1:]))


def test_every_pixel_has_exactly_its_objects_colour(two_planes):
    maps = capture_scene("segmentation")
    regions = by_object(maps)
    barn, pond = regions["Barn.001",], regions["Pond",]
    picture = maps.maps["segmentation"]
    # Two squares of 128 pixels side by side, rows 64 to 192.
    assert (picture[64:192, :128] == colour(barn)).all()
    assert (picture[64:192, 128:] == colour(pond)).all()
    assert (picture[:64] == 0).all() and (picture[192:] == 0).all()
    assert barn.pixels == pond.pixels == 128 * 128
    background = regions[()]
    assert background.color == "#000000" and background.pixels == 128 * 256
    assert sum(region.pixels for region in maps.regions) == 256 * 256


def test_a_default_phrase_is_made_of_name_and_colour(two_planes):
    regions = by_object(capture_scene("segmentation"))
    assert regions["Barn.001",].phrase == "a red barn"
    assert regions["Pond",].phrase == "a blue pond"
    assert regions["Pond",].source == "DEFAULT"


def test_an_object_beats_its_collection_beats_the_default(two_planes):
    scene = two_planes
    outer, inner = bpy.data.collections.new("outer"), bpy.data.collections.new("inner")
    scene.collection.children.link(outer)
    outer.children.link(inner)
    for item in list(scene.collection.objects):
        if item.type == "MESH":
            scene.collection.objects.unlink(item)
            inner.objects.link(item)
    outer.genga.phrase = "a farm"
    assert {r.phrase for r in capture_scene("segmentation").regions} >= {"a farm"}
    inner.genga.phrase = "a ruin"
    barn = bpy.data.objects["Barn.001"]
    barn.genga.phrase = "a barn with a thatched roof"
    regions = by_object(capture_scene("segmentation"))
    assert regions["Barn.001",].phrase == "a barn with a thatched roof"
    assert regions["Barn.001",].source == "OBJECT"
    assert regions["Pond",].phrase == "a ruin"
    assert regions["Pond",].source == "COLLECTION"
    barn.genga.use_phrase = False
    assert by_object(capture_scene("segmentation"))["Barn.001", "Pond"].phrase == "a ruin"


def test_regions_with_the_same_phrase_are_one(two_planes):
    for name in ("Barn.001", "Pond"):
        bpy.data.objects[name].genga.phrase = "a wall"
    maps = capture_scene("segmentation")
    region = by_object(maps)["Barn.001", "Pond"]
    assert region.pixels == 2 * 128 * 128
    assert (maps.maps["segmentation"][64:192] == colour(region)).all()


def test_a_phrase_keeps_its_colour_when_the_view_changes(two_planes):
    before = by_object(capture_scene("segmentation"))["Pond",].color
    bpy.data.objects["Barn.001"].hide_render = True
    bpy.context.scene.camera.location.x += 0.3
    assert by_object(capture_scene("segmentation"))["Pond",].color == before


def test_tiny_regions_are_dropped_and_counted(two_planes):
    add_cube("Pebble", size=0.1, matrix=Matrix.Translation((0, -1, 0)))
    maps = capture_scene("segmentation", min_region_pixels=64)
    assert not any("Pebble" in region.objects for region in maps.regions)
    assert any("1 regions under 64 pixels" in note for note in maps.notes)
    assert tuple(maps.maps["segmentation"][128, 128]) == (128, 128, 128)
    assert any("Pebble" in r.objects for r in capture_scene("segmentation", min_region_pixels=8).regions)


def test_materials_can_be_regions(two_planes):
    barn = bpy.data.objects["Barn.001"]
    barn.data.materials[0].name = "walls"
    barn.data.materials.append(add_material("roof", (0.9, 0.9, 0.88)))
    mesh = barn.data
    mesh.clear_geometry()
    mesh.from_pydata(
        [(-1, -1, 0), (1, -1, 0), (1, 0, 0), (-1, 0, 0), (1, 1, 0), (-1, 1, 0)],
        [],
        [(0, 1, 2, 3), (3, 2, 4, 5)],
    )
    mesh.polygons[1].material_index = 1
    mesh.update()
    maps = capture_scene("segmentation", regions_by_material=True)
    found = {region.phrase: region for region in maps.regions}
    assert found["red barn walls"].pixels == found["a white barn roof"].pixels == 64 * 128
    assert tuple(maps.maps["segmentation"][80, 60]) == colour(found["a white barn roof"])
    bpy.data.materials["roof"].genga.phrase = "a roof of slate"
    maps = capture_scene("segmentation", regions_by_material=True)
    assert "a roof of slate" in {region.phrase for region in maps.regions}
    # By object the same house is one region with two colours.
    assert by_object(capture_scene("segmentation"))["Barn.001",].phrase in (
        "a red barn with white details",
        "a white barn with red details",
    )


def test_a_texture_gives_the_colour_word(two_planes):
    barn = bpy.data.objects["Barn.001"]
    tree = barn.data.materials[0].node_tree
    image = bpy.data.images.new("swatches", 4, 4)
    image.pixels.foreach_set(np.tile(np.array([0.26, 0.59, 0.27, 1], np.float32), 16))
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    assert by_object(capture_scene("segmentation"))["Barn.001",].phrase == "a green barn"


def test_instances_have_the_phrase_of_what_is_instanced(two_planes):
    group = bpy.data.collections.new("stones")
    stone = add_cube("Stone", size=0.6, color=(0.25, 0.25, 0.26))
    two_planes.collection.objects.unlink(stone)
    group.objects.link(stone)
    for z in (-1.5, 1.5):
        empty = bpy.data.objects.new(f"place {z}", None)
        empty.instance_type, empty.instance_collection = "COLLECTION", group
        empty.location = (0, 0, z)
        two_planes.collection.objects.link(empty)
    assert by_object(capture_scene("segmentation"))["Stone",].phrase == "a gray stone"
    group.genga.phrase = "mossy boulders"
    assert by_object(capture_scene("segmentation"))["Stone",].phrase == "mossy boulders"
    bpy.data.objects["Stone"].genga.phrase = "a pebble"
    assert by_object(capture_scene("segmentation"))["Stone",].phrase == "a pebble"


def test_the_background_follows_the_world(two_planes):
    assert by_object(capture_scene("segmentation"))[()].phrase == "a gray background"
    world = bpy.data.worlds.new("sky")
    if bpy.app.version < (5, 0, 0):
        world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.3, 0.55, 0.95, 1)
    two_planes.world = world
    assert by_object(capture_scene("segmentation"))[()].phrase == "a clear blue sky"
    two_planes.genga_maps.background_phrase = "a stormy sky"
    region = by_object(capture_scene("segmentation"))[()]
    assert (region.phrase, region.source) == ("a stormy sky", "WORLD")


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("Church.001", "church"),
        ("building_Church_red.012", "building church red"),
        ("SM_OakTree_LOD0", "oak tree"),
        ("Cube.003", "cube"),
        ("Plane", "floor"),
        ("Mesh_0001", "thing"),
        ("木", "木"),
    ],
)
def test_nouns_of_names(name, noun):
    assert phrases.noun_of(name) == noun


def test_articles():
    assert phrases.with_article("orange barrel") == "an orange barrel"
    assert phrases.with_article("green stairs") == "green stairs"
    assert phrases.with_article("grass") == "grass"
    assert phrases.with_article("glass") == "glass"
    assert phrases.with_article("red bus") == "a red bus"


def test_colour_words_are_those_the_starter_was_taught():
    root = Path(__file__).resolve().parents[2]
    sys.path.insert(0, str(root))
    try:
        from models.training.image import words
    finally:
        sys.path.remove(str(root))
    assert words.COLOURS == color_words.COLORS
    known = {name for name in words.ALL_COLOURS if name in color_words._NAMES}
    taught = {name: np.rint(words.ALL_COLOURS[name] * 255).astype(int) for name in known}
    assert known == set(color_words._NAMES)
    named = color_words.color_names(np.array(list(taught.values())))
    # Two shades of two colours can lie so near that the plainer name is the better one.
    assert sum(name == found for name, found in zip(taught, named, strict=True)) > 0.9 * len(taught)
    assert all(name in taught for name in named)


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((156, 107, 79), "brown"),
        ((147, 95, 71), "brown"),
        ((138, 90, 60), "brown"),
        ((119, 119, 119), "gray"),
        ((204, 34, 51), "red"),
        ((46, 125, 91), "teal"),
        ((224, 176, 128), "tan"),
        ((51, 102, 170), "blue"),
    ],
)
def test_colours_are_named_as_people_name_them(rgb, name):
    assert color_words.color_names(np.array([rgb])) == [name]


def test_the_panels_list_follows_the_maps_and_writes_back(two_planes):
    assert bpy.ops.genga.capture_maps() == {"FINISHED"}
    rows = two_planes.genga_maps.regions
    assert sorted(row.phrase for row in rows) == ["a blue pond", "a gray background", "a red barn"]
    # Listing alone changes nothing.
    assert bpy.data.objects["Pond"].genga.phrase == ""
    row = next(row for row in rows if row.objects == "Pond")
    assert tuple(round(c * 255) for c in row.color) != (0, 0, 0)
    row.phrase = "a frozen pond"
    assert bpy.data.objects["Pond"].genga.phrase == "a frozen pond"
    next(row for row in rows if not row.objects).phrase = "fog"
    assert two_planes.genga_maps.background_phrase == "fog"
    bpy.ops.genga.capture_maps()
    assert sorted(row.phrase for row in rows) == ["a frozen pond", "a red barn", "fog"]

    two_planes.genga_maps.region_index = [row.objects for row in rows].index("Pond")
    assert bpy.ops.genga.select_region() == {"FINISHED"}
    assert [item.name for item in bpy.context.selected_objects] == ["Pond"]
    bpy.context.view_layer.objects.active = bpy.data.objects["Barn.001"]
    assert bpy.ops.genga.find_region() == {"FINISHED"}
    assert rows[two_planes.genga_maps.region_index].objects == "Barn.001"
    bpy.ops.genga.reset_phrases()
    bpy.ops.genga.capture_maps()
    assert sorted(row.phrase for row in rows) == ["a blue pond", "a gray background", "a red barn"]


def test_maps_are_saved_with_their_regions(two_planes, tmp_path):
    assert bpy.ops.genga.save_maps(directory=str(tmp_path / "maps")) == {"FINISHED"}
    names = sorted(path.name for path in (tmp_path / "maps").iterdir())
    assert names == [
        "depth.png",
        "light.png",
        "lineart.png",
        "normal.png",
        "regions.json",
        "segmentation.png",
    ]
    regions = json.loads((tmp_path / "maps" / "regions.json").read_text())
    assert {entry["prompt"] for entry in regions} == {"a blue pond", "a gray background", "a red barn"}
    image = bpy.data.images.load(str(tmp_path / "maps" / "segmentation.png"))
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    found = {tuple(p) for p in np.rint(pixels.reshape(-1, image.channels)[:, :3] * 255).astype(int).tolist()}
    assert found == {tuple(bytes.fromhex(entry["color"][1:])) for entry in regions}


def test_a_map_is_shown_as_one_image(two_planes):
    bpy.ops.genga.capture_maps()
    count = len(bpy.data.images)
    bpy.ops.genga.show_map(kind="normal")
    bpy.ops.genga.show_map(kind="normal")
    assert len(bpy.data.images) == count + 1
    image = bpy.data.images["Genga Normal"]
    assert image.packed_file is not None
    shown = latest(two_planes).view
    assert tuple(image.size) == (shown.width, shown.height)


def test_a_folder_that_cannot_be_written_is_said(two_planes, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeError, match="could not be written"):
        bpy.ops.genga.save_maps(directory=str(tmp_path / "file" / "below"))
