"""A picture projected onto objects: exact to a pixel, only where it shows them, and taken off again."""

import hashlib

import bl_ext.user_default.genga.results.operators as result_operators
import bl_ext.user_default.genga.results.project as project
import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga.capture import view_of_camera
from bl_ext.user_default.genga.results.projector import Projector
from bl_ext.user_default.genga.results.visibility import threshold_map
from bl_ext.user_default.genga.session import steps
from genga_client import GengaError
from mathutils import Matrix
from scenes import add_camera, add_cube, add_plane, add_sphere

SIZE = 128


def ramp(name="ramp"):
    """A float picture whose red is u and green v at each pixel's centre, blue 0."""
    pixels = np.ones((SIZE, SIZE, 4), np.float32)
    pixels[..., 0] = (np.arange(SIZE) + 0.5)[None] / SIZE
    pixels[..., 1] = (np.arange(SIZE) + 0.5)[:, None] / SIZE
    pixels[..., 2] = 0
    image = bpy.data.images.new(name, SIZE, SIZE, float_buffer=True, is_data=True)
    image.pixels.foreach_set(pixels.ravel())
    image.pack()
    return image


def camera_view(camera):
    return view_of_camera(bpy.context.evaluated_depsgraph_get(), bpy.context.scene, camera, SIZE, SIZE)


def run(objects, image, view, **options):
    options.setdefault("edge_px", 0)
    return steps.drain(
        project.project_image(
            objects,
            image,
            view,
            scene=bpy.context.scene,
            view_layer=bpy.context.view_layer,
            options=project.ProjectionOptions(**options),
        )
    )


