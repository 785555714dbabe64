"""Views: where points of the scene land in the picture, for every kind of camera."""

from __future__ import annotations

import json
import math

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga import capture
from bpy_extras.object_utils import world_to_camera_view
from captures import capture_scene
from genga_client import GengaError
from mathutils import Matrix, Vector
from scenes import add_camera, add_cube

POINTS = [(0.3, 0.2, -0.4), (-1.1, 0.7, 0.9), (0.0, 0.0, 0.0)]


def view_at(width: int, height: int):
    scene = bpy.context.scene
    return capture.view_of_camera(bpy.context.evaluated_depsgraph_get(), scene, scene.camera, width, height)


def in_blender(width: int, height: int) -> np.ndarray:
    """Where Blender itself says that the points are."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = width, height
    bpy.context.view_layer.update()
    found = [world_to_camera_view(scene, scene.camera, Vector(point)) for point in POINTS]
    return np.array([(point.x * width, (1 - point.y) * height) for point in found])


@pytest.mark.parametrize("kind", ["PERSP", "ORTHO"])
@pytest.mark.parametrize("fit", ["AUTO", "HORIZONTAL", "VERTICAL"])
@pytest.mark.parametrize("size", [(320, 160), (160, 320)])
def test_points_land_where_blender_puts_them(fresh_scene, kind, fit, size):
    camera = add_camera((2, -6, 1.5), ortho_scale=5 if kind == "ORTHO" else None)
    camera.data.shift_x, camera.data.shift_y = 0.2, -0.1
    camera.data.sensor_fit = fit
    camera.scale = (2, 2, 2)  # a camera's scale changes nothing
    expected = in_blender(*size)
    pixels, depths = view_at(*size).project(np.array(POINTS))
    assert np.abs(pixels - expected).max() < 0.01
    assert depths[2] == pytest.approx(
        -(camera.matrix_world.normalized().inverted() @ Vector((0, 0, 0))).z, rel=1e-5
    )


def test_positions_of_a_depth_map_project_back_onto_their_pixels(fresh_scene):
    for ortho in (None, 4):
        camera = add_camera((1, -5, 1), ortho_scale=ortho)
        camera.data.shift_x = 0.15
        view = view_at(64, 48)
        points = view.positions(np.full((48, 64), 3.0)).reshape(-1, 3)
        world = points @ np.linalg.inv(view.view_matrix)[:3, :3].T + np.linalg.inv(view.view_matrix)[:3, 3]
        pixels, depths = view.project(world)
        y, x = np.mgrid[:48, :64]
        assert np.abs(pixels - np.stack([x, y], -1).reshape(-1, 2) - 0.5).max() < 1e-6
        assert np.allclose(depths, 3.0)


def test_pixel_aspect_widens_the_view(fresh_scene):
    add_camera((0, -5, 0))
    fresh_scene.render.pixel_aspect_x = 2.0
    expected = in_blender(256, 256)
    pixels, _ = view_at(256, 256).project(np.array(POINTS))
    assert np.abs(pixels - expected).max() < 0.01


def test_render_border_crops_the_view(fresh_scene):
    add_camera((0.4, -5, 0.3))
    whole = view_at(200, 100)
    render = fresh_scene.render
    render.use_border = True
    render.border_min_x, render.border_max_x = 0.25, 0.75
    render.border_min_y, render.border_max_y = 0.5, 1.0
    cropped = view_at(100, 50)
    before, _ = whole.project(np.array(POINTS))
    after, _ = cropped.project(np.array(POINTS))
    assert np.abs(after - (before - (50, 0))).max() < 1e-4
    render.resolution_x, render.resolution_y, render.resolution_percentage = 1920, 1080, 50
    assert capture.frame_size(fresh_scene) == (480, 270)


def test_a_view_goes_through_json(fresh_scene):
    add_camera()
    view = view_at(96, 64)
    again = capture.View.from_json(json.loads(json.dumps(view.to_json())))
    assert np.array_equal(again.view_matrix, view.view_matrix)
    assert np.array_equal(again.projection_matrix, view.projection_matrix)
    assert (again.width, again.height, again.camera_name) == (96, 64, "Camera")


def test_panoramic_and_missing_cameras_are_refused_with_a_reason(fresh_scene):
    add_cube()
    with pytest.raises(GengaError, match="has no camera"):
        view_at(64, 64)
    add_camera().data.type = "PANO"
    with pytest.raises(GengaError, match="panoramic") as caught:
        view_at(64, 64)
    assert caught.value.code == "INVALID_REQUEST"
    assert "Perspective or Orthographic" in (caught.value.remedy or "")


def test_a_view_of_no_pixels_is_refused(fresh_scene):
    add_camera()
    with pytest.raises(GengaError, match="0 x 64"):
        view_at(0, 64)


@pytest.mark.parametrize(
    ("ortho", "shift", "border"), [(None, 0, False), (4, 0, False), (None, 0.2, False), (None, 0, True)]
)
def test_the_outline_of_a_cube_stands_where_its_corners_project(fresh_scene, ortho, shift, border):
    camera = add_camera((0, -6, 0), ortho_scale=ortho)
    camera.data.shift_x = shift
    add_cube(size=2)
    if border:
        fresh_scene.render.use_border = True
        fresh_scene.render.border_min_x, fresh_scene.render.border_max_x = 0.0, 0.5
        fresh_scene.render.border_min_y, fresh_scene.render.border_max_y = 0.0, 0.5
    maps = capture_scene("depth", width=200, height=200)
    # Its front face, y = -1, is what is seen of it.
    corners, depths = maps.view.project(np.array([(-1, -1, 1), (1, -1, -1)]))
    (left, top), (right, bottom) = corners
    inside = np.isfinite(maps.depth)
    x, y = np.arange(200) + 0.5, np.arange(200)[:, None] + 0.5
    expected = (x > left) & (x < right) & (y > top) & (y < bottom)
    assert inside.any()
    assert np.array_equal(inside, expected)
    assert maps.depth[inside] == pytest.approx(depths[0], rel=1e-4)


def test_far_from_the_origin_nothing_is_lost(fresh_scene):
    place = Matrix.Translation((50_000, -30_000, 2_000))
    add_cube(size=2, matrix=place)
    near = add_camera()
    near.matrix_world = place @ Matrix.Translation((0, -6, 0)) @ Matrix.Rotation(math.pi / 2, 4, "X")
    bpy.context.view_layer.update()
    maps = capture_scene("depth", "normal")
    assert maps.depth[128, 128] == pytest.approx(5, abs=0.01)
    # Blender's own matrices have 32 bits: at 50 km that is 4 mm.
    assert np.abs(maps.maps["normal"][128, 128].astype(int) - (128, 128, 255)).max() <= 1
