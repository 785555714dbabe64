"""Tests in a real window. GENGA_TEST_BLENDER names another Blender than the PATH's, as a command line.

A Blender of a newer Debian in a folder of its own (debootstrap) does: "chroot /srv/sid blender", with the
checkout and the folder of --basetemp mounted at the same places inside.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blender_window import BlenderWindow
from real_core import RealCore

ROOT = Path(__file__).resolve().parents[3]
COMMAND = shlex.split(os.environ.get("GENGA_TEST_BLENDER", "blender"))


def pytest_configure(config: pytest.Config) -> None:
    missing = [name for name in (COMMAND[0], "Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        raise pytest.UsageError(
            f"{' and '.join(missing)} must be installed; "
            "on Debian: apt-get install blender python3-numpy xvfb xdotool libegl1 libgl1-mesa-dri"
        )


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip under test: GENGA_TEST_ZIP, or one that build.py makes."""
    if named := os.environ.get("GENGA_TEST_ZIP"):
        return Path(named)
    output = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(ROOT / "blender-addon" / "build.py"), "--output", str(output)]
    subprocess.run(command, check=True, timeout=600, stdout=subprocess.DEVNULL)
    return next(output.glob("genga-*.zip"))


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCore]:
    """A core that runs before Blender starts, with one thread: without a graphics card Blender draws on the
    CPU, which on the machine of an artist is free for it."""
    home = tmp_path_factory.mktemp("home")
    (home / "config.json").write_text('{"threads": 1}')
    with RealCore(home) as running:
        yield running


@pytest.fixture(scope="module")
def open_blender(
    archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Path], BlenderWindow]]:
    """`open_blender(home)` opens a Blender whose GENGA_HOME is `home`, with the Genga tab showing."""
    windows: list[BlenderWindow] = []

    def open_window(home: Path) -> BlenderWindow:
        window = BlenderWindow(tmp_path_factory.mktemp("blender") / "run", archive, home, COMMAND)
        windows.append(window)
        window.open_tab()
        return window

    yield open_window
    for window in windows:
        if window.process.poll() is None:
            window.close()
