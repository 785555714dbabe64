"""Depth and normals against formulas; what is drawn and what is not."""

from __future__ import annotations

import math

import bpy
import numpy as np
import pytest
from captures import capture_scene
from genga_client import GengaError
from mathutils import Matrix, Vector
from scenes import add_camera, add_cube, add_material, add_plane, add_sphere

FACING = Matrix.Rotation(math.pi / 2, 4, "X")  # a plane that faces -Y


def decoded(pixels: np.ndarray) -> np.ndarray:
    return pixels / 127.5 - 1


def test_a_plane_at_a_known_distance(fresh_scene):
    add_camera((0, -5, 0))
    add_plane(size=20, matrix=Matrix.Translation((0, 2, 0)) @ FACING)
    maps = capture_scene("depth", "normal")
    assert maps.depth == pytest.approx(7.0, rel=1e-4)
    assert (maps.maps["normal"] == (128, 128, 255)).all()


@pytest.mark.parametrize("degrees", [20, -35, 60])
def test_a_tilted_plane_has_one_normal_and_its_own_depth(fresh_scene, degrees):
    add_camera((0, -5, 0), ortho_scale=2)
    angle = math.radians(degrees)
    add_plane(size=20, matrix=Matrix.Rotation(angle, 4, "X") @ FACING)
    maps = capture_scene("depth", "normal")
    # In view space; its points have depth 5 - z tan(angle), z up.
    expected = np.array([0, -math.sin(angle), math.cos(angle)])
    assert np.abs(decoded(maps.maps["normal"].astype(float)) - expected).max() < 0.01
    z = 1 - (np.arange(256) + 0.5) / 128
    assert np.abs(maps.depth - (5 - z * math.tan(angle))[:, None]).max() < 0.001


@pytest.mark.parametrize("ortho", [None, 2.5])
def test_the_normals_of_a_sphere(fresh_scene, ortho):
    add_camera((0, -5, 0), ortho_scale=ortho)
    add_sphere(radius=1.0)
    maps = capture_scene("depth", "normal")
    hit = np.isfinite(maps.depth)
    points = maps.view.positions(np.where(hit, maps.depth, 1.0))[hit]
    centre = np.array([0, 0, -5])
    # True normals of the points that the depth gives; the sphere has 128 segments.
    expected = (points - centre) / np.linalg.norm(points - centre, axis=-1, keepdims=True)
    found = decoded(maps.maps["normal"][hit].astype(float))
    inner = expected[:, 2] > 0.2
    assert np.abs(np.linalg.norm(points - centre, axis=-1) - 1)[inner].max() < 0.01
    assert np.abs(found - expected)[inner].max() < 0.01


