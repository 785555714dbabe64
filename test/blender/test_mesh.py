"""Meshes from words with a real core: collections, scale, materials, variations, assets, files."""

import json
from itertools import pairwise

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga import session as sessions
from bl_ext.user_default.genga.capture.png import encode_png
from bl_ext.user_default.genga.glb.read_glb import read_glb
from bl_ext.user_default.genga.mesh.asset import CATALOG_FILE, CATALOG_ID
from bl_ext.user_default.genga.mesh.mesh_arrays import weld
from bl_ext.user_default.genga.mesh.mesh_run import generate_meshes, mesh_runs
from bl_ext.user_default.genga.mesh.mesh_set import file_of_mesh, parts_of, variation_set
from bl_ext.user_default.genga.mesh.preview_picture import four_views
from bl_ext.user_default.genga.results.record import record_of
from bl_ext.user_default.genga.tasks import offers
from bl_ext.user_default.genga.tasks.wait_for import wait_for
from genga_client import GengaError
from scenes import add_cube

CHAIR = "a red wooden chair"


@pytest.fixture
def scene(fresh_scene, connected):
    props = fresh_scene.genga_mesh
    props.prompt = CHAIR
    props.bundle = "tiny-random-mesh"
    props.source = "parametric"
    props.texture_size = "256"
    props.seed, props.lock_seed = 5, True
    yield fresh_scene
    mesh_runs().all.clear()


def made(scene):
    """The collection of a request, ended."""
    run = generate_meshes(scene)
    wait_for([run])
    return bpy.data.collections[run.collection]


def roots_of(collection):
    return [variation.root for variation in collection.genga_mesh.variations]


def box_of(root):
    """Lowest and highest corner of a mesh in the world."""
    bpy.context.view_layer.update()
    points = [
        part.matrix_world @ vertex.co
        for part in parts_of(root)
        for vertex in part.data.vertices
        if "LOD" not in part.name
    ]
    return np.array(points).min(0), np.array(points).max(0)


def triangles_of(root):
    return sum(len(part.data.polygons) for part in parts_of(root))


def test_the_panel_shows_itself_by_what_the_core_offers(connected):
    assert offers("mesh") and bpy.types.GENGA_PT_mesh.poll(bpy.context)
    assert offers("texture") and bpy.types.GENGA_PT_texture.poll(bpy.context)


def test_a_mesh_stands_at_the_cursor_in_metres_with_z_up(scene):
    scene.cursor.location = (2, -3, 0.5)
    collection = made(scene)
    (root,) = roots_of(collection)
    facts = record_of(root)["mesh"]
    low, high = box_of(root)
    width, height, depth = facts["size_m"]  # glTF: +Y up, the front along +Z
    assert high - low == pytest.approx((width, depth, height), abs=1e-5)
    assert (low[2], tuple(root.location)) == (pytest.approx(0.5, abs=1e-5), (2, -3, 0.5))
    assert (low + high)[:2] / 2 == pytest.approx((2, -3), abs=0.1)
    assert collection.name == CHAIR and collection.name in scene.collection.children
    assert bpy.context.object == root and root.select_get()
    assert all(part.parent == root for part in parts_of(root) if part != root)
    # The back of a chair is behind its seat: Blender's front looks along -Y.
    backs = [part for part in parts_of(root) if part.name.startswith("back")]
    seat = next(part for part in parts_of(root) if part.name.startswith("seat"))
    assert backs and all(part_middle(part)[1] > part_middle(seat)[1] for part in backs)


def part_middle(part):
    return np.mean([part.matrix_world @ vertex.co for vertex in part.data.vertices], axis=0)


def test_the_unit_of_the_scene_counts(scene):
    scene.unit_settings.scale_length = 0.01  # centimetres
    (root,) = roots_of(made(scene))
    low, high = box_of(root)
    assert (high - low)[2] / 100 == pytest.approx(record_of(root)["mesh"]["size_m"][1], rel=1e-5)
    scene.unit_settings.scale_length = 1.0
    scene.genga_mesh.own_size, scene.genga_mesh.size_m = True, 4.0
    (root,) = roots_of(made(scene))
    low, high = box_of(root)
    assert (high - low).max() == pytest.approx(4.0, rel=1e-4)


