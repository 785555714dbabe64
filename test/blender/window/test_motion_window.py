"""Motion by mouse and keyboard: sentence, stick figure, apply, and one undo for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from blender_window import BlenderWindow
from conftest import ROOT
from real_core import RealCore
from test_artist import over_the_view, shot

RUNS = "genga.motion.motion_run.motion_runs()"


@pytest.fixture(scope="module")
def window(core: RealCore, open_blender: Callable[[Path], BlenderWindow]) -> BlenderWindow:
    """A Blender with an armature, connected. The tests of this file are steps of one sitting."""
    window = open_blender(core.home)
    window.run(f"{window.imports()}\ngenga.session.get().start(launch=False)")
    window.wait("genga.session.get().state == 'connected'")
    window.run(f"""
        import sys
        sys.path.append({str(ROOT / "test" / "blender")!r})
        import motion_rigs
        for item in list(bpy.data.objects):
            bpy.data.objects.remove(item)
        motion_rigs.add_unreal("Hero")
        settings = bpy.context.scene.genga_motion
        settings.bundle, settings.mode = "tiny-random-motion", "retrieved"
        settings.seed, settings.lock_seed = 3, True
        bpy.ops.ed.undo_push(message="Armature")
    """)
    window.settle()
    window.open_tab()
    return window


def action_of(window: BlenderWindow) -> str | None:
    """Name of the armature's action."""
    return window.run("""
        animation = bpy.data.objects["Hero"].animation_data
        return animation.action.name if animation and animation.action else None
    """)


def test_a_sentence_is_added_and_generated(window: BlenderWindow) -> None:
    window.click(*window.find("bpy.ops.genga.add_motion_segment"))
    window.wait("len(bpy.context.scene.genga_motion.segments) == 1", 10)
    window.click(*window.find("bpy.ops.genga.generate_motion"))
    window.wait(f"{RUNS}.ready()", 60)
    window.wait("len(genga.motion.stick_figure._figures) == 1", 20)  # it was drawn
    assert action_of(window) is None
    shot(window, "motion-stick-figure")


def test_apply_is_one_undo_step(window: BlenderWindow) -> None:
    window.click(*window.find("bpy.ops.genga.apply_motion"))
    window.wait("bpy.data.objects['Hero'].animation_data", 20)
    applied = action_of(window)
    assert applied == "a person walks forward"
    shot(window, "motion-applied")
    over_the_view(window)
    window.press("ctrl+z")
    window.wait("not bpy.data.objects['Hero'].animation_data", 10)
    assert window.run("return len(bpy.data.actions)") == 0
    assert window.run("return len(bpy.context.scene.genga_motion.segments)") == 1
    window.press("ctrl+shift+z")
    window.wait("bpy.data.objects['Hero'].animation_data", 10)
    assert action_of(window) == applied


def test_without_a_look_first_it_is_applied_and_still_one_step(window: BlenderWindow) -> None:
    window.run("""
        bpy.context.scene.genga_motion.preview = False
        bpy.ops.ed.undo_push(message="Setting")
    """)
    window.click(*window.find("bpy.ops.genga.generate_motion"))
    window.wait(f"{RUNS}.newest().applied", 60)
    window.settle()
    second = action_of(window)
    assert second != "a person walks forward"
    over_the_view(window)
    window.press("ctrl+z")
    window.wait("bpy.data.objects['Hero'].animation_data.action.name == 'a person walks forward'", 10)
    assert second not in window.run("return [one.name for one in bpy.data.actions]")


def test_escape_cancels_a_motion(window: BlenderWindow) -> None:
    # Many variations of a long one take long enough.
    window.run("""
        settings = bpy.context.scene.genga_motion
        settings.mode, settings.num_motions_per_prompt, settings.own_sampling = "generated", 16, True
        settings.num_inference_steps, settings.segments[0].frames = 1000, 100 * 24
    """)
    window.click(*window.find("bpy.ops.genga.generate_motion"))
    window.wait(f"{RUNS}.open() and {RUNS}.open()[-1].ticket.state == 'running'", 60)
    over_the_view(window)
    window.press("Escape")
    window.wait(f"not {RUNS}.open()", 30)
    assert window.run(f"{window.imports()}\nreturn {RUNS}.newest().state") == "cancelled"
