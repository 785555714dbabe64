"""The motion bundle: rows as the batches use them, the library's files, stored weights, and the measures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from models.export.half_weights import SMALLEST, store_half
from models.export.onnx_graph import GraphIo, export_graph
from models.training.motion import measure
from models.training.motion.bundle import library_rows
from models.training.motion.clip_library import LibraryClip, read_library, write_library
from models.training.motion.clips import Clip
from models.training.motion.dataset import Source, seen_in_a_mirror
from models.training.motion.export import numbered, shipped, training_data
from models.training.motion.features import WIDTH, WINDOW, from_features, to_features
from models.training.motion.goals import GIST_WIDTH, gist
from models.training.motion.make_tiny import main as make_tiny
from models.training.motion.motion import Motion, contacts_of, faced_forward, joints_of, mirror
from models.training.motion.procedural.generator import generate
from models.training.motion.requests import path_requests, ways, word_requests
from models.training.motion.retriever import RETRIEVER_WIDTH, Retriever
from models.training.motion.rotations import about, multiply
from models.training.motion.rows import followed, forward, mirrored, moved

WALK = faced_forward(generate(3, 2, "going"))


def test_rows_are_mirrored_as_the_motion_is() -> None:
    expected = to_features(mirror(WALK))
    assert mirrored(to_features(WALK)) == pytest.approx(expected, abs=1e-5)


def test_rows_are_turned_and_moved_as_the_motion_is() -> None:
    rows = moved(to_features(WALK), 1.1, np.array([2.0, -3.0], np.float32))
    turn = np.broadcast_to(about("y", 1.1), (len(WALK), 4))
    turned = Motion(
        np.stack(
            [
                np.cos(1.1) * WALK.root[:, 0] + np.sin(1.1) * WALK.root[:, 2] + 2,
                WALK.root[:, 1],
                -np.sin(1.1) * WALK.root[:, 0] + np.cos(1.1) * WALK.root[:, 2] - 3,
            ],
            -1,
        ).astype(np.float32),
        np.concatenate([multiply(turn, WALK.rotations[:, 0])[:, None], WALK.rotations[:, 1:]], 1),
    )
    assert joints_of(from_features(rows)) == pytest.approx(joints_of(turned), abs=2e-4)
    assert forward(rows) == pytest.approx(to_features(WALK), abs=1e-4)


def test_one_motion_follows_another_without_a_jump() -> None:
    first, second = to_features(WALK), to_features(faced_forward(generate(3, 5, "gesture")))
    rows, seam = followed(first, second)
    assert len(rows) == len(first) + len(second) - 10
    assert len(first) - 10 <= seam <= len(first)
    steps = np.linalg.norm(np.diff(joints_of(from_features(rows)), axis=0), axis=-1).mean(-1)
    assert steps[seam - 8 : seam + 8].max() < 2 * steps.max(
        initial=0, where=np.arange(len(steps)) < seam - 10
    )


def test_the_gist_tells_left_from_right_and_fast_from_slow() -> None:
    def of(motion: Motion) -> np.ndarray:
        rows = torch.from_numpy(to_features(motion))[None]
        return gist(rows, rows, torch.ones(1, rows.shape[1]))[0].numpy()

    turn = faced_forward(next(m for n in range(30) if "left" in (m := generate(4, n, "turning")).captions[0]))
    assert of(turn).shape == (GIST_WIDTH,)
    assert of(turn)[-2] > 0.3
    assert of(mirror(turn))[-2] == pytest.approx(-of(turn)[-2], abs=1e-3)
    assert of(WALK)[-1] == pytest.approx(measure.speed(WALK), rel=0.1)


def test_a_library_comes_back_as_it_was_written(tmp_path: Path) -> None:
    motions = [faced_forward(generate(9, n, recipe)) for n, recipe in enumerate(("going", "turning", "sit"))]
    clips = [
        LibraryClip(motion, "Apache-2.0", motion.source, loop=n == 1) for n, motion in enumerate(motions)
    ]
    rows = library_rows(clips)
    assert any(row.mirror for row in rows)
    assert all(("left" in row.caption) != ("right" in row.caption) for row in rows if row.mirror)
    vectors = np.random.default_rng(0).normal(size=(len(rows), 8)).astype(np.float32)
    entry = write_library(tmp_path, clips, rows, vectors)
    assert entry["data"]["size"] == (tmp_path / "library.bin").stat().st_size
    back = read_library(tmp_path)
    assert [clip["loop"] for clip in back.index["clips"]] == [False, True, False]
    assert back.embeddings == pytest.approx(vectors)
    for motion, read in zip(motions, back.motions, strict=True):
        assert joints_of(read) == pytest.approx(joints_of(motion), abs=1e-3)
    assert (back.contacts[: len(motions[0])] == contacts_of(joints_of(motions[0]))).all()
    with pytest.raises(ValueError, match="captions"):
        write_library(tmp_path, clips, rows, vectors[1:])


def test_what_is_held_out_and_what_its_maker_wants_kept_together_is_not_in_the_library() -> None:
    names = ["cmu_002_01", "kaykit_Walk", "kk11_Run", "m2m_Wave", *(f"q_{n}" for n in range(40))]
    clips = [
        Clip(
            Motion(WALK.root, WALK.rotations, ("a person walks",), "walk", name, name),
            "CC0-1.0",
            "o/r/p",
            "o/r",
            "0",
        )
        for name in names
    ]
    found = {clip.motion.source for clip in shipped(clips)}
    assert not any(name.startswith(("kaykit", "kk11")) for name in found)
    held = {clip.motion.source for clip in clips if clip.held_out}
    assert held and not held & found
    assert found | held >= {"cmu_002_01", "m2m_Wave"}
    kaykit = next(one for one in training_data(clips, found) if "KayKit" in one["name"])
    assert "training" in kaykit["used_for"]
    assert numbered([LibraryClip(generate(1, 2, "sit"), "", "")])[0].motion.source == "genga_sit_001"


def test_stored_half_weights_compute_in_float32(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(64, 64)
    assert layer.weight.numel() >= SMALLEST
    file, x = tmp_path / "layer.onnx", torch.randn(3, 64)
    export_graph(layer, file, [(GraphIo("x", {0: "batch"}), x)], [GraphIo("y", {0: "batch"})])
    before = file.stat().st_size
    store_half(file)
    assert file.stat().st_size < 0.7 * before
    (got,) = onnxruntime.InferenceSession(str(file)).run(None, {"x": x.numpy()})
    half = layer.weight.half().float()
    expected = (x @ half.T + layer.bias).detach().numpy()
    assert got == pytest.approx(expected, abs=1e-5)


def test_the_retriever_gives_unit_vectors_that_padding_does_not_change() -> None:
    torch.manual_seed(0)
    retriever = Retriever().eval()
    ids = torch.randint(4, 300, (2, 9))
    with torch.no_grad():
        short = retriever(ids)
        padded = retriever(torch.cat([ids, torch.zeros(2, 6, dtype=torch.int64)], 1))
    assert short.shape == (2, RETRIEVER_WIDTH)
    assert short.norm(dim=1).numpy() == pytest.approx(1, abs=1e-5)
    assert padded.numpy() == pytest.approx(short.numpy(), abs=1e-4)


def test_batches_are_of_the_source_and_given_what_came_before() -> None:
    source = Source([], 5, made=12)
    rng = np.random.default_rng(0)
    batch = source.batch(rng, 24)
    assert batch.features.shape == (24, WINDOW, WIDTH)
    for rows, frames in zip(batch.features, batch.frames, strict=True):
        assert rows[0, :2] == pytest.approx(0, abs=1e-5)
        assert rows[0, 3:5] == pytest.approx((0, 1), abs=1e-4)
        assert not rows[frames:].any()
    take = source.take("", 3)
    assert seen_in_a_mirror(seen_in_a_mirror(take)).rows == pytest.approx(take.rows, abs=1e-6)


def test_measures_agree_with_what_they_measure() -> None:
    straight = np.stack([np.zeros(100), np.full(100, 0.9), np.linspace(0, 4.95, 100)], -1).astype(np.float32)
    still = np.zeros((100, 22, 4), np.float32)
    still[..., 0] = 1
    glide = Motion(straight, still)
    assert measure.speed(glide) == pytest.approx(1.0, rel=1e-3)
    assert measure.turned(glide) == pytest.approx(0, abs=1e-3)
    assert measure.jerk(glide) == pytest.approx(0, abs=2)
    assert measure.skate([glide]) == 1.0
    assert measure.path_error(glide, np.array([[0, 0], [0, 4.95]])).max() < 1e-4
    assert measure.path_error(glide, np.array([[0.5, 0], [0.5, 4.95]])).max() == pytest.approx(0.5)
    pose, velocity = measure.loop_seam(glide)
    assert pose == pytest.approx(0, abs=1e-3)  # the way over the ground is no change of pose
    assert velocity == pytest.approx(0, abs=1e-2)
    left = faced_forward(next(m for n in range(30) if "left" in (m := generate(4, n, "turning")).captions[0]))
    assert measure.turned(left) > 30
    assert measure.turned(mirror(left)) == pytest.approx(-measure.turned(left), abs=0.1)
    short = Motion(WALK.root[:20], WALK.rotations[:20])
    assert measure.windows(short).shape == (0, 660)
    rows = measure.windows(WALK)
    assert measure.nearest(rows, rows) == pytest.approx(0, abs=2e-3)


def test_what_is_asked_for_is_ten_metres_long_and_both_sides_come_as_often() -> None:
    for points in ways().values():
        assert np.linalg.norm(np.diff(points, axis=0), axis=-1).sum() == pytest.approx(10, rel=2e-3)
    assert len(path_requests()) == 6
    turns = [one.about["side"] for one in word_requests() if one.about["kind"] == "turn"]
    assert turns.count("left") == turns.count("right") >= 12


def test_the_tiny_bundle_is_written_the_same_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifests = []
    for name in ("a", "b"):
        monkeypatch.setattr("sys.argv", ["make_tiny", "--out", str(tmp_path / name)])
        make_tiny()
        manifest = json.loads((tmp_path / name / "bundle.json").read_text())
        manifests.append({key: value for key, value in manifest.items() if key != "memory_bytes"})
    assert manifests[0] == manifests[1]
    assert manifests[0]["family"] == "motion-diffusion"
