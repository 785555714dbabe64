"""The Python client with the real core."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from genga_client import Client, GengaError, Job, connect
from genga_client.protocol import (
    Control,
    ImageParams,
    JobEvent,
    MeshOutput,
    MeshParams,
    MotionOutput,
    MotionParams,
    MotionSegment,
    PreviewOptions,
    ProgressEvent,
    TextureParams,
)
from real_core import TOKEN, RealCore

BUNDLE = "tiny-random-sd"


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCore]:
    with RealCore(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def genga(core: RealCore) -> Iterator[Client]:
    before = threading.active_count()
    with connect(core.url, TOKEN, name="genga-pytest", user="Aya") as client:
        yield client
    deadline = time.monotonic() + 120
    while threading.active_count() > before:
        assert time.monotonic() < deadline, f"threads are left: {threading.enumerate()}"
        time.sleep(0.01)


def params(**changes: Any) -> ImageParams:
    values: dict[str, Any] = {
        "bundle": BUNDLE,
        "prompt": "a castle at dawn, 夜明けの城",
        "width": 64,
        "height": 64,
        "num_inference_steps": 3,
        "seed": 7,
    }
    return ImageParams(**(values | changes))


def break_connection(client: Client) -> None:
    """Cuts the client's socket, as a network does."""
    websocket = client._connection._socket
    assert websocket is not None
    websocket.socket.shutdown(socket.SHUT_RDWR)


def until_step(job: Job, step: int, timeout: float = 600) -> list[JobEvent]:
    seen: list[JobEvent] = []
    for event in job.events(timeout):
        seen.append(event)
        if isinstance(event, ProgressEvent) and event.step >= step:
            return seen
    raise AssertionError(f"the job ended before step {step}: {seen[-1]}")


def test_welcome_tells_what_the_core_can_do(genga: Client) -> None:
    assert genga.welcome.protocol == "genga.v1"
    assert "image" in genga.welcome.capabilities.tasks
    assert BUNDLE in {bundle.id for bundle in genga.welcome.capabilities.bundles}
    assert genga.status().running >= 0


def test_a_picture_from_a_control_map_comes_signed(genga: Client, tmp_path: Path) -> None:
    depth = genga.put_asset(Path(__file__).parents[1] / "fixtures" / "scene" / "maps" / "depth.png")
    job = genga.submit("image", params(controls=[Control(kind="depth", image=depth.sha256)]), project="Tests")
    events: list[JobEvent] = []
    result = job.wait(events.append, timeout=600)
    assert [event.type for event in events][-1] == "result"
    assert [event.sequence for event in events] == sorted({event.sequence for event in events})
    output = result.outputs[0]
    assert (output.seed, output.record.who.project, output.record.who.user) == (7, "Tests", "Aya")
    assert output.record.inputs[0].sha256 == depth.sha256
    path = genga.get_asset(output.asset.sha256, to=tmp_path / "picture.png")
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == output.asset.sha256
    assert data == genga.get_asset(output.asset.sha256)
    assert data.startswith(b"\x89PNG")
    verification = genga.verify(output.asset.sha256)
    assert verification.state in ("trusted", "valid") and verification.record == output.record


def test_a_request_may_keep_its_prompts_out_of_the_file(genga: Client) -> None:
    wanted = params(prompt="a garden that nobody knows", regions=[])
    output = genga.submit("image", wanted, prompt_privacy=True).wait(timeout=600).outputs[0]
    assert b"nobody knows" not in genga.get_asset(output.asset.sha256)
    digest = hashlib.sha256(b"a garden that nobody knows").hexdigest()
    assert output.record.params["prompt"] == f"sha256:{digest}"
    open_output = genga.submit("image", wanted).wait(timeout=600).outputs[0]
    assert b"nobody knows" in genga.get_asset(open_output.asset.sha256)


