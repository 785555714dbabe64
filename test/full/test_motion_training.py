"""The data of the motion model: kinematics, mirrored words, composition, and what the generator promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from models.training.motion.clips import read_clips
from models.training.motion.compose import joined
from models.training.motion.denoiser import Denoiser
from models.training.motion.diffusion import joints
from models.training.motion.features import CONDITIONS, WIDTH, WINDOW, from_features, to_features
from models.training.motion.model import encode, load_model, read_log
from models.training.motion.motion import (
    Motion,
    contacts_of,
    faced_forward,
    joints_of,
    mirror,
    mirrored_words,
    time_warped,
)
from models.training.motion.procedural.body import solve, standing, two_bones
from models.training.motion.procedural.gait import Gait, follow
from models.training.motion.procedural.generator import RECIPES, generate
from models.training.motion.procedural.gestures import reach_to
from models.training.motion.procedural.paths import curve, speed_profile
from models.training.motion.rotations import (
    about,
    from_matrix,
    from_six_numbers,
    multiply,
    rotate,
    six_numbers,
    slerp,
    to_matrix,
    yaw_of,
)
from models.training.motion.skeleton import (
    FEET,
    FPS,
    JOINT,
    NAMES,
    OFFSETS,
    PARENTS,
    SOLE,
    STANDING_HEIGHTS,
)
from models.training.motion.text import TEXT_WIDTH
from models.training.motion.thesaurus import varied

ROOT = Path(__file__).parents[2]


def write_clips(folder: Path, motions: list[Motion]) -> dict:
    """Writes a folder of recorded clips, two to a group; gives its skeleton.json."""
    lines = [
        {
            "clip": f"clip{n}",
            "group": f"group{n // 2}",
            "action": motion.action,
            "captions": list(motion.captions),
            "licence": "CC0-1.0",
            "source_repo": "somebody/clips",
            "source_path": f"{n}.bvh",
        }
        for n, motion in enumerate(motions)
    ]
    (folder / "clips.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    skeleton = {"names": NAMES, "parents": PARENTS, "offsets_m": OFFSETS.tolist(), "fps": FPS}
    (folder / "skeleton.json").write_text(json.dumps(skeleton))
    np.savez(
        folder / "motions.npz",
        root=np.concatenate([m.root for m in motions]),
        rot_q16=np.round(np.concatenate([m.rotations for m in motions]) * 32767).astype(np.int16),
        offsets=np.cumsum([0, *(len(m) for m in motions)]),
    )
    return skeleton


def turns(count: int, seed: int = 0) -> np.ndarray:
    q = np.random.default_rng(seed).standard_normal((count, 4)).astype(np.float32)
    return q / np.linalg.norm(q, axis=-1, keepdims=True)


def test_rotations_agree_with_each_other() -> None:
    a, b = turns(50), turns(50, 1)
    v = np.random.default_rng(2).standard_normal((50, 3)).astype(np.float32)
    assert rotate(multiply(a, b), v) == pytest.approx(rotate(a, rotate(b, v)), abs=1e-5)
    assert np.einsum("nij,nj->ni", to_matrix(a), v) == pytest.approx(rotate(a, v), abs=1e-5)
    for back in (from_matrix(to_matrix(a)), from_six_numbers(six_numbers(a) * 3)):
        assert np.abs((back * a).sum(-1)) == pytest.approx(1, abs=1e-5)
    assert yaw_of(about("y", 0.7)) == pytest.approx(0.7)
    assert slerp(about("x", 0.2), about("x", 1.0), 0.25) == pytest.approx(about("x", 0.4), abs=1e-6)


def test_two_bones_reach_what_is_in_reach_and_bend_towards_the_pole() -> None:
    rng = np.random.default_rng(0)
    target = rng.standard_normal((200, 3)).astype(np.float32)
    target *= rng.uniform(0.1, 0.5, (200, 1)) / np.linalg.norm(target, axis=-1, keepdims=True)
    pole = np.broadcast_to(np.array([0, 0, 1], np.float32), target.shape)
    first, second, outward = two_bones(np.zeros_like(target), target, pole, 0.27, 0.25)
    assert first * 0.27 + second * 0.25 == pytest.approx(target, abs=1e-5)
    assert (outward[:, 2] > 0).all()
    assert ((first * outward).sum(-1) >= -1e-5).all()


def test_a_body_that_stands_has_flat_feet_on_the_ground_and_hands_at_its_sides() -> None:
    motion = solve(standing(4), (), "idle", "test")
    joints = joints_of(motion)[0]
    assert joints[list(FEET), 1] == pytest.approx(STANDING_HEIGHTS, abs=1e-4)
    assert joints[JOINT["left_wrist"], 0] > 0.2 and joints[JOINT["right_wrist"], 0] < -0.2
    assert joints[JOINT["left_wrist"], 1] < joints[JOINT["pelvis"], 1] + 0.1
    assert joints[JOINT["left_foot"], 2] > joints[JOINT["left_ankle"], 2] + 0.1
    assert 1.4 < joints[JOINT["head"], 1] < 1.7


@pytest.mark.parametrize("side", [0, 1])
def test_a_hand_goes_where_it_is_told(side: int) -> None:
    body = standing(2)
    reach_to(body, side, np.array([0.2, 0.1, 0.4]), np.ones(2, np.float32))
    joints = joints_of(solve(body, (), "reach", "test"))[0]
    hand = joints[JOINT[("left_wrist", "right_wrist")[side]]] - joints[JOINT["spine3"]]
    assert hand == pytest.approx((0.2 if side == 0 else -0.2, 0.1, 0.4), abs=1e-4)


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_every_recipe_keeps_bones_rigid_stays_above_the_ground_and_repeats_by_its_seed(recipe: str) -> None:
    for number in range(4):
        motion = generate(5, number, recipe)
        joints = joints_of(motion)
        for joint, parent in enumerate(PARENTS):
            if parent >= 0:
                length = np.linalg.norm(joints[:, joint] - joints[:, parent], axis=-1)
                assert length == pytest.approx(np.linalg.norm(OFFSETS[joint]), abs=1e-4)
        assert joints[..., 1].min() > SOLE - 0.02
        turned = np.abs((motion.rotations[1:] * motion.rotations[:-1]).sum(-1))
        assert np.degrees(2 * np.arccos(turned.min().clip(0, 1))) < 90, "no joint flips within a frame"
        assert motion.captions and all(caption == " ".join(caption.split()) for caption in motion.captions)
        again = generate(5, number, recipe)
        assert (again.rotations == motion.rotations).all() and again.captions == motion.captions


@pytest.mark.parametrize(
    ("speed", "gait"),
    [(1.3, Gait()), (0.7, Gait(crouch=0.15)), (1.1, Gait(knee_lift=0.25)), (3.0, Gait(running=True))],
)
def test_a_foot_stays_where_it_bears_weight_and_the_body_covers_the_way(speed: float, gait: Gait) -> None:
    body = follow(curve(speed_profile(160, speed, True, True), np.zeros(160, np.float32)), gait)
    motion = solve(body, (), "walk", "test")
    joints = joints_of(motion)
    balls = joints[:, [JOINT["left_foot"], JOINT["right_foot"]]]
    moved = np.linalg.norm(np.diff(balls, axis=0), axis=-1)
    flat = (
        body.planted[1:]
        & body.planted[:-1]
        & (balls[1:, :, 1] < SOLE + 0.002)
        & (balls[:-1, :, 1] < SOLE + 0.002)
    )
    assert flat.mean() > 0.2
    assert np.quantile(moved[flat], 0.99) < 0.004
    expected = speed_profile(160, speed, True, True)[:-1].sum() / FPS
    assert motion.root[-1, 2] - motion.root[0, 2] == pytest.approx(expected, abs=0.06)
    assert np.abs(balls[-1, :, 2] - joints[-1, 0, 2] - 0.12).max() < 0.1, "it ends with both feet below it"


def test_words_of_a_turn_are_true() -> None:
    sizes = {"45": 45, "90": 90, "180": 180, "360": 360}
    for number in range(30):
        motion = generate(9, number, "turning")
        side, size = motion.source.split(":")[-2:]
        angle = np.degrees(np.unwrap(yaw_of(motion.rotations[:, 0])))
        assert (angle[-1] - angle[0]) * (1 if side == "left" else -1) == pytest.approx(sizes[size], abs=6)
        assert all(side in caption for caption in motion.captions)


def test_words_of_the_way_are_true() -> None:
    for number in range(120):
        motion = generate(11, number, "going")
        _, direction, shape, speed, turned = motion.source.split("going:")[1].split(":")
        way = motion.root[-1, [0, 2]] - motion.root[0, [0, 2]]
        if shape == "straight" and np.linalg.norm(way) > 0.5:
            want = {"forward": (0, 1), "backward": (0, -1), "left": (1, 0), "right": (-1, 0)}[direction]
            assert way @ np.array(want) > 0.9 * np.linalg.norm(way), motion.source
        if shape in ("curve", "circle"):
            angle = np.degrees(np.unwrap(yaw_of(motion.rotations[:, 0])))
            assert angle[-1] - angle[0] == pytest.approx(float(turned), abs=25), motion.source
        steady = np.linalg.norm(np.diff(motion.root[:, [0, 2]], axis=0), axis=-1) * FPS
        assert np.median(steady) < float(speed) * 1.25


def test_a_jump_flies_by_the_laws_of_a_throw() -> None:
    motion = next(m for m in (generate(3, n, "jump") for n in range(40)) if ":up:1:" in m.source)
    height = float(motion.source.split(":")[-1])
    feet = joints_of(motion)[:, list(FEET[2:]), 1].min(1) - SOLE
    assert feet.max() > 0.3 * height
    aloft = feet > 0.04
    assert aloft.sum() / FPS == pytest.approx(2 * np.sqrt(2 * height / 9.81), abs=0.16)


def test_the_mirror_swaps_sides_and_words_and_twice_is_nothing() -> None:
    motion = generate(1, 3, "kick")
    other = mirror(motion)
    joints, mirrored = joints_of(motion), joints_of(other)
    swapped = [
        NAMES.index(n.replace("left", "x").replace("right", "left").replace("x", "right")) for n in NAMES
    ]
    assert mirrored[:, swapped] * np.array([-1, 1, 1]) == pytest.approx(joints, abs=1e-4)
    assert mirrored_words("turns left, then walks clockwise") == "turns right, then walks counterclockwise"
    assert joints_of(mirror(other)) == pytest.approx(joints, abs=1e-5)
    assert mirror(other).captions == motion.captions


def test_time_warp_keeps_the_poses_and_changes_the_length() -> None:
    motion = generate(2, 0, "going")
    slow = time_warped(motion, 0.5)
    assert len(slow) == 2 * len(motion) - 1
    assert joints_of(slow)[::2] == pytest.approx(joints_of(motion), abs=1e-4)


def test_two_motions_join_without_a_seam_and_say_both() -> None:
    rng = np.random.default_rng(0)
    walk, sit = generate(1, 3, "going"), generate(1, 3, "sit")
    both = joined(walk, sit, rng)
    overlap = FPS // 2
    assert len(both) == len(walk) + len(sit) - overlap
    step = np.abs(np.diff(joints_of(both), axis=0)).max((1, 2))
    apart = max(np.abs(np.diff(joints_of(m), axis=0)).max() for m in (walk, sit))
    seam = len(walk) - overlap
    assert step[seam - 2 : seam + overlap + 2].max() < 1.5 * apart + 0.05
    assert "then" in both.captions[0] or "after that" in both.captions[0]
    assert [frame for frame, _ in both.segments] == [0, len(walk) - overlap + overlap // 2]


def test_a_motion_faced_forward_starts_at_the_origin_and_moves_the_same() -> None:
    motion = generate(4, 1, "turning")
    turned = Motion(
        rotate(np.broadcast_to(about("y", 2.0), (len(motion), 4)), motion.root)
        + np.array([3, 0, -2], np.float32),
        np.concatenate(
            [
                multiply(np.broadcast_to(about("y", 2.0), (len(motion), 4)), motion.rotations[:, 0])[:, None],
                motion.rotations[:, 1:],
            ],
            1,
        ),
    )
    assert joints_of(faced_forward(turned)) == pytest.approx(joints_of(faced_forward(motion)), abs=1e-4)


def test_contacts_are_found_where_feet_stand() -> None:
    assert contacts_of(joints_of(solve(standing(10), (), "idle", "test"))).all()
    jump = generate(3, 1, "jump")
    assert not contacts_of(joints_of(jump)).all()


def test_recorded_clips_are_read_with_their_groups_kept_together(tmp_path: Path) -> None:
    motions = [generate(8, n, "gesture") for n in range(6)]
    skeleton = write_clips(tmp_path, motions)
    clips = read_clips(tmp_path)
    assert [len(clip.motion) for clip in clips] == [len(m) for m in motions]
    assert joints_of(clips[3].motion) == pytest.approx(joints_of(motions[3]), abs=2e-3)
    assert all(a.held_out == b.held_out for a, b in zip(clips[::2], clips[1::2], strict=True))
    (tmp_path / "skeleton.json").write_text(json.dumps(skeleton | {"fps": 30}))
    with pytest.raises(ValueError, match=r"skeleton\.json"):
        read_clips(tmp_path)


def test_features_keep_the_whole_motion() -> None:
    motion = faced_forward(generate(6, 2, "going"))
    features = to_features(motion)
    back = from_features(features)
    assert joints_of(back) == pytest.approx(joints_of(motion), abs=2e-4)
    found = joints(torch.from_numpy(features)[None])[0].numpy()
    assert found == pytest.approx(joints_of(motion), abs=2e-4)
    assert features[0, :2] == pytest.approx(0, abs=1e-6)
    assert features[0, 3:5] == pytest.approx((0, 1), abs=1e-4)


def test_what_is_given_passes_through_the_denoiser_and_padding_changes_nothing() -> None:
    torch.manual_seed(0)
    model = Denoiser(width=32, layers=1, heads=2)
    torch.nn.init.normal_(model.write.weight)
    sample, observed = torch.randn(2, WINDOW, WIDTH), torch.randn(2, WINDOW, WIDTH)
    given = torch.zeros(2, WINDOW, len(CONDITIONS))
    given[:, 10:20, CONDITIONS.index("path")] = 1
    given[:, 30, CONDITIONS.index("pose")] = 1
    valid = (torch.arange(WINDOW) < 80).float().expand(2, -1)
    t, text = torch.tensor([500, 20]), torch.randn(2, TEXT_WIDTH)
    found = model(sample, t, text, observed, given, valid)
    assert torch.equal(found[:, 10:20, 0:2], observed[:, 10:20, 0:2])
    assert torch.equal(found[:, 30, 5:137], observed[:, 30, 5:137])
    assert not torch.equal(found[:, 40], observed[:, 40])
    other = sample.clone()
    other[:, 80:] = 9
    again = model(other, t, text, observed, given, valid)
    assert torch.allclose(again[:, :80], found[:, :80], atol=1e-4)


def test_words_vary_and_stay_true() -> None:
    rng = np.random.default_rng(0)
    said = {varied("a person walks slowly to the left, then stops", rng) for _ in range(60)}
    assert len(said) > 20
    assert all("left" in text and "right" not in text for text in said)
    assert any("strolls" in text or "strides" in text for text in said)


def test_a_short_training_goes_on_from_its_checkpoint_and_samples_the_asked_length(tmp_path: Path) -> None:
    data = tmp_path / "clips"
    data.mkdir()
    write_clips(data, [generate(8, n, "gesture") for n in range(40)])
    command = [
        sys.executable,
        "-m",
        "models.training.motion.train",
        "--data",
        data,
        "--out",
        tmp_path / "run",
    ]
    for _ in range(2):
        options = ["--minutes", "0.05", "--batch", "4", "--generated", "20"]
        ran = subprocess.run(
            [*map(str, command), *options], cwd=ROOT, capture_output=True, text=True, timeout=400
        )
        assert ran.returncode == 0, ran.stderr
    steps = [line["step"] for line in read_log(tmp_path / "run/log.jsonl") if "pose" in line]
    assert steps == sorted(set(steps)) and len(steps) >= 2
    model, tokenizer = load_model(tmp_path / "run")
    ids = encode(tokenizer, ["a person walks", "someone strolls"])
    first, second = (model.sample(ids, 50, seed, steps=3) for seed in (1, 1))
    assert [len(motion) for motion in first] == [50, 50]
    assert (first[0].rotations == second[0].rotations).all()
    assert (tmp_path / f"run/samples-{steps[-1]:06d}.png").exists() or list(
        (tmp_path / "run").glob("samples-*.png")
    )
