"""Text to 3D by mouse and keyboard: generate, step through variations, keep one, and one undo for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from blender_window import BlenderWindow
from real_core import RealCore
from test_artist import over_the_view, shot

RUNS = "genga.mesh.mesh_run.mesh_runs()"


@pytest.fixture(scope="module")
def window(core: RealCore, open_blender: Callable[[Path], BlenderWindow]) -> BlenderWindow:
    """A Blender with an empty scene, connected. The tests of this file are steps of one sitting."""
    window = open_blender(core.home)
    window.run(f"{window.imports()}\ngenga.session.get().start(launch=False)")
    window.wait("genga.session.get().state == 'connected'")
    window.run("""
        for item in list(bpy.data.objects):
            bpy.data.objects.remove(item)
        settings = bpy.context.scene.genga_mesh
        settings.bundle, settings.source = "tiny-random-mesh", "parametric"
        settings.prompt, settings.num_meshes_per_prompt = "a red wooden chair", 3
        settings.seed, settings.lock_seed, settings.texture_size = 5, True, "256"
        bpy.ops.ed.undo_push(message="Settings")
    """)
    window.settle()
    window.open_tab()
    return window


def seen(window: BlenderWindow) -> list[bool]:
    """Which variations are seen."""
    return window.run("""
        held = bpy.data.collections["a red wooden chair"].genga_mesh
        return [not one.collection.hide_viewport for one in held.variations]
    """)


def undo(window: BlenderWindow) -> None:
    """Takes the last step back."""
    over_the_view(window)
    window.press("ctrl+z")
    window.settle()


def test_generating_is_one_undo_step(window: BlenderWindow) -> None:
    window.click(*window.find("bpy.ops.genga.generate_mesh"))
    window.wait("'a red wooden chair' in bpy.data.collections", 120)
    window.settle()
    shot(window, "mesh-variations")
    assert seen(window) == [True, True, True]
    undo(window)
    assert window.run("return len(bpy.data.objects) + len(bpy.data.collections)") == 1  # Blender's own
    assert window.run("return bpy.context.scene.genga_mesh.prompt") == "a red wooden chair"
    over_the_view(window)
    window.press("ctrl+shift+z")
    window.wait("'a red wooden chair' in bpy.data.collections", 10)
    assert seen(window) == [True, True, True]


def test_stepping_and_keeping_are_one_undo_step_each(window: BlenderWindow) -> None:
    where = window.find("bpy.ops.genga.step_mesh")
    window.click(*where)
    window.wait("bpy.data.collections['a red wooden chair'].genga_mesh.shown == 0", 10)
    assert seen(window) == [True, False, False]
    window.click(*where)  # the left arrow: from the first to the last
    window.wait("bpy.data.collections['a red wooden chair'].genga_mesh.shown == 2", 10)
    assert seen(window) == [False, False, True]
    undo(window)
    assert seen(window) == [True, False, False]
    window.click(*window.find("bpy.ops.genga.keep_mesh"))
    window.wait("len(bpy.data.collections['a red wooden chair'].genga_mesh.variations) == 1", 10)
    undo(window)
    assert len(seen(window)) == 3


def test_escape_cancels_a_mesh(window: BlenderWindow) -> None:
    # Many variations of many steps take long enough.
    window.run("""
        settings = bpy.context.scene.genga_mesh
        settings.source, settings.num_meshes_per_prompt = "generated", 16
        settings.own_sampling, settings.num_inference_steps = True, 1000
    """)
    count = window.run("return len(bpy.data.objects)")
    window.click(*window.find("bpy.ops.genga.generate_mesh"))
    window.wait(f"{RUNS}.open() or {RUNS}.newest().ended", 30)
    over_the_view(window)
    window.press("Escape")
    window.wait(f"not {RUNS}.open()", 60)
    assert window.run(f"{window.imports()}\nreturn {RUNS}.newest().state") == "cancelled"
    assert window.run("return len(bpy.data.objects)") == count
