"""Textures painted onto the artist's own objects: what goes to the core, and what comes back."""

import bpy
import numpy as np
import pytest
from bl_ext.user_default.genga import session
from bl_ext.user_default.genga.glb.model import Glb, Material, Node, Picture, Primitive
from bl_ext.user_default.genga.glb.read_glb import read_glb
from bl_ext.user_default.genga.glb.write_glb import write_glb
from bl_ext.user_default.genga.mesh.export_objects import export_objects
from bl_ext.user_default.genga.mesh.mesh_set import file_of_mesh
from bl_ext.user_default.genga.mesh.shared_texture import one_texture_holds
from bl_ext.user_default.genga.mesh.texture_plan import make_texture_plan
from bl_ext.user_default.genga.mesh.texture_run import paint_objects, texture_runs
from bl_ext.user_default.genga.results.record import record_of
from bl_ext.user_default.genga.tasks.wait_for import wait_for
from genga_client import GengaError
from mathutils import Matrix
from scenes import add_cube


@pytest.fixture
def scene(fresh_scene, connected):
    props = fresh_scene.genga_texture
    props.prompt = "mossy stone"
    props.bundle = "tiny-random-sd"
    props.texture_size, props.max_views = "256", 2
    props.own_sampling, props.num_inference_steps = True, 2
    props.seed, props.lock_seed = 5, True
    yield fresh_scene
    texture_runs().all.clear()


def add_unwrapped(name, size=1.0, **more):
    """A cube with a UV map without overlaps."""
    item = add_cube(name, size, **more)
    select(item)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(island_margin=0.02)
    bpy.ops.object.mode_set(mode="OBJECT")
    return item


def select(*items):
    for other in bpy.context.view_layer.objects:
        other.select_set(other in items)
    bpy.context.view_layer.objects.active = items[0]


def uvs_of(item, layer=0):
    values = np.empty(len(item.data.loops) * 2, np.float32)
    item.data.uv_layers[layer].data.foreach_get("uv", values)
    return values.reshape(-1, 2)


def painted(scene, *items):
    run = paint_objects(scene, items)
    wait_for([run])
    return run


def base_color_image(item, slot=0):
    shader = next(
        n for n in item.material_slots[slot].material.node_tree.nodes if n.type == "BSDF_PRINCIPLED"
    )
    return shader.inputs["Base Color"].links[0].from_node


def exported(scene, *items, with_textures=True):
    return export_objects(scene, bpy.context.evaluated_depsgraph_get(), items, with_textures=with_textures)


def test_an_object_goes_as_it_is_seen(scene):
    matrix = Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(0.5, 4, "Z") @ Matrix.Diagonal((1, 2, 3, 1))
    cube = add_unwrapped("crate", 1.0, matrix=matrix, color=(0.8, 0.1, 0.2))
    cube.modifiers.new("Mirror", "MIRROR").use_axis = (False, False, True)
    before = uvs_of(cube).copy()
    glb, (one,) = exported(scene, cube)
    (node,) = read_glb(write_glb(glb)).nodes
    (primitive,) = node.primitives
    assert (node.name, one.uv_map) == ("crate", "UVMap")
    # The corners of the mirrored cube in Blender's world, +Y up there.
    evaluated = cube.evaluated_get(bpy.context.evaluated_depsgraph_get())
    corners = {tuple(round(c, 4) for c in matrix @ v.co) for v in evaluated.data.vertices}
    met = {tuple(round(c, 4) for c in (x, -z, y)) for x, y, z in primitive.positions.tolist()}
    assert met == corners
    # Counter-clockwise seen from outside: the volume is positive, and normals point away from the triangles.
    a, b, c = primitive.positions[primitive.indices].transpose(1, 0, 2).astype(float)
    normals = np.cross(b - a, c - a)
    shading = primitive.normals[primitive.indices].mean(1)
    assert ((normals * shading).sum(-1) > 0).all()
    assert read_glb(write_glb(glb)).materials[0].base_color[:3] == pytest.approx((0.8, 0.1, 0.2))
    assert np.array_equal(uvs_of(cube), before)


