"""The judge of the mesh evaluation: what it is shown, what it learns from, what it says, and the rule by
which it counts as knowing a kind.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from models.training.mesh.clay import FILLED, GROUND, SIDE, VIEWS, ClayPainter, camera
from models.training.mesh.judge import (
    FOLDS,
    TRUSTED_MODELS,
    Judge,
    counted,
    fit,
    fold_of,
    known_kinds,
    orders_of,
)
from models.training.mesh.judge_inputs import INPUTS, JudgeInputs, joined
from models.training.mesh.judge_kinds import GROUPS, KINDS, TABLE, group_of
from models.training.mesh.library_nouns import read_nouns
from models.training.mesh.photo_features import WIDTH
from models.training.mesh.prompts import PROGRAMS, Request, judge_class, vocabulary_requests
from models.training.mesh.sample import CELL, GRID, TRUNCATION, grid_centres
from models.training.mesh.shape_profile import PROFILE, shape_profile
from models.training.mesh.soft_surface import soft_surface
from models.training.mesh.soundness import levels_of, soundness
from models.training.mesh.views import cloud_of, turned

GREY = round(GROUND * 255)


def ball(stretch: tuple[float, float, float] = (1, 1, 1)) -> tuple[np.ndarray, np.ndarray]:
    """Gives triangles and normals of an ellipsoid, [t, 3, 3] each."""
    across, down = np.meshgrid(np.linspace(0, 2 * np.pi, 41), np.linspace(0, np.pi, 21), indexing="ij")
    places = np.stack([np.sin(down) * np.sin(across), np.cos(down), np.sin(down) * np.cos(across)], -1)
    quads = [places[:-1, :-1], places[:-1, 1:], places[1:, 1:], places[1:, :-1]]
    one, two, three, four = (corner.reshape(-1, 3) for corner in quads)
    triangles = np.concatenate([np.stack([one, two, three], 1), np.stack([one, three, four], 1)])
    normals = triangles / np.array(stretch)
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    return triangles * np.array(stretch), normals


@pytest.fixture(scope="module")
def painter() -> ClayPainter:
    return ClayPainter()


def test_cameras_turn_from_the_front_to_the_right_and_rise() -> None:
    assert np.allclose(camera(0, 0), np.eye(3))
    assert np.allclose(camera(90, 0)[2], [1, 0, 0])
    assert np.allclose(camera(0, 90)[2], [0, 1, 0])
    for view in VIEWS:
        assert np.allclose(camera(*view) @ camera(*view).T, np.eye(3))


def test_a_ball_fills_each_picture_and_is_lit_from_above(painter: ClayPainter) -> None:
    pictures = painter.pictures(*ball())
    assert pictures.shape == (len(VIEWS), SIDE, SIDE)
    for picture in pictures:
        covered = picture != GREY
        assert covered.mean() == pytest.approx(np.pi / 4 * FILLED**2, rel=0.03)
        upper, lower = picture[: SIDE // 2], picture[SIDE // 2 :]
        assert upper[upper != GREY].mean() > lower[lower != GREY].mean() + 10


def test_size_place_and_winding_do_not_change_the_picture(painter: ClayPainter) -> None:
    positions, normals = ball((1, 2, 0.5))
    picture = painter.pictures(positions, normals).astype(int)
    moved = painter.pictures(positions[:, ::-1] * 7 + 3, -normals[:, ::-1]).astype(int)
    assert np.abs(picture - moved).max() <= 2
    assert np.abs(picture - painter.pictures(*ball((1, 1, 1))).astype(int)).max() > 50


def test_a_model_through_the_grid_keeps_its_surface_and_its_normals() -> None:
    radii = np.array([0.8, 0.5, 0.4])
    distance = (np.linalg.norm(grid_centres(GRID) / radii, axis=1) - 1) * radii.min()
    sdf = np.round((distance / TRUNCATION).clip(-1, 1) * 127).astype(np.int8).reshape(GRID, GRID, GRID)
    found = soft_surface(sdf)
    assert found is not None
    positions, normals = (part.reshape(-1, 3) for part in found)
    assert np.abs((np.linalg.norm(positions / radii, axis=1) - 1) * radii.min()).max() < CELL / 2
    outward = positions / radii**2
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    assert (outward * normals).sum(1).min() > 0.95
    assert soft_surface(np.full((GRID, GRID, GRID), 127, np.int8)) is None


def test_the_photo_network_tells_shapes_apart_and_says_the_same_each_time() -> None:
    eyes = JudgeInputs()
    ring, bar, other = (eyes.of(*ball(stretch)) for stretch in ((1, 0.1, 1), (0.1, 1, 0.1), (1.1, 0.12, 0.9)))
    assert ring.shape == (INPUTS,) and INPUTS == 2 * WIDTH + PROFILE
    assert np.array_equal(ring, eyes.of(*ball((1, 0.1, 1))))
    seen = slice(0, 2 * WIDTH)
    assert np.linalg.norm(ring[seen] - other[seen]) < 0.7 * np.linalg.norm(ring[seen] - bar[seen])


def test_the_order_of_the_views_does_not_matter() -> None:
    photo = np.random.default_rng(1).random((4, WIDTH)).astype(np.float16)
    profile = np.arange(PROFILE, dtype=np.float32)
    one, other = joined(photo, profile), joined(photo[[2, 0, 3, 1]], profile)
    assert np.allclose(one, other, atol=1e-4)
    assert np.square(one[:WIDTH]).mean() == pytest.approx(1, rel=1e-3)
    assert np.array_equal(one[2 * WIDTH :], profile)


def test_a_profile_says_proportions_and_does_not_change_with_a_turn() -> None:
    positions, _ = ball((3, 1, 0.6))
    cloud = cloud_of(positions, np.zeros_like(positions), 1)
    profile = shape_profile(cloud)
    assert profile.shape == (PROFILE,)
    assert profile[:2] == pytest.approx(np.log([1 / 3, 0.2]), abs=0.08)
    # Half of all points lie in the eight lower slices; shares are kept as roots.
    shares = np.square(profile[2:82].reshape(16, 5)[:, 0])
    assert shares.sum() == pytest.approx(1, abs=1e-5) and shares[:8].sum() == pytest.approx(0.5, abs=0.03)
    assert np.abs(shape_profile(turned(cloud, 1.1)) - profile).max() < 0.05
    tall, _ = ball((0.6, 3, 1))
    assert np.abs(shape_profile(cloud_of(tall, np.zeros_like(tall), 1)) - profile).max() > 1


def test_packs_stay_whole_and_folds_are_even() -> None:
    packs = [f"pack {number}" for number in range(30) for _ in range(number + 1)]
    folds = fold_of(packs)
    assert set(folds) == set(packs) and set(folds.values()) == set(range(FOLDS))
    sizes = Counter(folds[pack] for pack in packs)
    assert max(sizes.values()) - min(sizes.values()) <= 30


def test_a_reading_finds_what_tells_kinds_apart_however_rare_they_are() -> None:
    generator = torch.Generator().manual_seed(4)
    labels = torch.tensor([0] * 90 + [1] * 6 + [2] * 24)
    inputs = torch.randn(120, 40, generator=generator)
    inputs[torch.arange(120), labels] += 6
    weights, biases = fit(inputs, labels, [f"pack {row % 5}" for row in range(120)], 3)
    fresh = torch.randn(60, 40, generator=generator)
    truth = torch.arange(60) % 3
    fresh[torch.arange(60), truth] += 6
    assert ((fresh @ weights.T + biases).argmax(1) == truth).float().mean() > 0.95


def test_a_model_of_a_known_pack_is_judged_by_the_reading_that_never_saw_it() -> None:
    weights, biases = torch.zeros(FOLDS, 2, INPUTS), torch.zeros(FOLDS, 2)
    biases[3] = torch.tensor([9.0, 0.0])
    ones = torch.ones(INPUTS)
    judge = Judge(["chair", "table"], ones, ones, weights, biases, {"kit": 3, "other kit": 0})
    scores = judge.scores(np.ones((3, INPUTS), np.float32), ["kit", "other kit", None])
    assert scores[0, 0] > 0.99
    assert scores[1].tolist() == [0.5, 0.5]
    assert scores[2, 0] == pytest.approx((0.5 * (FOLDS - 1) + scores[0, 0]) / FOLDS)


def test_hits_are_counted_by_kind_and_a_kind_is_known_from_four_fifths_on() -> None:
    found = counted(
        ["chair", "chair", "table"], [["chair", "table", "bed"], ["bed", "table", "chair"], ["bed", "sofa"]]
    )
    assert found["top1"] == pytest.approx(1 / 3, abs=1e-3) and found["top3"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["top1_by_class"] == {"chair": [1, 2], "table": [0, 1]}
    assert found["most_frequent_errors"] == {"chair taken for bed": 1, "table taken for bed": 1}
    kinds = {"few": [TRUSTED_MODELS - 1] * 2, "good": [8, 10], "poor": [7, 10]}
    assert known_kinds(kinds) == ["good"]


def test_a_request_of_one_name_asks_for_the_same_whatever_else_is_asked_for() -> None:
    whole = {one.key: one for one in vocabulary_requests(PROGRAMS, "auto", 4, {})}
    some = {one.key: one for one in vocabulary_requests(["sign", "car"], "auto", 10, {})}
    shared = whole.keys() & some.keys()
    assert len(whole) == 4 * len(PROGRAMS) and len(shared) == 8
    assert all(whole[key] == some[key] for key in shared)


def test_every_kind_is_made_of_nouns_of_the_library_and_no_noun_is_of_two() -> None:
    nouns = [noun for found in TABLE.values() for noun in found]
    assert set(nouns) <= set(read_nouns())
    assert len(nouns) == len(set(nouns)) and len(TABLE) == len(KINDS)
    assert judge_class("shark") == "fish" and judge_class("bed") == "bed" and judge_class("igloo") is None


def test_a_group_is_as_probable_as_its_kinds_together() -> None:
    classes = ["bench", "chair", "rock", "stool"]
    kinds, groups = orders_of(np.array([[0.2, 0.25, 0.4, 0.15], [0.1, 0.1, 0.7, 0.1]]), classes)
    assert kinds[0] == ["rock", "chair", "bench"]
    assert groups[0][0] == "seat" and groups[1][0] == "rock"


def test_groups_are_of_kinds_and_no_kind_is_in_two() -> None:
    members = [kind for kinds in GROUPS.values() for kind in kinds.split(",")]
    assert set(members) <= set(KINDS) and len(members) == len(set(members))
    assert group_of("stool") == "seat" and group_of("rock") == "rock"


def answer(triangles: int, levels: list[dict]) -> dict:
    """Gives what make-meshes.ts says of a mesh."""
    measures = {"watertight": True, "uv_overlapping": 0, "uv_outside": 0}
    return {
        "origin": {"source": "generated", "category": "cup"},
        "triangles": triangles,
        "size_m": [0.1, 0.1, 0.1],
        "lowest_m": 0,
        "components": 1,
        "manifold": True,
        "errors": 0,
        "warnings": 0,
        "bytes": 2000,
        **measures,
        "levels": [{**measures, **level} for level in levels],
    }


def test_budgets_and_levels_of_detail_are_measured_against_what_was_asked_for() -> None:
    levels = [
        {"share": 0.5, "triangles": 500},
        {"share": 0.25, "triangles": 251, "uv_overlapping": 3, "watertight": False},
    ]
    answers = [answer(1000, levels), answer(979, []), answer(1001, [])]
    requests = [
        Request(str(number), {"prompt": "a cup", "target_triangles": 1000}, "cup", "cup", None, one)
        for number, one in enumerate(answers)
    ]
    found = soundness(requests, {"cup": [0.08, 0.12]})
    assert found["on_budget"] == pytest.approx(1 / 3, abs=1e-3) and found["over_budget"] == 1
    assert found["size_in_range"] == 1
    assert levels_of(answers) == {
        "levels": 2,
        "above": 1,
        "within_2_percent": 1,
        "no_longer_watertight": 1,
        "uv_overlapping": 3,
        "uv_overlapping_levels": 1,
        "uv_outside": 0,
        "triangles": 751,
    }
