"""Projections baked onto UV maps: texel for texel, UV maps untouched, unseen parts as asked for."""

import bl_ext.user_default.genga.results.project as project
import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga.results.bake import BakeOptions, bake_projections
from bl_ext.user_default.genga.results.image_datablock import packed_bytes
from bl_ext.user_default.genga.results.record import record_of
from bl_ext.user_default.genga.results.texture_raster import grow_islands, raster_triangles
from bl_ext.user_default.genga.session import steps
from genga_client import GengaError
from mathutils import Matrix
from scenes import add_camera, add_cube, add_plane
from test_projection import camera_view, ramp, run

TEXELS = 128


def bake(item, **options):
    options.setdefault("size_px", TEXELS)
    work = bake_projections([item], view_layer=bpy.context.view_layer, options=BakeOptions(**options))
    return steps.drain(work)


def pixels_of(image):
    """Encoded sRGB values [H, W, 4], bottom row first."""
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)


def decoded(values):
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def upright(name="wall", size=2.0, **more):
    """A square in the XZ plane, its UV map upright as seen from -Y."""
    return add_plane(name, size, matrix=Matrix.Rotation(np.pi / 2, 4, "X"), **more)


def test_each_texel_has_the_pixel_that_the_view_shows_there(fresh_scene):
    camera = add_camera((1.5, -3, 1))
    wall = upright()
    view = camera_view(camera)
    run([wall], ramp(), view, angle_degrees=90)
    result = bake(wall)
    image = result.images["wall"]
    pixels = pixels_of(image)
    assert tuple(image.size) == (TEXELS, TEXELS)
    assert not result.notes
    matrix = np.asarray(view.projection_matrix) @ np.asarray(view.view_matrix) @ np.array(wall.matrix_world)
    mesh, active = wall.data, wall.data.uv_layers.active.data
    # The UV map of the square is affine: from texel to object space by its own corners.
    corners = np.array([mesh.vertices[loop.vertex_index].co[:2] for loop in mesh.loops])
    uv = np.array([tuple(entry.uv) for entry in active])
    affine = np.linalg.lstsq(np.c_[uv, np.ones(len(uv))], corners, rcond=None)[0]
    worst = 0.0
    for y in range(0, TEXELS, 5):
        for x in range(0, TEXELS, 5):
            point = np.array([(x + 0.5) / TEXELS, (y + 0.5) / TEXELS, 1]) @ affine
            clip = matrix @ [*point, 0, 1]
            expected = (clip[:2] / clip[3] + 1) / 2
            assert pixels[y, x, 3] == 1
            worst = max(worst, np.abs(decoded(pixels[y, x, :2]) - expected).max())
    assert worst < 1 / 128  # a pixel of the picture; 8 bits of sRGB are half of that


def test_hidden_texels_are_transparent_and_the_margin_is_filled(fresh_scene):
    camera = add_camera((0, -6, 0))
    wall = upright(size=4)
    add_cube("occluder", 1, matrix=Matrix.Translation((0, -1.5, 0)))
    run([wall], ramp(), camera_view(camera))
    for loop in wall.data.uv_layers.active.data:  # an island of half the size in the middle
        loop.uv = (0.25 + loop.uv[0] / 2, 0.25 + loop.uv[1] / 2)
    alpha = pixels_of(bake(wall, margin_px=6).images["wall"])[..., 3]
    # The cube's front, 1 m wide at 4 m, hides 1.5 m of the wall at 6 m: 24 of 64 texels.
    assert alpha[64 - 10 : 64 + 10, 64 - 10 : 64 + 10].max() == 0
    assert alpha[64 - 25 : 64 - 16, 40:88].min() == 1
    assert alpha[64, 32 - 6 : 32].min() == 1 and alpha[64, 32 - 7] == 0


def test_uv_maps_stay_byte_for_byte_and_removing_the_bake_shows_the_projection_again(fresh_scene):
    camera = add_camera((0, -5, 1))
    cube = add_cube("cube", 1, color=(1, 0, 0))
    run([cube], ramp(), camera_view(camera))
    layers = {layer.name: [tuple(e.uv) for e in layer.data] for layer in cube.data.uv_layers}
    active = cube.data.uv_layers.active.name
    bake(cube, uv="NEW")
    after = {layer.name: [tuple(e.uv) for e in layer.data] for layer in cube.data.uv_layers}
    assert {name: after[name] for name in layers} == layers
    assert set(after) - set(layers) == {"Genga bake"}
    assert cube.data.uv_layers.active.name == active
    held = cube.genga_projections.layers
    assert [(layer.baked, layer.visible) for layer in held] == [(False, False), (True, True)]
    project.remove_projection(cube, 1)
    assert [(layer.baked, layer.visible) for layer in held] == [(False, True)]
    assert "Genga bake" not in cube.data.uv_layers
    project.remove_projection(cube)
    assert cube.material_slots[0].material.name == "cube material"


