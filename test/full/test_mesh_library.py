"""The library of CC0 models: what closes holes, finds nouns and names colours; the tiny bundle's files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.training.mesh.close_surface import caps, open_edges, weld
from models.training.mesh.colours import NAMES, linear_of, name_colours, shares_of
from models.training.mesh.library import read_library
from models.training.mesh.library_nouns import noun_in, read_nouns

BOX = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
SIDES = {
    "left": (0, 1, 3, 2),
    "right": (4, 6, 7, 5),
    "bottom": (0, 4, 5, 1),
    "top": (2, 3, 7, 6),
    "back": (0, 2, 6, 4),
    "front": (1, 5, 7, 3),
}


def box_without(*missing: str) -> np.ndarray:
    quads = [corners for name, corners in SIDES.items() if name not in missing]
    return np.array([[q[a], q[b], q[c]] for q in quads for a, b, c in ((0, 1, 2), (0, 2, 3))])


def volume(points: np.ndarray, triangles: np.ndarray) -> float:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return float((np.cross(a, b) * c).sum() / 6)


def test_a_closed_box_has_no_open_edges_and_gets_no_caps() -> None:
    triangles = box_without()
    assert open_edges(triangles) == []
    assert len(caps(BOX, triangles)[0]) == 0
    assert volume(BOX, triangles) == pytest.approx(1)


def test_an_open_bottom_is_closed_facing_down() -> None:
    triangles = box_without("bottom")
    assert len(open_edges(triangles)) == 4
    added, looks = caps(BOX, triangles)
    assert len(added) == len(looks) == 2
    whole = np.concatenate([triangles, added])
    assert open_edges(whole) == []
    assert volume(BOX, whole) == pytest.approx(1)


@pytest.mark.parametrize("side", ["top", "front"])
def test_a_box_open_elsewhere_stays_open(side: str) -> None:
    triangles = box_without(side)
    assert len(caps(BOX, triangles)[0]) == 0
    assert len(open_edges(triangles)) == 4


def test_a_hollow_bottom_is_closed_along_its_corners() -> None:
    # An L-shaped floor: a fan about its middle would leave the floor.
    rim = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]], float)
    low = np.stack([rim[:, 0], np.zeros(6), rim[:, 1]], 1)
    points = np.concatenate([low, low + np.array([0, 1, 0])])
    walls = []
    for a in range(6):
        b = (a + 1) % 6
        walls += [(a, a + 6, b), (b, a + 6, b + 6)]
    triangles = np.array(walls)
    added, _ = caps(points, triangles)
    flat = points[added]
    area = np.linalg.norm(np.cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]), axis=1).sum() / 2
    assert area == pytest.approx(3)


def test_welding_joins_what_is_near_and_keeps_the_first_place() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1.00001, 0, 0], [0, 1, 0]])
    owner, places = weld(points)
    assert owner.tolist() == [0, 1, 1, 2]
    assert places.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("name", "noun"),
    [
        ("wooden chair", "chair"),
        ("police car", "police car"),
        ("luxury SUV car", "suv car"),
        ("table with a tablecloth", "table"),
        ("stack of wooden crates", "crate"),
        ("block of flats", "block of flats"),
        ("triceratops dinosaur", "dinosaur"),
        ("large green potion bottle", "potion bottle"),
        ("man in a suit", "man"),
        ("castle narrow wall", None),
    ],
)
def test_the_noun_of_a_name_is_its_longest_known_one(name: str, noun: str | None) -> None:
    assert noun_in(name, read_nouns()) == noun


def test_every_noun_has_a_size_that_can_be() -> None:
    for noun, value in read_nouns().items():
        least, greatest = value.size_m
        assert 0.01 <= least < greatest <= 300, noun
        assert noun not in value.synonyms


def test_colours_are_named_and_weighed() -> None:
    colours = linear_of(np.array([[200, 30, 30], [200, 30, 30], [40, 90, 180], [20, 20, 20]]) / 255)
    assert [NAMES[name] for name in name_colours(colours)] == ["red", "red", "blue", "black"]
    shares = shares_of(colours, np.array([1.0, 1.0, 1.0, 5.0]))
    assert list(shares) == ["black", "red", "blue"]
    assert shares["red"] == pytest.approx(0.25)


def test_the_tiny_bundles_library_is_what_its_index_says() -> None:
    library = read_library(Path(__file__).parents[2] / "models/tiny-random-mesh")
    assert len(library.index["models"]) == 10
    for number, item in enumerate(library.index["models"]):
        parts = library.parts(number)
        points = np.concatenate([part.positions for part in parts])
        assert np.ptp(points, 0).max() == pytest.approx(item["size_m"], rel=1e-3)
        assert points[:, 1].min() == pytest.approx(0, abs=1e-5)
        start, triangles = 0, []
        for part in parts:
            triangles.append(part.triangles + start)
            start += len(part.positions)
            assert np.linalg.norm(part.normals, axis=1) == pytest.approx(1, abs=1e-5)
        _, first = np.unique(points, axis=0, return_inverse=True)
        edges = open_edges(first[np.concatenate(triangles)])
        assert (len(edges) == 0) == item["closed"]
        assert sum(item["colours"].values()) <= 1.01
