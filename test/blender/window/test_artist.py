"""What an artist does in the first minutes, by mouse and keyboard, from the first press to a projection."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from blender_window import BlenderWindow
from conftest import COMMAND, ROOT
from real_core import RealCore

SCENE = ROOT / "test" / "fixtures" / "scene"
LATENCY_S = 0.100
"""Within this time the window answers input while jobs run."""


@pytest.fixture(scope="module")
def window(
    core: RealCore, open_blender: Callable[[Path], BlenderWindow], tmp_path_factory: pytest.TempPathFactory
) -> BlenderWindow:
    """A Blender with the village scene; a core runs. The tests of this file are steps of one sitting."""
    window = open_blender(core.home)
    scene = tmp_path_factory.mktemp("scene") / "village.blend"
    if window.version >= (4, 2, 0):
        shutil.copy(SCENE / "village.blend", scene)
    else:  # that file, of 4.5, crashes 3.4; the importer of Debian's 3.4 is older than Debian's numpy
        build = (
            f"import sys, bpy, numpy; numpy.bool = bool; sys.path.append({str(SCENE)!r}); import make_scene; "
            "bpy.ops.wm.read_factory_settings(use_empty=True); make_scene.build(); "
            f"bpy.ops.wm.save_as_mainfile(filepath={str(scene)!r})"
        )
        subprocess.run(
            [*COMMAND, "-b", "--python-exit-code", "1", "--python-expr", build], check=True, timeout=120
        )
    window.run(f"bpy.ops.wm.open_mainfile(filepath={str(scene)!r}, load_ui=False)")
    window.settle()
    window.open_tab()
    return window


def shot(window: BlenderWindow, name: str) -> Path:
    """Keeps a picture of the window in test/artifacts."""
    version = ".".join(map(str, window.version[:2]))
    return window.screenshot(ROOT / "test" / "artifacts" / f"blender-{version}" / f"{name}.png")


def test_start_connects_to_the_core(window: BlenderWindow) -> None:
    if window.run(f"{window.imports()}\nreturn genga.session.get().state") == "off":
        window.click(*window.find("bpy.ops.genga.start_core"))
    window.wait("genga.session.get().state == 'connected'")
    shot(window, "connected")
