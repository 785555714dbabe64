"""Text to 3D and Paint Texture by mouse and keyboard: each thing that an artist does is one undo step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from blender_window import BlenderWindow
from real_core import RealCore
from test_artist import over_the_view, shot

MESHES = "genga.mesh.mesh_run.mesh_runs()"
TEXTURES = "genga.mesh.texture_run.texture_runs()"
CHAIR = "a red wooden chair"
LEFT = 0.12
"""Column of the arrow ◂, as a share of the tab's width."""
IN_TIME_S = 300
"""A job of a second waits this long on a machine with other work."""


@pytest.fixture(scope="module")
def window(core: RealCore, open_blender: Callable[[Path], BlenderWindow]) -> BlenderWindow:
    """A Blender with a cube, connected. The tests of this file are steps of one sitting."""
    window = open_blender(core.home)
    window.run(f"{window.imports()}\ngenga.session.get().start(launch=False)")
    window.wait("genga.session.get().state == 'connected'")
    window.run(f"""
        for item in list(bpy.data.objects):
            bpy.data.objects.remove(item)
        bpy.ops.mesh.primitive_cube_add(size=1, location=(-2, 0, 0))
        settings = bpy.context.scene.genga_mesh
        settings.bundle, settings.source = "tiny-random-mesh", "parametric"
        settings.prompt, settings.num_meshes_per_prompt = {CHAIR!r}, 3
        settings.seed, settings.lock_seed, settings.texture_size = 5, True, "256"
        settings = bpy.context.scene.genga_texture
        settings.bundle, settings.prompt, settings.texture_size = "tiny-random-sd", "mossy stone", "256"
        settings.max_views, settings.own_sampling, settings.num_inference_steps = 1, True, 2
        bpy.ops.ed.undo_push(message="Settings")
    """)
    window.hide_panels("GENGA_PT_generate", "GENGA_PT_motion")
    window.open_tab()
    return window


def press(window: BlenderWindow, button: str, column: float = 0.3) -> None:
    """Presses a button of the tab, in a column of its rows."""
    window.click(*window.find(f"bpy.ops.genga.{button}", columns=(column,)))


def wait_for_end(window: BlenderWindow, runs: str) -> None:
    """Waits until the newest of some runs has ended well."""
    window.wait(f"{runs}.all and not {runs}.open()", IN_TIME_S)
    assert window.run(f"{window.imports()}\nreturn str({runs}.newest().error)") == "None"


def undo(window: BlenderWindow, key: str = "ctrl+z") -> None:
    """Takes the last step back, over the view as an artist does."""
    over_the_view(window)
    window.press(key)


def seen(variations: list[bool]) -> str:
    """An expression: whether these variations are seen, and no others are there."""
    held = f"bpy.data.collections[{CHAIR!r}].genga_mesh.variations"
    return f"[not one.collection.hide_viewport for one in {held}] == {variations}"


def test_generating_is_one_undo_step(window: BlenderWindow) -> None:
    press(window, "generate_mesh")
    wait_for_end(window, MESHES)
    shot(window, "mesh-variations")
    window.wait(seen([True, True, True]))
    undo(window)
    window.wait("[one.name for one in bpy.data.objects] == ['Cube']")
    assert window.run(f"return {CHAIR!r} in bpy.data.collections") is False
    assert window.run("return bpy.context.scene.genga_mesh.prompt") == CHAIR
    undo(window, "ctrl+shift+z")
    window.wait(f"{CHAIR!r} in bpy.data.collections and {seen([True, True, True])}")


def test_stepping_through_variations_is_one_undo_step_each(window: BlenderWindow) -> None:
    press(window, "step_mesh(step=-1)", LEFT)  # first of all it shows the active one alone
    window.wait(seen([True, False, False]))
    press(window, "step_mesh(step=-1)", LEFT)
    window.wait(seen([False, False, True]))
    first, last = window.run(f"""
        one, _, other = bpy.data.collections[{CHAIR!r}].genga_mesh.variations
        return list(one.root.matrix_world.translation), list(other.root.matrix_world.translation)
    """)
    assert last == pytest.approx(first, abs=1e-6)
    undo(window)
    window.wait(seen([True, False, False]))
    undo(window)
    window.wait(seen([True, True, True]))


def test_keeping_one_variation_is_one_undo_step(window: BlenderWindow) -> None:
    count = window.run("return len(bpy.data.objects)")
    press(window, "keep_mesh(")
    window.wait(seen([True]))
    assert window.run("return len(bpy.data.objects)") < count
    undo(window)
    window.wait(seen([True, True, True]))
    assert window.run("return len(bpy.data.objects)") == count


def test_marking_as_asset_is_one_undo_step(window: BlenderWindow) -> None:
    marked = "[one.name for one in [*bpy.data.objects, *bpy.data.collections] if one.asset_data]"
    press(window, "mark_mesh")
    window.wait(marked)
    undo(window)
    window.wait(f"not {marked}")


def test_escape_cancels_a_mesh(window: BlenderWindow) -> None:
    # Many variations of many steps take long enough.
    window.run("""
        settings = bpy.context.scene.genga_mesh
        settings.source, settings.num_meshes_per_prompt = "generated", 16
        settings.own_sampling, settings.num_inference_steps = True, 1000
    """)
    count = window.run("return len(bpy.data.objects)")
    press(window, "generate_mesh")
    window.wait(f"{MESHES}.open() and {MESHES}.open()[-1].ticket.state == 'running'", IN_TIME_S)
    over_the_view(window)
    window.press("Escape")
    window.wait(f"not {MESHES}.open()", IN_TIME_S)
    assert window.run(f"{window.imports()}\nreturn {MESHES}.newest().state") == "cancelled"
    assert window.run("return len(bpy.data.objects)") == count


def test_painting_an_object_is_one_undo_step(window: BlenderWindow) -> None:
    window.run("""
        for item in bpy.context.view_layer.objects:
            item.select_set(item.name == "Cube")
        bpy.context.view_layer.objects.active = bpy.data.objects["Cube"]
        bpy.ops.ed.undo_push(message="Select")
    """)
    window.hide_panels("GENGA_PT_mesh")
    window.open_panel("GENGA_PT_texture", from_top=True)
    press(window, "paint_texture")
    wait_for_end(window, TEXTURES)
    shot(window, "mesh-painted")
    materials = "[slot.material.name for slot in bpy.data.objects['Cube'].material_slots if slot.material]"
    window.wait(f"{materials} == ['mossy stone']")
    undo(window)
    window.wait(f"not {materials}")
    assert "mossy stone" not in window.run("return [one.name for one in bpy.data.materials]")
    undo(window, "ctrl+shift+z")
    window.wait(f"{materials} == ['mossy stone']")