def test_geometry_and_materials_are_those_of_the_file(scene):
    (root,) = roots_of(made(scene))
    glb = read_glb(file_of_mesh(root)[0])
    assert triangles_of(root) == sum(len(p.indices) for node in glb.nodes for p in node.primitives)
    assert triangles_of(root) == record_of(root)["mesh"]["triangles"] <= 20_000
    area = 0.0
    for node in glb.nodes:
        for one in node.primitives:
            a, b, c = one.positions[one.indices].transpose(1, 0, 2).astype(float)
            area += np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert sum(face.area for part in parts_of(root) for face in part.data.polygons) == pytest.approx(
        area, rel=1e-4
    )
    names = {material.name: material for material in glb.materials}
    for part in parts_of(root):
        assert part.data.validate(verbose=True) is False  # nothing had to be mended
        assert part.data.uv_layers[0].name == "UVMap"
        (slot,) = part.material_slots
        shader = next(n for n in slot.material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
        wanted = names[slot.material.name]
        assert tuple(shader.inputs["Base Color"].default_value)[:3] == pytest.approx(wanted.base_color[:3])
        assert shader.inputs["Roughness"].default_value == pytest.approx(wanted.roughness)
        assert shader.inputs["Metallic"].default_value == pytest.approx(wanted.metallic)


def test_parts_are_closed_where_the_core_says_so(scene):
    (root,) = roots_of(made(scene))
    assert record_of(root)["mesh"]["closed"]
    for part in parts_of(root):
        uses = {}
        for face in part.data.polygons:
            for key in face.edge_keys:
                uses[key] = uses.get(key, 0) + 1
        assert set(uses.values()) == {2}, part.name


def test_shading_normals_are_the_files(scene):
    (root,) = roots_of(made(scene))
    glb = read_glb(file_of_mesh(root)[0])
    for node, part in zip(glb.nodes, parts_of_in_order(root, glb), strict=True):
        (one,) = node.primitives
        wanted = one.normals[one.indices.reshape(-1)]
        wanted = np.stack([wanted[:, 0], -wanted[:, 2], wanted[:, 1]], -1)
        met = np.array([tuple(normal.vector) for normal in part.data.corner_normals])
        assert np.degrees(np.arccos(np.clip((met * wanted).sum(-1), -1, 1))).max() < 1.0


def parts_of_in_order(root, glb):
    found = parts_of(root)
    return [next(one for one in found if one.name.split(".")[0] == node.name) for node in glb.nodes]


def test_corners_share_vertices_but_two_sides_of_a_leaf_do_not():
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    halves = np.array([[0, 1, 2], [3, 4, 5]])
    vertices, triangles = weld(square[[0, 1, 2, 0, 2, 3]], halves)
    assert len(vertices) == 4 and len(set(triangles.ravel().tolist())) == 4
    both = np.concatenate([square[[0, 1, 2]], square[[0, 2, 1]], square[[0, 2, 3]]])
    vertices, triangles = weld(both, np.arange(9).reshape(3, 3))
    assert np.array_equal(vertices[triangles].reshape(-1, 3), both)
    assert not set(triangles[0]) & set(triangles[1])
    assert len(vertices) == 9


def test_same_seed_same_mesh(scene):
    first, second = (roots_of(made(scene))[0] for _ in range(2))
    assert file_of_mesh(first)[0] != b"" and record_of(first)["seed"] == record_of(second)["seed"] == 5
    assert np.array_equal(vertices(first), vertices(second))
    scene.genga_mesh.seed = 6
    other = roots_of(made(scene))[0]
    assert vertices(other).shape != vertices(first).shape or not np.allclose(vertices(other), vertices(first))
    assert [one.name for one in scene.collection.children] == [CHAIR, f"{CHAIR}.001", f"{CHAIR}.002"]


def vertices(root):
    """Places of all vertices in the order of their coordinates."""
    found = np.concatenate([[tuple(v.co) for v in part.data.vertices] for part in parts_of(root)])
    return found[np.lexsort(found.T)]


def test_variations_stand_side_by_side_and_are_compared_in_one_place(scene):
    scene.genga_mesh.num_meshes_per_prompt = 3
    scene.cursor.location = (1, 1, 0)
    collection = made(scene)
    roots = roots_of(collection)
    assert [record_of(root)["seed"] for root in roots] == [5, 6, 7]
    boxes = [box_of(root) for root in roots]
    assert all(before[1][0] < after[0][0] for before, after in pairwise(boxes))
    assert all(root.visible_get() for root in roots)
    spread = [tuple(root.location) for root in roots]

    bpy.context.view_layer.objects.active = roots[1]
    assert variation_set(roots[1]) == (collection, 1)
    bpy.ops.genga.step_mesh(step=1)  # first of all the active one alone
    assert [seen(one) for one in collection.genga_mesh.variations] == [False, True, False]
    assert tuple(roots[1].location) == pytest.approx((1, 1, 0), abs=1e-5)
    roots[1].location, roots[1].rotation_euler = (4, 5, 6), (0, 0, 1)
    bpy.context.view_layer.update()
    bpy.ops.genga.step_mesh(step=1)
    assert [seen(one) for one in collection.genga_mesh.variations] == [False, False, True]
    assert tuple(roots[2].location) == pytest.approx((4, 5, 6)) and bpy.context.object == roots[2]
    assert roots[2].rotation_euler.z == pytest.approx(1)
    assert set(bpy.context.selected_objects) == {roots[2], *parts_of(roots[2])}
    bpy.ops.genga.step_mesh(step=1)
    assert bpy.context.object == roots[0]
    bpy.ops.genga.spread_meshes()
    assert all(seen(one) for one in collection.genga_mesh.variations)
    moved = [np.array(root.location) - np.array(roots[0].location) for root in roots]
    assert np.allclose(moved, np.array(spread) - np.array(spread[0]), atol=1e-5)


def seen(variation):
    return not variation.collection.hide_viewport and not variation.collection.hide_render


def test_one_variation_is_kept_and_the_others_go(scene):
    scene.genga_mesh.num_meshes_per_prompt = 3
    collection = made(scene)
    roots = roots_of(collection)
    objects = len(bpy.data.objects)
    bpy.context.view_layer.objects.active = parts_of(roots[1])[0]  # a part means its whole
    bpy.ops.genga.keep_mesh(remove=False)
    assert len(bpy.data.objects) == objects
    assert [seen(one) for one in collection.genga_mesh.variations] == [False, True, False]
    kept = len(roots[1].children_recursive) + 1
    bpy.ops.genga.keep_mesh()
    (left,) = collection.genga_mesh.variations
    assert left.root == roots[1] and len(bpy.data.objects) == kept
    assert not bpy.ops.genga.step_mesh.poll()


def test_levels_of_detail_come_hidden_and_no_material_twice(scene):
    scene.genga_mesh.lods = 2
    collection = made(scene)
    (root,) = roots_of(collection)
    (hidden,) = collection.children
    assert hidden.name == f"{CHAIR} LODs" and hidden.hide_viewport and hidden.hide_render
    levels = [item for item in hidden.objects if item.parent == root]
    assert [item.name for item in levels] == [f"{CHAIR}_LOD1", f"{CHAIR}_LOD2"]
    counts = [record_of(one)["mesh"]["triangles"] for one in (root, *levels)]
    assert counts[0] > counts[1] > counts[2]
    assert [triangles_of(level) for level in levels] == counts[1:]
    materials = {slot.material for item in collection.all_objects for slot in item.material_slots}
    wanted = []  # the core may paint a level anew; what is the same in several files is there once
    for one in (root, *levels):
        found = read_glb(file_of_mesh(one)[0]).materials
        wanted += [material for material in found if material not in wanted]
    assert len(materials) == len(wanted)


def test_the_record_goes_with_the_mesh_and_use_again_restores_its_settings(scene, tmp_path):
    scene.genga_mesh.target_triangles, scene.genga_mesh.num_meshes_per_prompt = 3000, 2
    roots = roots_of(made(scene))
    saved = tmp_path / "chairs.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(saved))
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    second = bpy.data.collections[CHAIR].genga_mesh.variations[1].root
    record = record_of(second)
    assert (record["task"], record["seed"], record["bundle"]) == ("mesh", 6, "tiny-random-mesh")
    assert (
        record["mesh"]["origin"]["source"] == "parametric" and record["mesh"]["origin"]["category"] == "chair"
    )
    props = bpy.context.scene.genga_mesh
    props.prompt, props.target_triangles, props.lock_seed = "other", 50, False
    bpy.context.view_layer.objects.active = second
    assert bpy.ops.genga.use_mesh_again() == {"FINISHED"}
    assert (props.prompt, props.target_triangles, props.seed) == (CHAIR, 3000, 6)
    assert props.lock_seed and props.num_meshes_per_prompt == 1
    again = roots_of(made(bpy.context.scene))[0]
    assert np.array_equal(vertices(again), vertices(second))
    assert len(roots) == 2


def test_the_file_is_saved_as_it_was_signed_and_the_core_knows_it(scene, tmp_path):
    (root,) = roots_of(made(scene))
    target = tmp_path / "chair.glb"
    assert bpy.ops.genga.save_mesh(filepath=str(target)) == {"FINISHED"}
    data, sidecar = file_of_mesh(root)
    assert target.read_bytes() == data and (tmp_path / "chair.glb.c2pa").read_bytes() == sidecar
    found = []
    sessions.get().call(
        lambda client: client.verify(
            client.put_asset(data).sha256, client.put_asset(sidecar, name="chair.glb.c2pa").sha256
        ),
        found.append,
        found.append,
    )
    assert sessions.run_until(lambda: found, 20)
    assert found[0].state in ("valid", "trusted") and found[0].record.mesh.triangles == triangles_of(root)
    assert bpy.ops.genga.verify_mesh() == {"FINISHED"}


def test_a_mesh_becomes_an_asset_with_catalog_tags_and_preview(scene, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    collection = made(scene)
    assert bpy.ops.genga.mark_mesh() == {"FINISHED"}
    details = collection.asset_data  # it has parts: the collection is the asset
    assert details.description == CHAIR and details.catalog_id == CATALOG_ID
    assert {"Genga", "parametric", "chair"} <= {tag.name for tag in details.tags}
    assert "Apache-2.0" in details.license
    pixels = np.array(collection.preview.image_pixels_float).reshape(-1, 4)
    assert collection.preview.image_size[0] > 16 and pixels[:, :3].std() > 0.01
    lines = (tmp_path / CATALOG_FILE).read_text().splitlines()
    assert lines.count(f"{CATALOG_ID}:Genga:Genga") == 1
    bpy.ops.genga.mark_mesh()
    assert (tmp_path / CATALOG_FILE).read_text().splitlines() == lines


def test_generated_shapes_have_one_object_with_textures(scene):
    scene.genga_mesh.source = "generated"
    scene.genga_mesh.own_sampling = True
    scene.genga_mesh.num_inference_steps, scene.genga_mesh.grid_resolution = 2, 24
    scene.genga_mesh.target_triangles = 2000
    (root,) = roots_of(made(scene))
    assert root.type == "MESH" and root.name == CHAIR
    images = [
        node.image
        for node in root.active_material.node_tree.nodes
        if node.type == "TEX_IMAGE" and node.image is not None
    ]
    assert images and all(
        image.packed_file is not None and tuple(image.size) == (256, 256) for image in images
    )
    glb = read_glb(file_of_mesh(root)[0])
    assert bytes(images[0].packed_file.data) == glb.materials[0].base_color_texture.bytes
    uvs = np.empty(len(root.data.loops) * 2, np.float32)
    root.data.uv_layers[0].data.foreach_get("uv", uvs)
    (one,) = glb.nodes[0].primitives
    assert np.allclose(uvs.reshape(-1, 2), one.uvs[one.indices.reshape(-1)] * (1, -1) + (0, 1), atol=1e-6)


def test_a_librarys_model_names_its_author(scene):
    scene.genga_mesh.source = "library"
    (root,) = roots_of(made(scene))
    model = record_of(root)["mesh"]["origin"]["model"]
    assert model["author"] and model["licence"]
    bpy.context.view_layer.objects.active = root
    bpy.ops.genga.mark_mesh()
    block = root if root.asset_data is not None else bpy.data.collections[CHAIR]
    assert block.asset_data.author == model["author"] and block.asset_data.license == model["licence"]


def test_the_edited_object_stays_the_active_one(scene):
    cube = add_cube("mine", 1)
    bpy.context.view_layer.objects.active = cube
    cube.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")
    try:
        made(scene)
        assert bpy.context.object == cube and cube.mode == "EDIT"
    finally:
        bpy.ops.object.mode_set(mode="OBJECT")


def test_a_mesh_for_another_file_waits(scene):
    run = generate_meshes(scene)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    wait_for([run])
    assert run.state == "succeeded" and run.files and len(bpy.data.objects) == 0
    assert bpy.ops.genga.take_mesh(number=run.number) == {"FINISHED"}
    assert run.collection in bpy.context.scene.collection.children and not run.files


@pytest.mark.parametrize("rows", [1, 2])
def test_four_views_of_a_turntable_fill_a_square(fresh_scene, rows):
    """Of one row all four, of two rows every other one; each cell here has a colour of its own."""
    cells = np.arange(rows * 4, dtype=np.uint8).reshape(rows, 4) * 20 + 40
    picture = np.repeat(np.repeat(cells, 16, 0), 16, 1)
    data = encode_png(np.repeat(picture[..., None], 3, 2))
    found = four_views(data, "image/png")
    assert found.shape == (32, 32, 4) and len(bpy.data.images) == 0
    expected = [[0, 1], [2, 3]] if rows == 1 else [[0, 2], [4, 6]]
    quarters = [[found[24, 8, 0], found[24, 24, 0]], [found[8, 8, 0], found[8, 24, 0]]]  # rows run upwards
    assert np.round(np.array(quarters) * 255) == pytest.approx(np.array(expected) * 20 + 40)
    assert four_views(b"no picture", "image/png") is None


def test_a_cancelled_mesh_leaves_nothing(scene):
    run = generate_meshes(scene)
    assert bpy.ops.genga.cancel_mesh() == {"FINISHED"}
    with pytest.raises(GengaError) as caught:
        wait_for([run])
    assert (caught.value.code, run.state) == ("CANCELLED", "cancelled")
    assert not bpy.data.objects and not bpy.data.collections and not bpy.ops.genga.cancel_mesh.poll()


def test_bad_input_has_clear_words(scene):
    props = scene.genga_mesh
    props.prompt = " "
    with pytest.raises(RuntimeError, match=r"The prompt is empty\..*for instance"):
        bpy.ops.genga.generate_mesh()
    props.prompt, props.bundle = CHAIR, "none"
    with pytest.raises(RuntimeError, match=r'BUNDLE_NOT_FOUND.*no mesh model "none".*tiny-random-mesh'):
        bpy.ops.genga.generate_mesh()
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.genga.step_mesh()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "do not begin"),
        (b"glTF" + bytes(40), "version 0"),
        (None, "ends beyond the file"),
    ],
)
def test_files_that_are_no_meshes_are_refused(scene, data, words):
    if data is None:
        (root,) = roots_of(made(scene))
        whole = file_of_mesh(root)[0]
        size = int.from_bytes(whole[12:16], "little")
        root_json = json.loads(whole[20 : 20 + size])
        for accessor in root_json["accessors"]:
            accessor["count"] *= 100
        text = json.dumps(root_json).encode()
        text += b" " * (-len(text) % 4)
        rest = whole[20 + size :]
        head = b"glTF" + (2).to_bytes(4, "little") + (20 + len(text) + len(rest)).to_bytes(4, "little")
        data = head + len(text).to_bytes(4, "little") + b"JSON" + text + rest
    with pytest.raises(GengaError, match=words) as caught:
        read_glb(data)
    assert caught.value.code == "ASSET_UNREADABLE"