def test_an_asset_of_5_mb_goes_in_and_out_again(genga: Client) -> None:
    content = os.urandom(5_000_000)
    done: list[int] = []
    ref = genga.put_asset(content, name="noise.bin", on_progress=lambda sent, _: done.append(sent))
    assert (ref.size, ref.sha256, ref.mime) == (
        5_000_000,
        hashlib.sha256(content).hexdigest(),
        "application/octet-stream",
    )
    assert done[-1] == 5_000_000 and done == sorted(done)
    assert genga.get_asset(ref.sha256) == content
    assert genga.put_asset(content) == ref


def test_an_empty_asset_goes_in_and_out_again(genga: Client) -> None:
    ref = genga.put_asset(b"", mime="text/plain")
    assert ref.size == 0 and genga.get_asset(ref.sha256) == b""


def test_a_wrong_token_is_refused(core: RealCore) -> None:
    with pytest.raises(GengaError) as caught:
        connect(core.url, "not the token of this core")
    assert caught.value.code == "UNAUTHORIZED" and "token" in str(caught.value)


def test_the_core_is_found_by_its_home_folder(core: RealCore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENGA_TOKEN", raising=False)
    monkeypatch.setenv("GENGA_HOME", str(core.home))
    with connect() as client:
        assert client.welcome.core.name == "genga"


def test_validate_fills_in_defaults_and_names_what_is_wrong(genga: Client) -> None:
    valid = genga.validate("image", params(seed=None))
    assert isinstance(valid.params["seed"], int) and valid.params["scheduler"]
    with pytest.raises(GengaError) as caught:
        genga.validate("image", {"prompt": "x", "bundle": BUNDLE, "width": 65, "steps": 5})
    assert caught.value.code == "INVALID_REQUEST"
    assert {issue["path"] for issue in caught.value.data["issues"]} == {"params.width", "params.steps"}
    with pytest.raises(GengaError) as caught:
        genga.validate("image", params(bundle="no-such-bundle"))
    assert caught.value.code == "BUNDLE_NOT_FOUND"


def test_the_same_key_gives_the_same_job(genga: Client) -> None:
    first = genga.submit("image", params(seed=1), idempotency_key="the-same")
    again = genga.submit("image", params(seed=1), idempotency_key="the-same")
    assert again.job_id == first.job_id
    first.wait(timeout=600)
    # Ended by now: a job object of its own, with all events from the first on.
    third = genga.submit("image", params(seed=1), idempotency_key="the-same")
    assert third.duplicate and third.wait(timeout=600).outputs == first.result().outputs
    with pytest.raises(GengaError) as caught:
        genga.submit("image", params(seed=2), idempotency_key="the-same")
    assert caught.value.code == "IDEMPOTENCY_CONFLICT"


def test_cancel_ends_a_running_job(genga: Client) -> None:
    job = genga.submit("image", params(num_inference_steps=900))
    until_step(job, 1)
    job.cancel()
    with pytest.raises(GengaError) as caught:
        job.wait(timeout=600)
    assert caught.value.code == "CANCELLED"
    assert genga.jobs(["cancelled"]).jobs[0].job_id == job.job_id


def test_a_broken_connection_in_mid_job_loses_and_doubles_nothing(genga: Client) -> None:
    preview = PreviewOptions(every_steps=50)
    job = genga.submit("image", params(num_inference_steps=200, preview=preview))
    events = until_step(job, 5)
    for step in (20, 60):
        break_connection(genga)
        events += until_step(job, step)
    events += list(job.events(timeout=600))
    assert events[-1].type == "result"
    sequences = [event.sequence for event in events]
    assert sequences == sorted(set(sequences))
    assert [event.type for event in events if event.type not in ("progress", "preview")] == [
        "queued",
        "started",
        "result",
    ]
    progress = [event for event in events if isinstance(event, ProgressEvent)]
    assert [event.progress for event in progress] == sorted(event.progress for event in progress)
    steps = [event.step for event in progress if event.stage == "denoise"]
    assert steps == sorted(set(steps)) and steps[-1] == 200


def test_an_upload_over_a_broken_connection_arrives_whole(genga: Client) -> None:
    content = os.urandom(24 * 1024 * 1024)
    broken: list[int] = []

    def cut(sent: int, _: int) -> None:
        if sent > 4 * 1024 * 1024 and not broken:
            broken.append(sent)
            break_connection(genga)

    ref = genga.put_asset(content, on_progress=cut)
    assert broken and ref.sha256 == hashlib.sha256(content).hexdigest()
    broken.clear()
    assert genga.get_asset(ref.sha256, on_progress=cut) == content
    assert broken


def test_the_queue_is_paused_reordered_and_resumed(genga: Client) -> None:
    genga.update_jobs("pause")
    jobs = [genga.submit("image", params(seed=seed, num_inference_steps=1)) for seed in (1, 2, 3)]
    ids = [job.job_id for job in jobs]
    genga.update_jobs("move", [ids[2]], before=ids[0])
    listed = genga.jobs(["queued", "paused"])
    assert listed.paused
    assert [job.job_id for job in listed.jobs if job.job_id in ids] == [ids[2], ids[0], ids[1]]
    jobs[1].cancel()
    genga.update_jobs("resume")
    assert jobs[0].wait(timeout=600).outputs and jobs[2].wait(timeout=600).outputs
    with pytest.raises(GengaError) as caught:
        jobs[1].wait(timeout=600)
    assert caught.value.code == "CANCELLED"


def test_a_job_that_was_retried_is_followed_to_the_end_of_the_retry(core: RealCore, genga: Client) -> None:
    job = genga.submit("image", params(num_inference_steps=900))
    until_step(job, 1)
    job.cancel()
    deadline = time.monotonic() + 120
    while genga.jobs(["cancelled"]).jobs[:1] == [] or genga.jobs(["cancelled"]).jobs[0].job_id != job.job_id:
        assert time.monotonic() < deadline
    # Its end has come and was not read; the retry is another run, with events of its own.
    genga.update_jobs("retry", [job.job_id])
    retried = genga.attach(job.job_id)
    until_step(retried, 1)
    retried.cancel()
    ended = list(retried.events(timeout=600))
    assert ended[-1].type == "cancelled" and ended[-1].sequence > job.last_sequence
    with connect(core.url, TOKEN, name="genga-pytest") as other:
        seen = [event.type for event in other.attach(job.job_id).events(timeout=600)]
    kept = [kind for kind in seen if kind not in ("progress", "preview")]
    assert kept == ["queued", "started", "cancelled"]


def test_another_client_goes_on_with_a_job(core: RealCore, genga: Client) -> None:
    with connect(core.url, TOKEN, name="genga-pytest") as first:
        job = first.submit("image", params(num_inference_steps=100))
        seen = until_step(job, 2)
        job_id, last = job.job_id, job.last_sequence
        del seen, job
    followed = genga.attach(job_id, after_event=last)
    events = list(followed.events(timeout=600))
    assert events[0].sequence > last and events[-1].type == "result"
    with pytest.raises(GengaError) as caught:
        genga.attach("no-such-job")
    assert caught.value.code == "JOB_NOT_FOUND"


def test_a_core_that_was_killed_and_started_again_finishes_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GENGA_TOKEN", raising=False)
    with RealCore(tmp_path) as first, connect(home=tmp_path) as genga:
        job = genga.submit("image", params(num_inference_steps=300))
        events = until_step(job, 3)
        first.kill()
        with RealCore(tmp_path) as second:
            assert second.port != 0
            events += list(job.events(timeout=600))
    assert events[-1].type == "result"
    sequences = [event.sequence for event in events]
    assert sequences == sorted(set(sequences))
    assert [event.attempt for event in events if event.type == "started"] == [1, 2]


def test_a_core_that_stops_is_said_to_be_gone(tmp_path: Path) -> None:
    with RealCore(tmp_path) as core:
        genga = connect(core.url, TOKEN, reconnect_for=0.2)
        assert core.stop() == 0
    with pytest.raises(GengaError) as caught:
        genga.status()
    assert caught.value.code == "CORE_NOT_RUNNING"
    genga.close()
    with pytest.raises(GengaError) as caught:
        connect(home=tmp_path)
    assert caught.value.code == "CORE_NOT_RUNNING" and "run/core.json is not there" in caught.value.message


def test_motion_is_saved_in_each_format_with_its_credential_beside_it(genga: Client, tmp_path: Path) -> None:
    bundle = next(one for one in genga.welcome.capabilities.bundles if one.id == "tiny-random-motion")
    assert bundle.motion is not None
    assert "walk" in {action.name for action in bundle.motion.actions}
    asked = MotionParams(
        bundle=bundle.id,
        segments=[MotionSegment(prompt="walks forward", duration_s=1.5)],
        seed=3,
        output=MotionOutput(formats=["bvh", "json"], fps=30),
    )
    outputs = genga.submit("motion", asked).wait(timeout=600).outputs
    assert [(output.format, output.variation, output.frames) for output in outputs] == [
        ("bvh", 0, 45),
        ("json", 0, 45),
    ]
    for output in outputs:
        assert output.sidecar is not None
        assert output.record.motion is not None
        file = genga.save_output(output, tmp_path / (output.asset.name or "motion"))
        assert hashlib.sha256(file.read_bytes()).hexdigest() == output.asset.sha256
        assert genga.verify(output.asset.sha256, output.sidecar.sha256).state == "trusted"
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["motion-3.bvh", "motion-3.bvh.c2pa", "motion-3.json", "motion-3.json.c2pa"]


def test_meshes_tell_what_they_are_and_come_from_and_are_saved_with_their_credentials(
    genga: Client, tmp_path: Path
) -> None:
    bundle = next(one for one in genga.welcome.capabilities.bundles if one.id == "tiny-random-mesh")
    assert bundle.mesh is not None
    assert "parametric" in bundle.mesh.sources and bundle.mesh.categories[0].size_m[0] > 0
    asked = MeshParams(
        bundle=bundle.id,
        prompt="a crate of dragons",
        source="parametric",
        seed=3,
        target_triangles=2000,
        lods=[0.5],
        texture_size=256,
        output=MeshOutput(formats=["glb", "ply"]),
    )
    outputs = genga.submit("mesh", asked).wait(timeout=600).outputs
    shapes = [output.mesh for output in outputs]
    assert [(shape.lod, shape.format) for shape in shapes if shape is not None] == [
        (0, "glb"),
        (0, "ply"),
        (1, "glb"),
        (1, "ply"),
    ]
    for output in outputs:
        assert output.mesh is not None and output.sidecar is not None
        assert output.mesh == output.record.mesh
        assert 0 < output.mesh.triangles <= 2000 >> output.mesh.lod
        assert output.mesh.origin.source == "parametric" and output.mesh.origin.category == "crate"
        assert any("dragon" in warning for warning in output.mesh.origin.warnings)
        file = genga.save_output(output, tmp_path / (output.asset.name or "mesh"))
        assert hashlib.sha256(file.read_bytes()).hexdigest() == output.asset.sha256
        assert genga.verify(output.asset.sha256, output.sidecar.sha256).state == "trusted"
    names = sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".c2pa")
    assert names == ["mesh-3.glb", "mesh-3.ply", "mesh-3_LOD1.glb", "mesh-3_LOD1.ply"]


def test_a_texture_is_refused_for_a_file_that_is_no_mesh_naming_the_field(
    genga: Client, tmp_path: Path
) -> None:
    (tmp_path / "text.glb").write_text("no GLB")
    text = genga.put_asset(tmp_path / "text.glb")
    with pytest.raises(GengaError) as caught:
        genga.submit("texture", TextureParams(mesh=text.sha256, prompt="weathered oak", bundle=BUNDLE))
    assert caught.value.code == "ASSET_UNREADABLE"
    assert caught.value.data is not None and caught.value.data["field"] == "params.mesh"
