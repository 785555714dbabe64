"""The light map: n·l against formulas, cast shadows to a pixel, the choice of the key light."""

from __future__ import annotations

import math

import bpy
import numpy as np
import pytest
from captures import capture_scene
from mathutils import Matrix, Vector
from scenes import add_camera, add_cube, add_plane, add_sphere, add_sun


def add_lamp(kind: str, location, target=(0, 0, 0), energy: float = 100.0, name: str = "Lamp"):
    data = bpy.data.lights.new(name, kind)
    data.energy = energy
    lamp = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(lamp)
    lamp.location = location
    lamp.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    return lamp


def sphere_points(maps):
    """World points and true normals of a unit sphere's visible pixels, and where they are."""
    hit = np.isfinite(maps.depth)
    view = maps.view.positions(np.where(hit, maps.depth, 1.0))[hit]
    back = np.linalg.inv(maps.view.view_matrix)
    world = view @ back[:3, :3].T + back[:3, 3]
    return world, world / np.linalg.norm(world, axis=-1, keepdims=True), hit


def test_a_sun_on_a_sphere(fresh_scene):
    add_camera((0, -5, 0))
    add_sphere()
    direction = Vector((0.6, 0.5, -0.7)).normalized()
    add_sun(direction)
    maps = capture_scene("light", "depth")
    _, normals, hit = sphere_points(maps)
    expected = (normals @ -np.array(direction)).clip(0, 1)
    n_l = maps.maps["light"][hit][:, 0] / 255
    inner = (np.abs(normals @ [0, -1, 0]) > 0.25).ravel()
    assert np.abs(n_l - expected)[inner].max() < 0.015
    lit = maps.maps["light"][hit][:, 1]
    assert (lit[inner & (expected > 0.05)] == 255).all()  # no acne, and no shadow of its own
    assert (lit[inner & (normals @ -np.array(direction) < -0.05)] == 0).all()
    assert (maps.maps["light"][..., 2] == 255).all()
    assert tuple(maps.maps["light"][0, 0]) == (255, 255, 255)
    assert maps.key_light == "Sun"


@pytest.mark.parametrize("kind", ["POINT", "SPOT", "AREA"])
def test_a_lamp_on_a_sphere(fresh_scene, kind):
    add_camera((0, -5, 0))
    add_sphere()
    place = np.array((2.0, -3.0, 2.0))
    add_lamp(kind, place)
    maps = capture_scene("light", "depth")
    points, normals, hit = sphere_points(maps)
    towards = (place - points) / np.linalg.norm(place - points, axis=-1, keepdims=True)
    expected = (normals * towards).sum(-1)
    inner = np.abs(normals @ [0, -1, 0]) > 0.25
    light = maps.maps["light"][hit]
    assert np.abs(light[:, 0] / 255 - expected.clip(0, 1))[inner].max() < 0.015
    assert (light[inner & (expected > 0.05), 1] == 255).all()
    assert (light[inner & (expected < -0.05), 1] == 0).all()


def test_nothing_is_lit_outside_a_spots_cone(fresh_scene):
    add_camera((0, 0, 10), ortho_scale=8)
    add_plane(size=8)
    spot = add_lamp("SPOT", (0, 0, 4))
    spot.data.spot_size = math.radians(40)
    lit = capture_scene("light").maps["light"][..., 1]
    radius_px = 4 * math.tan(math.radians(20)) * 32
    y, x = np.mgrid[:256, :256] + 0.5
    distance = np.hypot(x - 128, y - 128)
    assert (lit[distance < radius_px - 1] == 255).all()
    assert (lit[distance > radius_px + 1] == 0).all()


@pytest.mark.parametrize("kind", ["SUN", "POINT", "SPOT"])
def test_the_shadow_of_a_cube_ends_where_it_should(fresh_scene, kind):
    add_camera((0, 0, 20), ortho_scale=8)
    add_plane(size=40)
    add_cube(size=1, matrix=Matrix.Translation((0, 0, 0.5)))
    if kind == "SUN":
        add_sun((1, 0, -1))
        reach, half = 1.5, 0.5  # a cube of height 1 under 45°, from its edge at x = 0.5
    else:
        lamp = add_lamp(kind, (-3, 0, 4), (0, 0, 0))
        lamp.data.shadow_soft_size = 0.01
        if kind == "SPOT":
            lamp.data.spot_size = math.radians(120)
        # Rays through the top edge at (0.5, ±0.5, 1) from (-3, 0, 4) end at 4 / 3 of the way.
        reach, half = -3 + 3.5 * 4 / 3, 0.5 * 4 / 3
    lit = capture_scene("light").maps["light"][..., 1] / 255
    row = lit[128]  # y = 0, 32 pixels a metre, x = 0 at 128
    shadow = np.flatnonzero(row[int(128 + 0.6 * 32) :] < 0.5) + int(128 + 0.6 * 32)
    assert shadow.min() == int(128 + 0.6 * 32)  # it begins at the cube
    assert abs(shadow.max() + 1 - (128 + reach * 32)) <= 1
    column = lit[:, int(128 + reach * 32) - 6]
    dark = np.flatnonzero(column < 0.5)
    near_end = half if kind == "SUN" else half * 0.99
    assert abs(len(dark) - 2 * near_end * 32) <= 2
    assert (row[-40:] == 1).all()