def test_texture_coordinates_go_as_they_are(scene):
    cube = add_unwrapped("crate")
    cube.matrix_world = Matrix.Diagonal((-1, 1, 1, 1))  # mirrored
    bpy.context.view_layer.update()
    glb, _ = exported(scene, cube)
    (primitive,) = glb.nodes[0].primitives
    wanted = {tuple(row) for row in np.stack([uvs_of(cube)[:, 0], 1 - uvs_of(cube)[:, 1]], -1)}
    assert {tuple(row) for row in primitive.uvs} == wanted
    a, b, c = primitive.positions[primitive.indices].transpose(1, 0, 2).astype(float)
    assert (a * np.cross(b, c)).sum() / 6 == pytest.approx(
        1.0, rel=1e-5
    )  # volume of the cube: not inside out


def test_the_rendered_uv_map_and_the_units_of_the_scene_count(scene):
    scene.unit_settings.scale_length = 0.01
    cube = add_unwrapped("crate", 2.0)
    other = cube.data.uv_layers.new(name="second")
    other.active_render = True
    other.data.foreach_set("uv", np.tile([0.25, 0.75], len(cube.data.loops)).astype(np.float32))
    glb, (one,) = exported(scene, cube)
    (primitive,) = glb.nodes[0].primitives
    assert one.uv_map == "second" and np.allclose(primitive.uvs, (0.25, 0.25))
    assert np.ptp(primitive.positions, axis=0) == pytest.approx((0.02, 0.02, 0.02))


def test_a_base_colour_picture_goes_along_if_it_is_asked_for(scene):
    cube = add_unwrapped("crate", color=(1, 1, 1))
    image = bpy.data.images.new("planks", 4, 4)
    image.pack()
    tree = cube.active_material.node_tree
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    glb, _ = exported(scene, cube)
    assert glb.materials[0].base_color_texture.bytes.startswith(b"\x89PNG")
    glb, _ = exported(scene, cube, with_textures=False)
    assert glb.materials[0].base_color_texture is None


def test_a_file_that_is_written_is_read_back(scene):
    picture = Picture(bytes=b"\x89PNG not looked into", mime="image/png", name="red")
    primitive = Primitive(
        positions=np.eye(3, dtype=np.float32),
        indices=np.array([[0, 1, 2]], np.uint32),
        uvs=np.array([[0, 0], [1, 0], [0, 1]], np.float32),
        material=0,
    )
    material = Material(
        name="m", roughness=0.25, metallic=0.5, base_color=(0.1, 0.2, 0.3, 1.0), base_color_texture=picture
    )
    turned = np.array([[0, -1, 0, 5], [1, 0, 0, 6], [0, 0, 1, 7], [0, 0, 0, 1]], float)
    nodes = [Node(name="a", primitives=[primitive], matrix=turned), Node(name="é", primitives=[primitive])]
    data = write_glb(Glb(nodes=nodes, materials=[material], name="scene", extras={"k": [1]}))
    again = read_glb(data)
    assert [node.name for node in again.nodes] == ["a", "é"] and again.materials == [material]
    assert np.allclose(again.nodes[0].matrix, turned) and again.extras == {"k": [1]}
    assert np.array_equal(again.nodes[1].primitives[0].uvs, primitive.uvs)
    assert data.count(picture.bytes) == 1


def test_only_the_painted_object_changes_and_of_its_material_the_base_colour(scene):
    crate = add_unwrapped("crate", color=(0.8, 0.1, 0.1))
    barrel = add_unwrapped("barrel", color=(0.1, 0.8, 0.1))
    shader = crate.active_material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Roughness"].default_value, shader.inputs["IOR"].default_value = 0.31, 1.9
    shared = bpy.data.objects.new("copy of crate", crate.data)
    scene.collection.objects.link(shared)
    old, others = crate.active_material, barrel.active_material
    before, corners = uvs_of(crate).tobytes(), [tuple(v.co) for v in crate.data.vertices]
    select(crate)
    run = painted(scene, crate)
    assert uvs_of(crate).tobytes() == before and [tuple(v.co) for v in crate.data.vertices] == corners
    assert len(crate.data.uv_layers) == 1
    assert barrel.active_material == others and record_of(barrel) is None
    assert shared.active_material == old and old.use_fake_user  # the mesh is shared: its look is the object's
    made = crate.active_material
    assert made != old and made.users == 1
    node = base_color_image(crate)
    assert tuple(node.image.size) == (256, 256) and node.image.packed_file is not None
    assert node.inputs["Vector"].links[0].from_node.uv_map == "UVMap"
    glb = read_glb(file_of_mesh(crate)[0])
    assert bytes(node.image.packed_file.data) == glb.materials[0].base_color_texture.bytes
    record = record_of(crate)
    assert (record["task"], record["prompt"], record["seed"], record["bundle"]) == (
        "texture",
        "mossy stone",
        5,
        "tiny-random-sd",
    )
    assert record["texture"]["objects"] == ["crate"] and record["texture"]["painted"] > 0.5
    assert run.state == "succeeded" and file_of_mesh(crate)[1] is not None
    pixels = np.array(node.image.pixels).reshape(-1, 4)
    assert pixels[:, :3].std() > 0.01  # something was painted
    assert surface_of(crate) == pytest.approx([0.31, 0.0, 1.9])
    props = scene.genga_texture
    props.prompt, props.max_views, props.seed, props.lock_seed = "other", 9, 1, False
    select(crate)
    assert bpy.ops.genga.use_mesh_again() == {"FINISHED"}
    assert (props.prompt, props.max_views, props.seed, props.lock_seed) == ("mossy stone", 2, 5, True)


