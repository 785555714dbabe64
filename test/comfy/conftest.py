"""ComfyUI tests: the real program with the pack installed, and a real core beside it.

    node scripts/setup-comfyui.mjs && .venv-comfy/bin/python -m pytest test/comfy

One server is shared by all tests of a run; a test that stops it, or wants another setup, takes `start_comfy`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from comfy_server import ComfyServer
from real_core import TOKEN, RealCore


@pytest.fixture(scope="session")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCore]:
    """A real core with starter-image and tiny-random-sd, in a home of this run."""
    with RealCore(tmp_path_factory.mktemp("core")) as running:
        yield running


@pytest.fixture(scope="session")
def comfy(core: RealCore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """ComfyUI with the pack; it finds the shared core as users' ComfyUI does, by GENGA_HOME."""
    folder = tmp_path_factory.mktemp("comfyui")
    shutil.copytree(Path(__file__).with_name("test_nodes_pack"), folder / "custom_nodes" / "genga_test_nodes")
    with ComfyServer(folder, core_environ(core)) as running:
        yield running


@pytest.fixture
def start_comfy(tmp_path: Path) -> Iterator[Callable[..., ComfyServer]]:
    """`start_comfy(environ, pack=True)` starts a server of this test's own; stopped at the end."""
    running: list[ComfyServer] = []

    def start(environ: dict[str, str] | None = None, *, pack: bool = True) -> ComfyServer:
        running.append(ComfyServer(tmp_path / f"comfyui-{len(running)}", environ, pack=pack))
        return running[-1]

    yield start
    for one in running:
        one.__exit__()


@pytest.fixture
def start_core(tmp_path: Path) -> Iterator[Callable[..., RealCore]]:
    """`start_core(home=None)` starts a core of this test's own; stopped at the end."""
    running: list[Any] = []

    def start(home: Path | None = None) -> RealCore:
        running.append(RealCore(home or tmp_path / "core"))
        return running[-1]

    yield start
    for one in running:
        one.__exit__(None, None, None)


def core_environ(core: RealCore) -> dict[str, str]:
    """Environment in which a program finds this core and its token."""
    return {"GENGA_HOME": str(core.home), "GENGA_TOKEN": TOKEN}