def test_shadows_of_near_things_are_exact_on_a_wide_ground(fresh_scene):
    camera = add_camera((0, -6, 1.5), target=(0, 0, 0.5))
    add_plane(size=400)
    add_cube(size=1, matrix=Matrix.Translation((0, 0, 0.5)))
    add_sun((1, 0, -1))
    maps = capture_scene("light", width=512, height=512)
    lit = maps.maps["light"][..., 1] / 255
    edges = np.array([(1.5, y, 0.0) for y in np.linspace(-0.4, 0.4, 9)])
    pixels, _ = maps.view.project(edges)
    for x, y in pixels:
        row = lit[int(y)]
        step = np.flatnonzero(row[int(x) - 12 : int(x) + 12] >= 0.5) + int(x) - 12
        assert abs(step.min() - x) <= 1.5, (step.min(), x)
    assert camera.name


def test_lamps_that_cast_no_shadow_cast_none(fresh_scene):
    add_camera((0, 0, 20), ortho_scale=8)
    add_plane(size=40)
    add_cube(size=1, matrix=Matrix.Translation((0, 0, 0.5)))
    add_sun((1, 0, -1)).data.use_shadow = False
    assert (capture_scene("light").maps["light"][128, 160:, 1] == 255).all()


def test_what_the_camera_does_not_see_still_casts_and_what_casts_none_does_not(fresh_scene):
    add_camera((0, 0, 20), ortho_scale=8)
    add_plane(size=40)
    cube = add_cube(size=1, matrix=Matrix.Translation((0, 0, 2)))
    add_sun((0, 0, -1))
    cube.visible_camera = False
    assert capture_scene("light").maps["light"][128, 128, 1] == 0
    cube.visible_shadow = False
    assert capture_scene("light").maps["light"][128, 128, 1] == 255


def test_the_key_light_is_the_strongest_on_what_is_seen_whatever_its_colour(fresh_scene):
    add_camera((0, -5, 0))
    add_sphere()
    add_lamp("POINT", (0, -4, 0), energy=200, name="near")
    add_lamp("POINT", (0, 40, 0), energy=50_000, name="behind")
    blue = add_lamp("POINT", (-4, -2, 1), energy=5_000, name="blue")
    blue.data.color = (0, 0, 1)
    assert capture_scene("light").key_light == "blue"
    blue.hide_render = True
    assert capture_scene("light").key_light == "near"
    assert capture_scene("light", light="behind").key_light == "behind"
    maps = capture_scene("light", light="gone")
    assert maps.key_light == "near"
    assert any("gone" in note for note in maps.notes)


def test_a_scene_without_lamps_says_what_was_assumed(fresh_scene):
    add_camera((0, -5, 0))
    add_sphere()
    maps = capture_scene("light", "depth")
    assert maps.key_light == ""
    assert any("upper left was assumed" in note for note in maps.notes)
    _, normals, hit = sphere_points(maps)
    light = maps.maps["light"][hit][:, 0].astype(float)
    brightest = normals[light.argmax()]
    assert brightest[0] < -0.2 and brightest[2] > 0.3 and brightest[1] < -0.2


def test_instances_cast_shadows(fresh_scene):
    add_camera((0, 0, 20), ortho_scale=8)
    add_plane(size=40)
    cube = add_cube("brick", size=1)
    group = bpy.data.collections.new("bricks")
    fresh_scene.collection.objects.unlink(cube)
    group.objects.link(cube)
    empty = bpy.data.objects.new("spot", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", group
    empty.location = (0, 0, 2)
    fresh_scene.collection.objects.link(empty)
    add_sun((1, 0, -1))
    lit = capture_scene("light").maps["light"][..., 1]
    # Its shadow on the ground: moved by its height, from x = 2 - 1 to 2 + 1.
    assert lit[128, 128 + 64] == 0
    assert lit[128, 128 + 104] == 255