def surface_of(item):
    """Roughness, metalness and index of refraction of an object's material."""
    shader = next(n for n in item.active_material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    return [shader.inputs[name].default_value for name in ("Roughness", "Metallic", "IOR")]


def add_two_slots(name):
    """A cube whose sides have the first material and whose ends the second, side by side on the UV map."""
    item = add_unwrapped(name, color=(0.8, 0.1, 0.1))
    first = item.active_material
    second = first.copy()
    second.name = "ends"
    shader = second.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (0.1, 0.1, 0.8, 1)
    shader.inputs["Roughness"].default_value = 0.11
    item.data.materials.append(second)
    for polygon in item.data.polygons:
        polygon.material_index = int(abs(polygon.normal.z) > 0.5)
    return item


def test_slots_side_by_side_on_the_uv_map_get_one_texture_and_keep_the_rest_of_their_materials(scene):
    crate = add_two_slots("crate")
    glb, (one,) = exported(scene, crate, with_textures=False)
    assert one.slots == [[0, 1]] and len(glb.materials) == 1
    (primitive,) = glb.nodes[0].primitives
    assert len(primitive.indices) == 12
    painted(scene, crate)
    materials = [slot.material for slot in crate.material_slots]
    assert len(set(materials)) == 2
    images = [base_color_image(crate, slot).image for slot in (0, 1)]
    assert images[0] == images[1] and len([one for one in bpy.data.images if one.packed_file]) == 1
    rough = [one.node_tree.nodes["Principled BSDF"].inputs["Roughness"].default_value for one in materials]
    assert rough[1] == pytest.approx(0.11) and rough[0] != rough[1]


def test_slots_with_looks_to_keep_go_one_each_and_so_do_slots_that_each_fill_the_square(scene):
    crate = add_two_slots("crate")
    assert exported(scene, crate, with_textures=True)[1][0].slots == [[0], [1]]  # two base colours
    for loop in crate.data.loops:
        crate.data.uv_layers[0].data[loop.index].uv = ((0, 0), (1, 0), (1, 1), (0, 1))[loop.index % 4]
    glb, (one,) = exported(scene, crate, with_textures=False)
    assert one.slots == [[0], [1]] and [len(part.indices) for part in glb.nodes[0].primitives] == [8, 4]


@pytest.mark.parametrize(
    ("moved", "expected"),
    [((0.5, 0), True), ((0, 0), False), ((0.25, 0), False), ((0.6, 0), False)],
    ids=["beside", "over each other", "half over", "beyond the square"],
)
def test_one_texture_holds_what_lies_side_by_side_in_the_square(moved, expected):
    square = np.array([[[0, 0], [0.5, 0], [0.5, 1]], [[0, 0], [0.5, 1], [0, 1]]])
    uvs = np.concatenate([square, square + moved])
    assert one_texture_holds(uvs, np.array([0, 0, 3, 3])) is expected


def test_an_own_view_size_begins_with_the_models_and_is_asked_for(scene):
    crate, props = add_unwrapped("crate"), scene.genga_texture
    welcome = session.get().welcome
    assert "view_size" not in make_texture_plan(scene, [crate], welcome, 5).params
    props.own_view_size = True
    bundle = next(one for one in welcome.capabilities.bundles if one.id == "tiny-random-sd")
    assert props.view_size == min(bundle.defaults.width, bundle.defaults.height)
    props.view_size = 96
    assert make_texture_plan(scene, [crate], welcome, 5).params["view_size"] == 96


def test_an_own_surface_is_set_and_a_change_meanwhile_is_said(scene):
    crate = add_unwrapped("crate", color=(0.8, 0.1, 0.1))
    crate.active_material.node_tree.nodes["Principled BSDF"].inputs["IOR"].default_value = 1.9
    props = scene.genga_texture
    props.own_surface, props.roughness, props.metallic = True, 0.9, 0.1
    run = paint_objects(scene, [crate])
    crate.data.uv_layers[0].data[0].uv = (0.5, 0.5)
    wait_for([run])
    assert surface_of(crate) == pytest.approx([0.9, 0.1, 1.9])
    assert any("was changed since" in note for note in run.notes)


def test_objects_without_uvs_are_told_of_and_unwrapped_and_each_gets_a_texture(scene):
    bare, other = add_cube("bare"), add_unwrapped("other", matrix=Matrix.Translation((3, 0, 0)))
    bare.data.uv_layers.remove(bare.data.uv_layers[0])
    select(bare, other)
    with pytest.raises(RuntimeError, match=r'"bare" has no UV map.*Unwrap'):
        bpy.ops.genga.paint_texture()
    assert not texture_runs().all and bare.active_material is None
    before = uvs_of(other).tobytes()
    assert bpy.ops.genga.unwrap_objects() == {"FINISHED"}
    assert [layer.name for layer in bare.data.uv_layers] == ["UVMap"] and uvs_of(other).tobytes() == before
    assert not bpy.ops.genga.unwrap_objects.poll()
    select(bare, other)
    assert bpy.ops.genga.paint_texture() == {"FINISHED"}
    assert [item.active_material.name for item in (bare, other)] == ["mossy stone", "mossy stone.001"]
    images = [base_color_image(item).image for item in (bare, other)]
    assert images[0] != images[1] and record_of(other)["texture"]["objects"] == ["bare", "other"]


def test_a_texture_waits_while_another_file_is_open(scene, tmp_path):
    add_unwrapped("crate")
    saved = tmp_path / "crate.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(saved))
    run = paint_objects(bpy.context.scene, [bpy.data.objects["crate"]])
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    wait_for([run])
    assert run.waiting is not None
    with pytest.raises(RuntimeError, match=r"not in this file.*crate"):
        bpy.ops.genga.take_texture(number=run.number)
    bpy.ops.wm.open_mainfile(filepath=str(saved))
    assert bpy.ops.genga.take_texture(number=run.number) == {"FINISHED"}
    assert run.waiting is None and base_color_image(bpy.data.objects["crate"]).image is not None


def test_a_cancelled_texture_changes_nothing(scene):
    crate = add_unwrapped("crate", color=(0.8, 0.1, 0.1))
    old = crate.active_material
    scene.genga_texture.num_inference_steps = 30
    run = paint_objects(scene, [crate])
    assert bpy.ops.genga.cancel_texture() == {"FINISHED"}
    with pytest.raises(GengaError) as caught:
        wait_for([run])
    assert caught.value.code == "CANCELLED" and crate.active_material == old
    assert record_of(crate) is None and len(bpy.data.images) == 0


def test_bad_input_has_clear_words(scene):
    bpy.context.view_layer.objects.active = None
    with pytest.raises(RuntimeError, match="Select a mesh object"):
        bpy.ops.genga.paint_texture()
    select(add_unwrapped("crate"))
    scene.genga_texture.prompt = "  "
    with pytest.raises(RuntimeError, match="The prompt is empty"):
        bpy.ops.genga.paint_texture()
    scene.genga_texture.prompt, scene.genga_texture.bundle = "stone", "none"
    with pytest.raises(RuntimeError, match=r'BUNDLE_NOT_FOUND.*"none".*tiny-random-sd'):
        bpy.ops.genga.paint_texture()
    empty = bpy.data.objects.new("empty", bpy.data.meshes.new("empty"))
    empty.data.uv_layers.new(name="UVMap")
    scene.collection.objects.link(empty)
    select(empty)
    scene.genga_texture.bundle = ""
    with pytest.raises(RuntimeError, match=r"UV map|no faces"):
        bpy.ops.genga.paint_texture()
