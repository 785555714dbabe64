"""Our maps of the village against those that Cycles rendered (test/fixtures/scene/maps)."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest
from captures import capture_scene

MAPS = Path(__file__).resolve().parents[1] / "fixtures" / "scene" / "maps"


def reference(kind: str) -> np.ndarray:
    """The fixture's map in 0 to 1, [H, W, 3], top row first."""
    image = bpy.data.images.load(str(MAPS / f"{kind}.png"))
    image.colorspace_settings.name = "Non-Color"
    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, image.channels)[::-1]
    return pixels[..., :3] if image.channels >= 3 else np.repeat(pixels[..., :1], 3, -1)


@pytest.fixture
def maps(village):
    for item in village.objects:
        if "genga_phrase" in item:
            item.genga.phrase = item["genga_phrase"]
    return capture_scene("depth", "normal", "lineart", "segmentation", "light", width=512, height=512)


def test_the_maps_are_those_of_cycles(maps):
    """Depth and normals within 1 % but for 0.1 % of the pixels (silhouettes), n·l as well; shadows within 1
    %.
    """
    for kind, share in (("depth", 0.001), ("normal", 0.001)):
        ours = maps.maps[kind] / np.float32(255)
        ours = ours if ours.ndim == 3 else np.repeat(ours[..., None], 3, -1)
        wrong = np.abs(ours - reference(kind)).max(-1) > 0.01
        assert wrong.mean() < share, (kind, wrong.mean())
    light = np.abs(maps.maps["light"] / np.float32(255) - reference("light"))
    assert (light[..., 0] > 0.01).mean() < 0.001
    # Ours has an edge one pixel wide, Cycles' one sample is lit or not.
    assert (light[..., 1] > 0.5).mean() < 0.01


def test_the_regions_are_those_of_the_fixture(maps):
    fixture = reference("segmentation")
    regions = {r["name"]: r for r in json.loads((MAPS / "regions.json").read_text())}
    for region in maps.regions:
        if not region.objects:
            continue
        ours = (maps.maps["segmentation"] == tuple(bytes.fromhex(region.color[1:]))).all(-1)
        theirs = np.zeros_like(ours)
        for name in region.objects:
            assert regions[name]["prompt"] == region.phrase
            wanted = np.array(tuple(bytes.fromhex(regions[name]["color"][1:]))) / 255
            theirs |= (np.abs(fixture - wanted) < 0.002).all(-1)
        union = (ours | theirs).sum()
        assert (ours & theirs).sum() / union > 0.99, region.name


def test_the_lines_are_where_cycles_lines_are(maps):
    ours = maps.maps["lineart"] > 100
    theirs = reference("lineart")[..., 0] > 0.4

    def near(lines: np.ndarray) -> np.ndarray:
        """Lines, one pixel wider on each side."""
        padded = np.pad(lines, 1)
        height, width = lines.shape
        return np.any([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)

    assert (theirs & near(ours)).sum() / theirs.sum() > 0.95
    assert (ours & near(theirs)).sum() / ours.sum() > 0.9