def test_unseen_parts_can_have_the_original_colour(fresh_scene):
    camera = add_camera((0, -5, 0))
    cube = add_cube("cube", 1, color=(0.5, 0.25, 0.0))
    run([cube], ramp(), camera_view(camera))
    result = bake(cube, uv="NEW", fill="BASE")
    pixels = pixels_of(result.images["cube"])
    surface = pixels[..., 3] == 1
    base = np.abs(decoded(pixels[..., :3]) - (0.5, 0.25, 0.0)).max(-1) < 0.01
    # Five of six faces are not seen from the front.
    assert 0.7 < (base & surface).sum() / surface.sum() < 0.95
    # An exporter finds the picture at a Principled BSDF right before the output.
    tree = cube.material_slots[0].material.node_tree
    output = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    shader = output.inputs["Surface"].links[0].from_node
    assert shader.bl_idname == "ShaderNodeBsdfPrincipled"
    assert shader.inputs["Base Color"].links[0].from_node.image == result.images["cube"]


def test_unseen_parts_look_their_texture_up_on_its_own_uv_map(fresh_scene):
    """A palette: the material's texture is green where all its faces lie, and red elsewhere."""
    camera = add_camera((0, -5, 0))
    cube = add_cube("cube", 1, color=(0, 0, 0))
    for loop in cube.data.uv_layers.active.data:
        loop.uv = (0.25, 0.25)
    palette = bpy.data.images.new("palette", 8, 8)
    colors = np.zeros((8, 8, 4), np.float32)
    colors[...] = (1, 0, 0, 1)
    colors[:4, :4] = (0, 1, 0, 1)
    palette.pixels.foreach_set(colors.ravel())
    tree = cube.data.materials[0].node_tree
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = palette
    tree.links.new(texture.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    run([cube], ramp(), camera_view(camera))
    pixels = pixels_of(bake(cube, uv="NEW", fill="BASE").images["cube"])
    surface = pixels[..., 3] == 1
    green = np.abs(pixels[..., :3] - (0, 1, 0)).max(-1) < 0.01
    red = np.abs(pixels[..., :3] - (1, 0, 0)).max(-1) < 0.01
    assert (green & surface).sum() / surface.sum() > 0.7
    assert not (red & surface).any()


def test_the_baked_picture_is_packed_and_knows_what_it_was_baked_from(fresh_scene):
    camera = add_camera((0, -5, 0))
    wall = upright()
    run([wall], ramp(), camera_view(camera))
    image = bake(wall).images["wall"]
    record = record_of(image)
    assert packed_bytes(image).startswith(b"\x89PNG\r\n\x1a\n")
    assert record["object"] == "wall" and record["mime"] == "image/png" and len(record["sha256"]) == 64


def test_a_palette_uv_map_is_refused_with_the_way_out(fresh_scene):
    camera = add_camera((0, -5, 0))
    cube = add_cube("cube", 1)
    for loop in cube.data.uv_layers.active.data:
        loop.uv = (0.5, 0.5)
    run([cube], ramp(), camera_view(camera))
    with pytest.raises(GengaError, match="cannot hold a picture") as raised:
        bake(cube)
    assert "new UV map" in raised.value.remedy


def test_faces_that_share_texels_are_told(fresh_scene):
    camera = add_camera((1, -5, 1))
    wall = add_cube("wall", 1)
    for polygon in wall.data.polygons:
        for loop, uv in zip(polygon.loop_indices, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True):
            wall.data.uv_layers.active.data[loop].uv = uv
    run([wall], ramp(), camera_view(camera))
    assert any("used by several faces" in note for note in bake(wall).notes)


def test_the_raster_gives_each_texel_its_triangle_once():
    uv = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)
    texels = steps.drain(raster_triangles(uv, 32, 32))
    assert len(texels.texels) == 32 * 32 and texels.overlapping == 0
    x, y = texels.texels % 32, texels.texels // 32
    below = y < x
    assert (texels.triangles[below] == 0).all() and (texels.triangles[y > x] == 1).all()
    found = (uv[texels.triangles] * texels.weights[..., None]).sum(1)
    assert np.abs(found - np.stack([x + 0.5, y + 0.5], 1) / 32).max() < 1e-6


def test_islands_grow_by_the_margin_and_no_further():
    pixels = np.zeros((20, 20, 1), np.float32)
    covered = np.zeros((20, 20), bool)
    pixels[10, 10], covered[10, 10] = 0.7, True
    steps.drain(grow_islands(pixels, covered, 4))
    assert covered.sum() == 41  # the diamond of radius 4
    assert pixels[covered] == pytest.approx(0.7)
    assert pixels[~covered].max() == 0
