"""Blender tests: build.py's zip is installed into a user folder of this run, and a real core runs beside it.

Run them in each environment that scripts/setup-bpy.mjs makes:

    .venv-bpy-4.5/bin/python -m pytest test/blender

GENGA_TEST_ZIP names a zip to test instead of building one; GENGA_TEST_DIST the folder of a built core.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "bl_ext.user_default.genga"

# Blender and the client read these at import: no setting, file or core of the machine's user gets in.
RUN_FOLDER = Path(tempfile.mkdtemp(prefix="genga-blender-tests-"))
for name in [name for name in os.environ if name.startswith(("GENGA_", "BLENDER_")) and "_TEST_" not in name]:
    del os.environ[name]
os.environ["BLENDER_USER_RESOURCES"] = str(RUN_FOLDER / "blender")
os.environ["GENGA_HOME"] = str(RUN_FOLDER / "home")
os.environ.setdefault("LP_NUM_THREADS", "1")

import bpy  # noqa: E402  the environment must be set before


def pytest_configure(config: pytest.Config) -> None:
    """Installs the extension before the tests are collected, so that they import it as Blender knows it."""
    archive = os.environ.get("GENGA_TEST_ZIP") or build_zip()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    try:
        bpy.ops.extensions.package_install_files(
            filepath=archive, repo="user_default", enable_on_install=True
        )
    except RuntimeError as error:
        raise pytest.UsageError(f"{archive} could not be installed: {error}") from error
    if PACKAGE not in bpy.context.preferences.addons:
        raise pytest.UsageError(f"{archive} was installed, but not enabled; Blender's message stands above.")


def build_zip() -> str:
    """Runs build.py into this run's folder, so that runs at the same time do not meet."""
    output = RUN_FOLDER / "dist"
    command = [sys.executable, str(ROOT / "blender-addon" / "build.py"), "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise pytest.UsageError(f"build.py failed:\n{done.stdout}{done.stderr}")
    return str(next(output.glob("genga-*.zip")))


exit_status = 0


def pytest_sessionfinish(exitstatus: int) -> None:
    global exit_status
    exit_status = int(exitstatus)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    if PACKAGE in bpy.context.preferences.addons:
        bpy.ops.preferences.addon_disable(module=PACKAGE)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    shutil.rmtree(RUN_FOLDER, ignore_errors=True)
    # Blender as a module does not end well: 4.2 crashes once any property had an `update` or a `poll`,
    # 4.5 waits for ever.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_status)


@pytest.fixture(scope="session")
def zip_file() -> Path:
    """The zip under test."""
    return Path(os.environ.get("GENGA_TEST_ZIP") or next((RUN_FOLDER / "dist").glob("genga-*.zip")))


@pytest.fixture(scope="session")
def core() -> Iterator[Any]:
    """A real core in this run's GENGA_HOME, where *auto* finds it, with the bundles of models/.

    Shared by all tests; one that kills or stops a core takes `start_core`.
    """
    from real_core import RealCore

    with RealCore(Path(os.environ["GENGA_HOME"])) as running:
        yield running


@pytest.fixture
def start_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """`start_core(home=None)` starts a core of this test's own, which *auto* then finds; gives a RealCore.

    The same home can be started again after `kill()`. What still runs at the end is stopped.
    """
    from real_core import RealCore

    running: list[Any] = []

    def start(home: Path | None = None) -> Any:
        home = home or tmp_path / "home"
        monkeypatch.setenv("GENGA_HOME", str(home))
        running.append(RealCore(home))
        return running[-1]

    yield start
    for one in running:
        one.__exit__(None, None, None)


@pytest.fixture
def fresh_scene() -> Any:
    """Opens an empty file, keeps the preferences; gives the scene: 256 x 256 px, no objects, no world."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 256
    scene.render.resolution_percentage = 100
    return scene


@pytest.fixture
def village(tmp_path: Path) -> Any:
    """Opens a copy of the village scene (512 x 512 px, camera and sun); gives the scene."""
    copy = tmp_path / "village.blend"
    shutil.copy(ROOT / "test" / "fixtures" / "scene" / "village.blend", copy)
    bpy.ops.wm.open_mainfile(filepath=str(copy))
    return bpy.context.scene


@pytest.fixture
def connected(core: Any) -> Iterator[Any]:
    """The extension's session, connected to the shared core; stopped at the end."""
    from bl_ext.user_default.genga import session

    current = session.get()
    current.start()
    current.run_until(lambda: current.state in {"connected", "refused"}, 60)
    assert current.state == "connected", current.message
    yield current
    current.stop()
