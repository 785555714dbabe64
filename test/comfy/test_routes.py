"""The routes that the page's extension asks, on the real server with a real core."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import stat
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from comfy_server import ComfyServer
from genga_client import Client, connect
from PIL import Image
from real_core import TOKEN, RealCore

PARAMS = {
    "bundle": "tiny-random-sd",
    "prompt": "a lighthouse",
    "width": 64,
    "height": 64,
    "num_inference_steps": 2,
}
LOCAL = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(core: RealCore) -> Any:
    with connect(core.url, TOKEN, name="another-program", version="1") as connected:
        yield connected


def test_state_tells_of_the_core_and_its_jobs(comfy: ComfyServer, client: Client) -> None:
    job = client.submit("image", PARAMS, project="harbour")
    job.wait(timeout=300)
    state = comfy.get("/genga/state")
    assert state["state"] == "connected"
    assert state["status"]["policy"] == "open"
    assert {"starter-image", "tiny-random-sd"} <= {bundle["id"] for bundle in state["status"]["bundles"]}
    shown = next(one for one in state["jobs"] if one["job_id"] == job.job_id)
    assert (shown["state"], shown["label"], shown["project"]) == ("succeeded", "a lighthouse", "harbour")
    assert TOKEN not in json.dumps(state)


def test_pictures_come_whole_and_small(comfy: ComfyServer, client: Client) -> None:
    asset = client.submit("image", PARAMS).wait(timeout=300).outputs[0].asset
    whole = comfy.get_bytes(f"/genga/assets/{asset.sha256}")
    assert hashlib.sha256(whole).hexdigest() == asset.sha256
    with Image.open(io.BytesIO(comfy.get_bytes(f"/genga/assets/{asset.sha256}?thumbnail"))) as small:
        assert (small.format, small.size) == ("WEBP", (64, 64))


def test_what_is_no_picture_is_saved_and_never_shown(comfy: ComfyServer, client: Client) -> None:
    page = client.put_asset(b"<script>alert(1)</script>", mime="text/html", name="page.html")
    with urllib.request.urlopen(f"{comfy.url}/genga/assets/{page.sha256}") as answer:
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"


def test_a_waiting_job_is_cancelled(comfy: ComfyServer, client: Client) -> None:
    client.update_jobs("pause")
    try:
        job = client.submit("image", PARAMS)
        assert comfy.post(f"/genga/jobs/{job.job_id}/cancel", {}) == (200, {})
        assert [event.type for event in job.events(60)][-1] == "cancelled"
        status, answer = comfy.post("/genga/jobs/none/cancel", {})
        assert (status, answer["error"]["code"]) == (404, "JOB_NOT_FOUND")
        status, _ = comfy.post("/genga/jobs/update", {"action": "remove", "job_ids": [job.job_id]})
        assert status == 200
        assert job.job_id not in {one["job_id"] for one in comfy.get("/genga/state")["jobs"]}
    finally:
        client.update_jobs("resume")


@pytest.mark.parametrize("body", [{}, {"action": "burn"}, {"action": "pause", "job_ids": [1]}, []])
def test_a_change_that_cannot_be_read_is_refused(comfy: ComfyServer, body: Any) -> None:
    status, answer = comfy.post("/genga/jobs/update", body)
    assert (status, answer["error"]["code"]) == (400, "INVALID_REQUEST")


def test_provenance_of_files_in_comfyuis_folders(comfy: ComfyServer, client: Client) -> None:
    output = comfy.folder / "output" / "provenance"
    output.mkdir(exist_ok=True)
    asset = client.submit("image", PARAMS | {"seed": 5}).wait(timeout=300).outputs[0].asset
    signed = client.get_asset(asset.sha256, output / "signed.png")
    damaged = bytearray(signed.read_bytes())
    damaged[-40] ^= 1
    (output / "damaged.png").write_bytes(damaged)
    with Image.open(signed) as picture:
        picture.save(output / "stripped.png")
    Image.new("RGB", (64, 64), (9, 9, 9)).save(output / "plain.png")

    def ask(name: str, more: str = "") -> Any:
        return comfy.get(f"/genga/provenance?filename={name}&subfolder=provenance&type=output{more}")

    answer = ask("signed.png")
    assert answer["verification"]["state"] in ("trusted", "valid")
    record = answer["verification"]["record"]
    assert record["params"]["prompt"] == "a lighthouse"
    assert record["models"][0]["name"]
    assert ask("damaged.png")["verification"]["state"] == "tampered"
    assert ask("plain.png") == {"credential": False}
    assert ask("stripped.png") == {"credential": False}
    assert ask("stripped.png", "&search")["verification"]["state"] == "known"
    by_hash = comfy.get(f"/genga/provenance?sha256={asset.sha256}")
    assert by_hash["verification"]["record"] == record


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("filename=../comfyui.log&type=output", 403),
        ("filename=/etc/passwd&type=output", 403),
        ("filename=comfyui.log&subfolder=..&type=output", 403),
        ("filename=none.png&type=output", 404),
        ("filename=none.png&type=models", 400),
        ("type=output", 400),
    ],
)
def test_no_file_outside_comfyuis_folders_is_read(comfy: ComfyServer, query: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        comfy.get(f"/genga/provenance?{query}")
    assert refused.value.code == status


def test_settings_reach_another_core_and_keep_its_token_to_themselves(
    start_comfy: Callable[..., ComfyServer], start_core: Callable[..., RealCore], tmp_path: Path
) -> None:
    core = start_core()
    comfy = start_comfy({"GENGA_HOME": str(tmp_path / "nowhere")})
    state = comfy.get("/genga/state")
    assert (state["state"], state["error"]["code"]) == ("unreachable", "CORE_NOT_RUNNING")
    assert "genga serve" in state["error"]["remedy"]

    wanted = {"url": f"http://127.0.0.1:{core.port}", "token": TOKEN, "prompt_privacy": True}
    status, shown = comfy.post("/genga/settings", wanted)
    assert status == 200
    assert shown["url"] == f"ws://127.0.0.1:{core.port}/"
    assert shown["has_token"] and shown["prompt_privacy"] and shown["may_change"]
    assert "token" not in shown
    assert comfy.get("/genga/state")["state"] == "connected"
    file = comfy.folder / "user" / "__genga" / "settings.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for path in ("/userdata?dir=__genga", "/userdata/__genga%2Fsettings.json"):
        with pytest.raises(urllib.error.HTTPError):
            comfy.get(path)

    # A token belongs to an address: another address must not be handed it.
    assert comfy.post("/genga/settings", {"url": "ws://127.0.0.1:9/"})[1]["has_token"] is False
    status, answer = comfy.post("/genga/settings", {"url": "file:///etc/passwd"})
    assert (status, answer["error"]["code"]) == (400, "INVALID_REQUEST")
    assert comfy.post("/genga/settings", {"url": f"ws://127.0.0.1:{core.port}/", "token": "wrong"})[0] == 200
    assert comfy.get("/genga/state")["error"]["code"] == "UNAUTHORIZED"

    # Other machines and other sites change nothing.
    for headers in (
        LOCAL | {"X-Forwarded-For": "192.0.2.7"},
        LOCAL | {"X-Real-IP": "192.0.2.7"},
        LOCAL | {"Origin": "https://comfy.example"},
        LOCAL | {"Host": "evil.example"},
        {"Content-Type": "text/plain"},
    ):
        request = urllib.request.Request(f"{comfy.url}/genga/settings", b'{"token": "theirs"}', headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 403

    # Without an address it is the core of this machine again, with that one's own token.
    assert comfy.post("/genga/settings", {"url": ""})[1]["url"] is None
    shutil.rmtree(tmp_path / "nowhere", ignore_errors=True)
    os.symlink(core.home, tmp_path / "nowhere")
    assert comfy.get("/genga/state")["state"] == "connected"


def test_the_page_follows_a_core_that_restarts_elsewhere(
    start_comfy: Callable[..., ComfyServer], start_core: Callable[..., RealCore]
) -> None:
    core = start_core()
    comfy = start_comfy({"GENGA_HOME": str(core.home), "GENGA_TOKEN": TOKEN})
    assert comfy.get("/genga/state")["state"] == "connected"
    core.stop()
    assert comfy.get("/genga/state")["error"]["code"] == "CORE_NOT_RUNNING"
    again = start_core(core.home)
    assert again.port != core.port
    assert comfy.get("/genga/state")["state"] == "connected"
