"""The test scenes themselves are what they say."""

import bpy
import pytest
from mathutils import Vector
from scenes import add_camera, add_cube, add_plane, add_sphere, add_sun


def test_fresh_scene_is_empty_and_keeps_the_extension(fresh_scene):
    assert len(fresh_scene.objects) == 0
    assert "bl_ext.user_default.genga" in bpy.context.preferences.addons


def test_camera_looks_at_its_target(fresh_scene):
    camera = add_camera((3, -4, 2), (0, 0, 1))
    bpy.context.view_layer.update()
    seen = camera.matrix_world.inverted() @ Vector((0, 0, 1))
    assert (seen.x, seen.y) == pytest.approx((0, 0), abs=1e-5)
    assert seen.z == pytest.approx(-(26**0.5), abs=1e-5)


def test_shapes_have_uvs_and_their_size(fresh_scene):
    for thing in (add_plane(size=3), add_cube(size=3), add_sphere(radius=1.5)):
        assert thing.data.uv_layers.active is not None
        assert max(thing.dimensions) == pytest.approx(3, rel=1e-3)


def test_sun_shines_along_its_direction(fresh_scene):
    sun = add_sun((1, 0, -1))
    bpy.context.view_layer.update()
    assert (-sun.matrix_world.col[2].to_3d()).normalized()[:] == pytest.approx(
        (0.5**0.5, 0, -(0.5**0.5)), abs=1e-5
    )


def test_village_opens(village):
    assert village.camera is not None
    assert len(village.objects) > 5
