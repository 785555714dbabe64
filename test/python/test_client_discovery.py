"""Where the Python client looks for a core."""

from __future__ import annotations

import json
import pickle
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from genga_client import GengaError, default_home, find_core

HOME = Path("/home/aya")


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {}, "/home/aya/.local/share/genga"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/genga"),
        ("darwin", {"XDG_DATA_HOME": "/data"}, "/home/aya/Library/Application Support/genga"),
        ("win32", {}, "/home/aya/AppData/Local/genga/Data"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/genga/Data"),
        ("linux", {"GENGA_HOME": "/srv/genga", "XDG_DATA_HOME": "/data"}, "/srv/genga"),
        ("win32", {"GENGA_HOME": ""}, "/home/aya/AppData/Local/genga/Data"),
    ],
)
def test_default_home_is_the_cores(platform: str, environ: dict[str, str], folder: str) -> None:
    assert PurePosixPath(default_home(environ, platform, HOME).as_posix()) == PurePosixPath(folder)


def write(home: Path, facts: Any) -> None:
    (home / "run").mkdir()
    (home / "run" / "core.json").write_text(json.dumps(facts))


def test_the_token_comes_from_the_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")
    write(tmp_path, {"port": 4711, "pid": 1, "version": "0.1.0", "token_file": str(tmp_path / "token")})
    found = find_core(tmp_path, {})
    assert (found.url, found.token) == ("ws://127.0.0.1:4711/", "abc")
    assert find_core(tmp_path, {"GENGA_TOKEN": "other"}).token == "other"


@pytest.mark.parametrize(
    ("host", "url"),
    [("::1", "ws://[::1]:4711/"), ("127.0.0.2", "ws://127.0.0.2:4711/"), ("0.0.0.0", "ws://127.0.0.1:4711/")],
)
def test_the_host_is_the_one_that_the_core_names(tmp_path: Path, host: str, url: str) -> None:
    write(tmp_path, {"host": host, "port": 4711})
    assert find_core(tmp_path, {}).url == url


def test_a_token_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"port": 4711, "token_file": str(tmp_path / "gone")})
    with pytest.raises(GengaError) as caught:
        find_core(tmp_path, {})
    assert caught.value.code == "UNAUTHORIZED" and "GENGA_TOKEN" in str(caught.value)


@pytest.mark.parametrize("port", [None, 0, 65536, "80", 1.5, -1])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: Any) -> None:
    write(tmp_path, {"port": port})
    with pytest.raises(GengaError, match="names no port") as caught:
        find_core(tmp_path, {})
    assert caught.value.code == "CORE_NOT_RUNNING"


def test_errors_survive_pickling() -> None:
    error = GengaError("OUT_OF_MEMORY", "Too large.", remedy="Smaller.", data={"bytes": 5})
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, again.message, again.remedy, again.data) == (
        "OUT_OF_MEMORY",
        "Too large.",
        "Smaller.",
        {"bytes": 5},
    )
    assert str(again) == "Too large. Smaller."