def test_depth_is_white_near_black_behind_everything_and_has_16_bits(fresh_scene, tmp_path):
    add_camera((0, -5, 0), ortho_scale=4)
    add_plane("far", size=2, matrix=Matrix.Translation((-1, 3, 0)) @ FACING)
    add_plane("near", size=2, matrix=Matrix.Translation((1, 0, 0)) @ FACING)
    maps = capture_scene("depth")
    grey = maps.maps["depth"]
    assert grey.dtype == np.uint8
    assert {*np.unique(grey)} == {0, 255}
    assert grey[128, 192] == 255  # near
    assert grey[128, 64] == 0  # the farthest of the foreground
    assert grey[10, 128] == 0  # nothing
    path = tmp_path / "depth.png"
    path.write_bytes(maps.png("depth"))
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    assert image.size[:] == (256, 256)
    assert image.depth in (16, 64, 128) or image.is_float
    pixels = np.empty(256 * 256 * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    assert np.allclose(pixels.reshape(256, 256, -1)[::-1, :, 0], grey / 255, atol=1 / 255)


def test_faces_have_two_sides_and_any_scale(fresh_scene):
    add_camera((0, -5, 0))
    add_plane(size=20, matrix=Matrix.Diagonal((-1, 3, 1, 1)) @ Matrix.Rotation(-math.pi / 2, 4, "X"))
    assert (capture_scene("normal").maps["normal"] == (128, 128, 255)).all()


def test_modifiers_count(fresh_scene):
    add_camera((0, -5, 0), ortho_scale=4)
    cube = add_cube(size=2)
    corner = capture_scene("depth").depth[66, 66]
    assert np.isfinite(corner)
    cube.modifiers.new("Subdivision", "SUBSURF").levels = 3
    assert not np.isfinite(capture_scene("depth").depth[66, 66])  # the corner is round now
    cube.modifiers.clear()
    cube.location.x = -1.2
    cube.scale = (0.5, 0.5, 0.5)
    mirror = cube.modifiers.new("Mirror", "MIRROR")
    mirror.mirror_object = bpy.data.objects.new("centre", None)
    fresh_scene.collection.objects.link(mirror.mirror_object)
    hit = np.isfinite(capture_scene("depth").depth)
    assert hit.any()
    assert np.array_equal(hit, hit[:, ::-1])


def test_collection_instances_are_drawn_where_they_stand(fresh_scene):
    add_camera((0, -10, 0), ortho_scale=10)
    cube = add_cube("brick", size=1)
    group = bpy.data.collections.new("bricks")
    fresh_scene.collection.objects.unlink(cube)
    group.objects.link(cube)
    for x in (-3, 0, 3):
        empty = bpy.data.objects.new(f"spot {x}", None)
        empty.instance_type = "COLLECTION"
        empty.instance_collection = group
        empty.location = (x, 0, x / 3)
        fresh_scene.collection.objects.link(empty)
    maps = capture_scene("depth")
    pixels, _ = maps.view.project(np.array([(x, -0.5, x / 3) for x in (-3, 0, 3)]))
    for column, row in pixels.astype(int):
        assert maps.depth[row, column] == pytest.approx(9.5, rel=1e-4)
    assert np.isfinite(maps.depth).sum() == pytest.approx(3 * 25.6**2, rel=0.03)


def test_geometry_nodes_instances_are_drawn(fresh_scene):
    add_camera((0, -10, 0), ortho_scale=10)
    carrier = add_plane("carrier", size=4, matrix=FACING)
    tree = bpy.data.node_groups.new("instances", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    start, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    put, cube = tree.nodes.new("GeometryNodeInstanceOnPoints"), tree.nodes.new("GeometryNodeMeshCube")
    cube.inputs["Size"].default_value = (1, 1, 1)
    tree.links.new(start.outputs[0], put.inputs["Points"])
    tree.links.new(cube.outputs["Mesh"], put.inputs["Instance"])
    tree.links.new(put.outputs[0], end.inputs[0])
    carrier.modifiers.new("Nodes", "NODES").node_group = tree
    maps = capture_scene("depth")
    pixels, _ = maps.view.project(np.array([(x, -0.5, z) for x in (-2, 2) for z in (-2, 2)]))
    for column, row in pixels.astype(int):
        assert maps.depth[row, column] == pytest.approx(9.5, rel=1e-3)
    assert not np.isfinite(maps.depth[128, 128])  # the carrier itself is gone


@pytest.mark.parametrize("how", ["render", "collection", "camera rays"])
def test_what_renders_do_not_show_is_not_drawn(fresh_scene, how):
    add_camera((0, -5, 0))
    add_plane(size=20, matrix=Matrix.Translation((0, 3, 0)) @ FACING)
    cube = add_cube(size=1)
    if how == "render":
        cube.hide_render = True
    elif how == "collection":
        group = bpy.data.collections.new("helpers")
        fresh_scene.collection.children.link(group)
        fresh_scene.collection.objects.unlink(cube)
        group.objects.link(cube)
        group.hide_render = True
    else:
        cube.visible_camera = False
    assert capture_scene("depth").depth[128, 128] == pytest.approx(8.0, rel=1e-4)


def test_a_holdout_is_a_hole(fresh_scene):
    add_camera((0, -5, 0))
    add_plane(size=20, matrix=Matrix.Translation((0, 3, 0)) @ FACING)
    cube = add_cube(size=1)
    cube.is_holdout = True
    maps = capture_scene("depth", "segmentation")
    assert math.isinf(maps.depth[128, 128])
    assert maps.depth[20, 20] == pytest.approx(8.0, rel=1e-4)
    assert tuple(maps.maps["segmentation"][128, 128]) == (0, 0, 0)


def test_curves_text_and_metaballs_have_surfaces(fresh_scene):
    add_camera((0, -8, 0), ortho_scale=8)
    text = bpy.data.objects.new("word", bpy.data.curves.new("word", "FONT"))
    text.data.body, text.data.size, text.data.align_x = "III", 2, "CENTER"
    text.matrix_world = Matrix.Translation((0, 0, 1.5)) @ FACING
    ball = bpy.data.objects.new("drop", bpy.data.metaballs.new("drop"))
    ball.data.elements.new().radius = 1.5
    ball.location = (-2, 0, -2)
    ring = bpy.data.objects.new("wire", bpy.data.curves.new("wire", "CURVE"))
    ring.data.dimensions, ring.data.bevel_depth = "3D", 0.3
    spline = ring.data.splines.new("POLY")
    spline.points.add(1)
    spline.points[0].co, spline.points[1].co = (1, 0, -2, 1), (3, 0, -2, 1)
    for item in (text, ball, ring):
        fresh_scene.collection.objects.link(item)
    maps = capture_scene("depth", "segmentation")
    names = {name for region in maps.regions for name in region.objects}
    assert names == {"word", "drop", "wire"}


def test_a_change_of_the_mesh_is_seen_at_once(fresh_scene):
    add_camera((0, -5, 0), ortho_scale=4)
    cube = add_cube(size=2)
    first = capture_scene("depth", "normal")
    again = capture_scene("depth", "normal")
    assert np.array_equal(first.depth, again.depth)
    cube.data.vertices[0].co.x -= 0.8
    cube.data.update()
    assert not np.array_equal(capture_scene("depth").depth, first.depth)


def test_shading_of_smooth_faces_changes_normals_alone(fresh_scene):
    add_camera((0, -5, 0), ortho_scale=2.5)
    sphere = add_sphere(segments=16)
    smooth = capture_scene("depth", "normal")
    sphere.data.polygons.foreach_set("use_smooth", [False] * len(sphere.data.polygons))
    sphere.data.update()
    flat = capture_scene("depth", "normal")
    assert np.array_equal(smooth.depth, flat.depth)
    assert len(np.unique(flat.maps["normal"].reshape(-1, 3), axis=0)) < 16 * 8
    assert len(np.unique(smooth.maps["normal"].reshape(-1, 3), axis=0)) > 1000


def test_an_empty_scene_and_an_unknown_map_are_refused(fresh_scene):
    add_camera()
    with pytest.raises(GengaError, match="Nothing with a surface"):
        capture_scene("depth")
    add_cube()
    with pytest.raises(GengaError, match='Unknown control map "albedo"; expected one of: depth'):
        capture_scene("albedo")


def test_a_view_past_everything_says_so(fresh_scene):
    add_camera((0, -5, 0), target=(0, -10, 0))
    add_cube()
    maps = capture_scene("depth", "normal", "lineart", "segmentation", "light")
    assert not np.isfinite(maps.depth).any()
    assert any("in the view" in note for note in maps.notes)
    assert not maps.maps["lineart"].any()


def test_particle_hair_is_left_out_with_a_note(fresh_scene):
    add_camera()
    cube = add_cube()
    cube.modifiers.new("hair", "PARTICLE_SYSTEM")
    cube.particle_systems[0].settings.type = "HAIR"
    maps = capture_scene("depth")
    assert any("hair" in note for note in maps.notes)


def test_canny_is_the_shaded_view_with_its_preprocessor(fresh_scene):
    add_camera((0, -5, 0))
    cube = add_cube()
    cube.data.materials.append(add_material("red", (1, 0, 0)))
    maps = capture_scene("canny", "depth")
    assert maps.preprocessor("canny") == "canny"
    assert maps.preprocessor("depth") == "none"
    red, green, blue = maps.maps["canny"][128, 128].tolist()
    assert red > 80 and green == blue == 0
    assert tuple(maps.maps["canny"][0, 0]) == (255, 255, 255)


def test_lines_stand_on_edges_and_have_their_width(fresh_scene):
    add_camera((0, -5, 0), ortho_scale=4)
    add_plane("wall", size=20, matrix=Matrix.Translation((0, 3, 0)) @ FACING)
    add_cube(size=2)
    for width in (1.2, 3.0):
        lines = capture_scene("lineart", line_width_px=width).maps["lineart"] / 255
        # The cube's left edge: x = -1 → pixel 64.
        row = lines[128, 50:80]
        assert row.sum() == pytest.approx(width, rel=0.15)
        middle = (row * (np.arange(50, 80) + 0.5)).sum() / row.sum()
        assert middle == pytest.approx(64, abs=0.3)
        assert lines[128, 100:156].max() == 0  # nothing inside the flat face
        assert lines[20, 20:236].max() == 0  # nothing on the wall


def test_lines_show_creases_and_borders_of_materials(fresh_scene):
    camera = add_camera((3, -5, 0), ortho_scale=4)
    cube = add_cube(size=2)
    with_crease = capture_scene("lineart").maps["lineart"]
    without = capture_scene("lineart", crease_radians=math.radians(95)).maps["lineart"]
    edge, _ = np.array(camera.matrix_world.inverted() @ Vector((1, -1, 0))), None
    column = int(128 + edge[0] * 64)
    assert with_crease[128, column - 1 : column + 2].max() > 100
    assert without[128, column - 1 : column + 2].max() == 0
    cube.data.materials.append(add_material("a", (1, 0, 0)))
    cube.data.materials.append(add_material("b", (0, 1, 0)))
    cube.data.polygons[2].material_index = cube.data.polygons[3].material_index = 1
    assert capture_scene("lineart", crease_radians=math.radians(95)).maps["lineart"].sum() >= without.sum()


def test_slices_of_a_large_scene_are_short(fresh_scene):
    import time

    from bl_ext.user_default.genga import capture

    add_camera((0, -8, 0))
    for x in range(10):
        add_sphere(f"ball {x}", 0.5, segments=100, matrix=Matrix.Translation((x - 4.5, 0, 0)))
    depsgraph = bpy.context.evaluated_depsgraph_get()
    view = capture.view_of_camera(depsgraph, fresh_scene, fresh_scene.camera, 512, 512)
    work = capture.capture_maps(
        depsgraph, view, ["depth", "normal", "lineart", "segmentation", "light"], scene=fresh_scene
    )
    slices = []
    while True:
        begun = time.thread_time()
        try:
            next(work)
        except StopIteration as stop:
            maps = stop.value
            break
        finally:
            slices.append(time.thread_time() - begun)
    assert len(slices) >= 8
    # Processor time of the main thread; bench/maps.py measures the wall clock on a quiet machine.
    assert max(slices) < 0.25, [round(s, 3) for s in slices]
    assert set(maps.seconds) >= {"scene", "surfaces", "lineart", "light"}