def render(tmp_path, size=SIZE):
    """Renders the scene's colours as they are with Cycles: [H, W, 4] float32, bottom row first."""
    scene = bpy.context.scene
    scene.view_settings.view_transform = "Raw"
    scene.render.engine = "CYCLES"
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.cycles.samples = 1
    scene.cycles.max_bounces = 0
    scene.cycles.use_denoising = False
    scene.cycles.pixel_filter_type = "BOX"
    scene.cycles.filter_width = 0.01
    scene.render.resolution_x = scene.render.resolution_y = size
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_depth = "OPEN_EXR", "32"
    scene.render.filepath = str(tmp_path / "render.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    image.colorspace_settings.name = "Non-Color"
    pixels = np.empty(size * size * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return pixels.reshape(size, size, 4)


def coordinates(size=SIZE):
    y, x = np.mgrid[0:size, 0:size]
    return np.stack([(x + 0.5) / size, (y + 0.5) / size], -1)


def world_at(view, u, v, plane_z):
    """Where the ray through (u, v) meets z = plane_z."""
    inverse = np.linalg.inv(np.asarray(view.projection_matrix) @ np.asarray(view.view_matrix))
    near, far = (inverse @ [2 * u - 1, 2 * v - 1, z, 1] for z in (-1, 1))
    near, far = near[:3] / near[3], far[:3] / far[3]
    return near + (far - near) * (plane_z - near[2]) / (far[2] - near[2])


@pytest.mark.parametrize("ortho_scale", [None, 4.0])
def test_a_projected_picture_comes_back_pixel_for_pixel_in_its_own_view(fresh_scene, tmp_path, ortho_scale):
    camera = add_camera((2, -4, 3), ortho_scale=ortho_scale)
    # Two triangles in strong perspective: interpolated texture coordinates would be off by many pixels.
    floor = add_plane("floor", 14, matrix=Matrix.Translation((0, 0, -1)), color=(0, 0, 1))
    cube = add_cube("cube", 1.6, color=(0, 0, 1))
    run([floor, cube], ramp(), camera_view(camera), angle_degrees=90)
    pixels = render(tmp_path)
    painted = pixels[..., 0] + pixels[..., 1] > 0
    error = np.abs(pixels[..., :2] - coordinates()).max(-1)
    assert painted.mean() > 0.6
    assert (error[painted] < 0.3 / SIZE).mean() > 0.985  # less than a third of a pixel
    assert np.quantile(error[painted], 0.98) < 0.3 / SIZE


def test_the_picture_sticks_when_camera_and_object_move(fresh_scene, tmp_path):
    camera = add_camera((0, -4, 3))
    floor = add_plane("floor", 4, color=(0, 0, 1))
    view = camera_view(camera)
    run([floor], ramp(), view, angle_degrees=90)
    camera.location = (0.6, -3.2, 3.4)
    move = Matrix.Translation((0.3, 0.2, 0.1)) @ Matrix.Rotation(0.4, 4, "Z")
    floor.matrix_world = move
    bpy.context.view_layer.update()
    pixels = render(tmp_path)
    now = camera_view(camera)
    checked = 0
    for y in range(10, SIZE, 9):
        for x in range(10, SIZE, 9):
            point = world_at(now, (x + 0.5) / SIZE, (y + 0.5) / SIZE, 0.1)
            then = np.array(move.inverted()) @ [*point, 1]
            clip = np.asarray(view.projection_matrix) @ np.asarray(view.view_matrix) @ then
            expected = (clip[:2] / clip[3] + 1) / 2
            if np.abs(then[:2]).max() > 1.9 or expected.min() < 0.02 or expected.max() > 0.98:
                continue
            assert np.abs(pixels[y, x, :2] - expected).max() < 1 / SIZE
            checked += 1
    assert checked > 40


def test_hidden_parts_backs_and_other_objects_stay_as_they_are(fresh_scene, tmp_path):
    camera = add_camera((0, -6, 0))
    wall = add_plane("wall", 6, matrix=Matrix.Translation((0, 1, 0)) @ Matrix.Rotation(np.pi / 2, 4, "X"))
    occluder = add_cube("occluder", 1, matrix=Matrix.Translation((0, -1, 0)))
    other = add_sphere("other", 0.4, matrix=Matrix.Translation((1.3, 0, 0)))
    before = [slot.material for slot in other.material_slots]
    view = camera_view(camera)
    run([wall], ramp(), view)
    assert [slot.material for slot in other.material_slots] == before
    assert not other.genga_projections.layers and not occluder.genga_projections.layers
    for thing in (occluder, other):
        thing.hide_render = True
    bpy.context.scene.world = None
    pixels = render(tmp_path)
    painted = pixels[..., 0] + pixels[..., 1] > 0
    # The occluder's front face, 1 m wide at 4.5 m; lens 50 on a 36 mm sensor sees 0.72 of the distance.
    half = 0.5 / (4.5 * 0.36)
    uv = np.abs(coordinates() * 2 - 1)
    inside = (uv < half - 2.5 / SIZE).all(-1)
    assert not painted[inside].any()
    around = ((uv > half + 2.5 / SIZE).any(-1)) & (uv < 0.95 * 3 / (7 * 0.36)).all(-1)
    x = coordinates()[..., 0] * 2 - 1
    around &= ~((np.abs(x - 1.3 / (6 * 0.36)) < 0.25) & (uv[..., 1] < 0.25))
    assert painted[around].mean() > 0.995

    # From behind nothing of a closed body is painted.
    cube = add_cube("cube", 1, matrix=Matrix.Translation((0, -3, 0)))
    run([cube], ramp("second"), view)
    wall.hide_render = True
    camera.location = (0, 6, 0)
    camera.rotation_euler = (np.pi / 2, 0, np.pi)
    bpy.context.view_layer.update()
    assert render(tmp_path)[..., :2].max() == 0


def test_uv_maps_materials_and_mesh_are_as_before_when_a_projection_is_removed(fresh_scene):
    camera = add_camera((0, -5, 1))
    cube = add_cube("cube", 1, color=(1, 0, 0))
    second = cube.data.uv_layers.new(name="second")
    cube.data.uv_layers.active = second
    material = cube.material_slots[0].material

    def state():
        return {
            layer.name: (hashlib.sha256(np.array([tuple(e.uv) for e in layer.data])).digest(), layer.active,
                         layer.active_render)
            for layer in cube.data.uv_layers
        }  # fmt: skip

    before, names = state(), {node.name for node in material.node_tree.nodes}
    blocks = [len(store) for store in (bpy.data.materials, bpy.data.node_groups, bpy.data.meshes)]
    run([cube], ramp(), camera_view(camera))
    projected = state()
    assert {name: projected[name] for name in before} == before
    assert [name for name in projected if name not in before] == ["Genga ramp"]
    assert {node.name for node in material.node_tree.nodes} == names
    assert cube.material_slots[0].material != material
    assert cube.material_slots[0].link == "OBJECT"
    assert cube.data.materials[0] == material
    project.remove_projection(cube)
    assert state() == before
    assert (cube.material_slots[0].material, cube.material_slots[0].link) == (material, "DATA")
    assert blocks == [len(store) for store in (bpy.data.materials, bpy.data.node_groups, bpy.data.meshes)]
    assert [image.name for image in bpy.data.images if image.name.startswith("Genga")] == []


def test_objects_that_share_a_mesh_are_painted_one_by_one(fresh_scene):
    camera = add_camera((0, -5, 0))
    left = add_cube("left", 1, matrix=Matrix.Translation((-0.8, 0, 0)), color=(1, 0, 0))
    right = bpy.data.objects.new("right", left.data)
    bpy.context.scene.collection.objects.link(right)
    right.location.x = 0.8
    bpy.context.view_layer.update()
    notes = run([left], ramp(), camera_view(camera))
    assert any("shares its mesh" in note for note in notes)
    assert right.material_slots[0].material.name == "left material"
    assert [layer.name for layer in left.data.uv_layers] == ["UVMap"]
    project.remove_projection(left)
    run([left], ramp("own"), camera_view(camera), single_user=True)
    assert left.data != right.data
    assert [layer.name for layer in left.data.uv_layers] == ["UVMap", "Genga own"]


@pytest.mark.parametrize("modifier", ["SUBSURF", "MIRROR"])
def test_modifiers_do_not_skew_the_picture(fresh_scene, tmp_path, modifier):
    camera = add_camera((1, -5, 2))
    cube = add_cube("cube", 1.4, matrix=Matrix.Translation((0.9, 0, 0)), color=(0, 0, 1))
    cube.modifiers.new("m", modifier)
    if modifier == "MIRROR":
        pivot = bpy.data.objects.new("pivot", None)
        bpy.context.scene.collection.objects.link(pivot)
        cube.modifiers["m"].mirror_object = pivot
    bpy.context.view_layer.update()
    run([cube], ramp(), camera_view(camera), angle_degrees=90)
    pixels = render(tmp_path)
    painted = pixels[..., 0] + pixels[..., 1] > 0
    error = np.abs(pixels[..., :2] - coordinates()).max(-1)
    assert painted.mean() > 0.05
    assert np.quantile(error[painted], 0.95) < 0.5 / SIZE


def test_a_deforming_mesh_carries_the_picture_along(fresh_scene, tmp_path):
    camera = add_camera((0, -5, 0))
    matrix = Matrix.Rotation(np.pi / 2, 4, "X")
    wall = add_plane("wall", 2, matrix=matrix, color=(0, 0, 1))
    wall.shape_key_add(name="Basis")
    key = wall.shape_key_add(name="shift")
    for point in key.data:
        point.co.x += 0.5
    key.value = 0
    run([wall], ramp(), camera_view(camera))
    assert wall.genga_projections.layers[0].attribute
    key.value = 1
    pixels = render(tmp_path)
    shift = 0.5 / (5 * 0.72)
    y, x = 64, 90
    expected = (x + 0.5) / SIZE - shift
    assert abs(pixels[y, x, 0] - expected) < 1 / SIZE


def test_two_projections_share_a_surface_by_angle(fresh_scene):
    camera = add_camera((0, -5, 0))
    cube = add_cube("cube", 1, color=(0, 0, 1))
    run([cube], ramp("front"), camera_view(camera))
    camera.location, camera.rotation_euler = (5, 0, 0), (np.pi / 2, 0, np.pi / 2)
    bpy.context.view_layer.update()
    run([cube], ramp("side"), camera_view(camera))
    assert [layer.label for layer in cube.genga_projections.layers] == ["front", "side"]
    groups = [n for n in cube.material_slots[0].material.node_tree.nodes if n.bl_idname == "ShaderNodeGroup"]
    assert len(groups) == 2
    project.remove_projection(cube, 0)
    assert [layer.label for layer in cube.genga_projections.layers] == ["side"]


def test_what_cannot_carry_a_picture_is_refused_and_nothing_changes(fresh_scene):
    camera = add_camera((0, -5, 0))
    behind = add_cube("behind", 1, matrix=Matrix.Translation((0, -9, 0)))
    count = len(bpy.data.materials)
    with pytest.raises(GengaError, match="behind"):
        run([behind], ramp(), camera_view(camera))
    with pytest.raises(GengaError, match="no surface"):
        run([camera], ramp(), camera_view(camera))
    with pytest.raises(GengaError, match="No object"):
        run([], ramp(), camera_view(camera))
    assert len(bpy.data.materials) == count
    assert [layer.name for layer in behind.data.uv_layers] == ["UVMap"]


def test_the_threshold_lets_slopes_pass_and_stops_what_is_behind():
    # A floor seen at a steep angle: nearness is linear in the picture, so every point between pixels passes.
    rows = np.arange(64) + 0.5
    depth = np.repeat((1 / (0.02 + rows * 0.002))[:, None], 64, 1).astype(np.float32)
    threshold = threshold_map(depth, True, edge_px=0)
    between = (threshold[:-1] + threshold[1:]) / 2
    assert (1 / depth[:-1] * 0.5 + 1 / depth[1:] * 0.5 > between).all()
    depth[20:40, 20:40] = 1.0
    threshold = threshold_map(depth, True, edge_px=2)
    floor = 0.02 + rows * 0.002
    assert (floor[20:40, None] < threshold[20:40, 20:40]).all()
    assert (floor[25] < threshold[25, 18:20]).all() and floor[25] > threshold[25, 15]


def test_angles_are_those_of_the_world_when_the_object_is_scaled():
    matrix = np.diag([1.0, 1.0, 10.0, 1.0])
    view = np.eye(4)
    view[2, 3] = -5.0
    projection = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1.002, -0.2], [0, 0, -1, 0]], float)
    projector = Projector.of(view, projection, matrix)
    facing = projector.facing(np.array([[3.0, 0, 0]]), np.array([[0, 0, 1.0]]))
    assert facing[0] == pytest.approx(5 / np.hypot(5, 3))


def test_a_second_projection_waits_until_the_first_is_ready(fresh_scene, monkeypatch):
    cube = add_cube("cube", 1, color=(0, 0, 1))
    run([cube], ramp(), camera_view(add_camera((0, -5, 0))))
    cube.select_set(True)
    monkeypatch.setattr(result_operators, "_at_work", ["Project Picture"])
    for press in (bpy.ops.genga.project_image, bpy.ops.genga.bake_projection):
        with pytest.raises(RuntimeError, match="still at work"):
            press()
    assert len(cube.genga_projections.layers) == 1
