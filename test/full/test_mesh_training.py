"""The data and networks of the mesh model: sampling against formulas, codec, captions, loss, graphs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from models.training.mesh.decoder import FieldDecoder, LatentDecoder, sample_volume
from models.training.mesh.denoiser import Denoiser
from models.training.mesh.encode import mirrored, weigh
from models.training.mesh.model import StarterMesh, sigmas
from models.training.mesh.models3d import Model3d, noun_of, read_models, weights_of
from models.training.mesh.palette import COLOURS, NAMES, repainted, repainted_captions, shares_of
from models.training.mesh.patches import CHANNELS, SDF_CHANNELS, TOKENS, PatchCodec, sdf_blocks
from models.training.mesh.sample import (
    CELL,
    GRID,
    LONGEST_SIDE,
    SHEET,
    TRUNCATION,
    Samples,
    grid_centres,
    sample_model,
)
from models.training.mesh.text import TextEncoder, encode, tokenizer_of

ROOT = Path(__file__).parents[2]
BOX = np.array([2.0, 1.0, 0.5])


def box(size: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
    """Gives the 12 triangles of a box, outward, its middle at a place."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * size / 2
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [corners[list(side)][list(part)] for side in sides for part in ((0, 1, 2), (0, 2, 3))]
    return np.array(faces) + (0 if at is None else at)


def box_distance(points: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Gives the signed distance to a box by its formula."""
    off = np.abs(points) - half
    return np.linalg.norm(np.maximum(off, 0), axis=1) + np.minimum(off.max(1), 0)


def sampled(positions: np.ndarray, colours: np.ndarray | None = None) -> Samples:
    """Samples triangles, grey where no colours are given."""
    surface = np.full((*positions.shape[:2], 5), 0.5) if colours is None else colours
    return sample_model(positions, surface, np.random.default_rng(1))


def grid_distance(samples: Samples) -> np.ndarray:
    """Gives the grid's distances, [GRID³], cut off at TRUNCATION."""
    return samples.sdf.astype(np.float64).reshape(-1) / 127 * TRUNCATION


def test_a_box_has_the_distances_of_its_formula_on_the_grid_and_at_points() -> None:
    samples = sampled(box(BOX) + np.array([3, 4, 5]))
    half = BOX / BOX.max() * LONGEST_SIDE / 2
    wanted = box_distance(grid_centres(GRID), half).clip(-TRUNCATION, TRUNCATION)
    assert np.abs(grid_distance(samples) - wanted).max() < TRUNCATION / 127
    near = box_distance(samples.points.astype(np.float64), half)
    assert np.abs(samples.point_sdf - near).max() < 2e-3
    assert samples.extents == pytest.approx(half * 2, abs=1e-6)


def test_parts_that_cross_are_one_body_without_walls_inside() -> None:
    two = np.concatenate([box(np.array([1, 1, 1])), box(np.array([1, 1, 1]), np.array([0.5, 0, 0]))])
    samples = sampled(two)
    scale = LONGEST_SIDE / 1.5
    whole = box_distance(grid_centres(GRID), np.array([1.5, 1, 1]) * scale / 2)
    deep = whole < -TRUNCATION
    # The crossing walls stay as surfaces inside, but never turn the inside out.
    assert (grid_distance(samples)[deep] <= 0).all()
    assert (samples.sdf.reshape(-1)[whole > TRUNCATION] == 127).all()


def test_a_body_wound_inside_out_is_sampled_as_the_same_body() -> None:
    right, wrong = sampled(box(BOX)), sampled(box(BOX)[:, ::-1])
    assert np.array_equal(right.sdf, wrong.sdf)


def test_an_open_sheet_gets_a_thickness() -> None:
    square = np.array([[[-1, 0, -1], [1, 0, 1], [1, 0, -1]], [[-1, 0, -1], [-1, 0, 1], [1, 0, 1]]])
    samples = sampled(square.astype(np.float64))
    distance = np.abs(samples.points[:, 1].astype(np.float64)) - SHEET
    over = (np.abs(samples.points[:, [0, 2]]) < 0.85).all(1)
    assert np.abs(samples.point_sdf - distance)[over].max() < 2e-3
    assert (samples.point_sdf < 0).any()


def test_colours_are_those_of_the_nearest_surface() -> None:
    triangles = box(np.array([1.0, 2.0, 1.0]))
    colours = np.zeros((12, 3, 5))
    colours[..., 0] = triangles[..., 1] > 0  # red above, fading to black below along the sides
    samples = sampled(triangles, colours)
    side = (np.abs(samples.points[:, 1]) < 0.85) & (np.abs(samples.point_sdf) < 0.04)
    height = (samples.points[:, 1].astype(np.float64) / LONGEST_SIDE + 0.5).clip(0, 1)
    assert np.abs(samples.point_surface[:, 0] / 255 - height)[side].max() < 0.01
    assert samples.surface[15, 13, 8, 0] > samples.surface[15, 3, 8, 0] + 100


def test_a_model_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="no extent"):
        sampled(np.zeros((2, 3, 3)))


def spheres(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Gives grids of balls of random size and colour."""
    generator = torch.Generator().manual_seed(2)
    places = torch.from_numpy(grid_centres(GRID)).float()
    middle = torch.rand(count, 1, 3, generator=generator) * 0.6 - 0.3
    radius = torch.rand(count, 1, generator=generator) * 0.4 + 0.3
    distance = ((places - middle).norm(dim=2) - radius) / TRUNCATION
    colour = torch.rand(count, 1, 1, 1, 5, generator=generator).expand(-1, 16, 16, 16, -1)
    return distance.clamp(-1, 1).reshape(count, GRID, GRID, GRID), colour


def test_the_codec_gives_back_what_it_was_fitted_to_and_its_latents_have_unit_size() -> None:
    sdf, surface = spheres(160)
    codec = PatchCodec()
    left = codec.fit(sdf, surface)
    assert left[0] < 0.02
    latents = codec.encode(sdf, surface)
    assert latents.shape == (160, TOKENS, CHANNELS)
    assert latents[..., :SDF_CHANNELS].square().mean() == pytest.approx(1, abs=0.02)
    again, colours = codec.decode(latents)
    near = sdf.abs() < 0.9
    assert (again - sdf).abs()[near].mean() < 0.05
    assert (again[near].sign() == sdf[near].sign()).float().mean() > 0.97
    shown = colours.abs().amax(1) > 0.2
    wrong = colours.permute(0, 2, 3, 4, 1) - (surface - 0.5)
    assert wrong[shown].abs().median() < 0.05


def test_blocks_are_cut_in_the_order_of_the_tokens() -> None:
    place = torch.arange(GRID).float()
    z, y, x = torch.meshgrid(place, place, place, indexing="ij")
    blocks = sdf_blocks((z * 10_000 + y * 100 + x)[None])[0]
    assert blocks[1, 0] == 12 and blocks[4, 0] == 1200 and blocks[16, 0] == 120_000


def test_a_volume_is_read_at_the_points_that_its_grid_was_made_at() -> None:
    places = torch.from_numpy(grid_centres(GRID)).float()
    volume = places.T.reshape(1, 3, GRID, GRID, GRID)
    points = torch.rand(1, 500, 3, generator=torch.Generator().manual_seed(3)) * 1.9 - 0.95
    assert torch.allclose(sample_volume(volume, points), points, atol=1e-5)


def test_an_untrained_decoder_gives_the_codecs_own_distance_and_colour() -> None:
    sdf, surface = spheres(40)
    codec = PatchCodec()
    codec.fit(sdf, surface)
    latent, field = LatentDecoder(codec, layers=1).eval(), FieldDecoder().eval()
    for part in (latent.up3.weight, latent.up3.bias):
        torch.nn.init.zeros_(part)
    points = torch.from_numpy(grid_centres(GRID)).float()[None]
    with torch.no_grad():
        distance, colour, material = field(latent(codec.encode(sdf[:1], surface[:1])), points)
    plain, _ = codec.decode(codec.encode(sdf[:1], surface[:1]))
    assert torch.allclose(distance, plain.reshape(1, -1) * TRUNCATION, atol=1e-5)
    near = distance.abs() < CELL
    found = torch.cat([colour, material], 2)[near]
    assert (found - surface[0, 0, 0, 0]).abs().mean() < 0.1


def test_padding_of_a_prompt_changes_nothing() -> None:
    tokenizer = tokenizer_of(["a", "red", "chair"])
    torch.manual_seed(0)
    text, denoiser = TextEncoder(tokenizer.get_vocab_size(), 16, 1, 24).eval(), Denoiser(32, 2, 2, 8, 24)
    torch.nn.init.normal_(denoiser.write.weight)
    ids = encode(tokenizer, ["a red chair"])
    padded = torch.nn.functional.pad(ids, (0, 7))
    sample, timestep = torch.randn(1, TOKENS, 8), torch.tensor([300.0])
    with torch.no_grad():
        one, other = (denoiser(sample, timestep, text(value)) for value in (ids, padded))
    assert (one - other).abs().max() < 1e-5
    assert one.abs().max() > 0.1


def test_noise_levels_are_those_of_diffusers_scheduler() -> None:
    for shift in (1.0, 3.0):
        scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
        scheduler.set_timesteps(12)
        # diffusers goes down to the least level that it was made with, which the shift has moved as well.
        least = shift / 1000 / (1 + (shift - 1) / 1000)
        plain = torch.linspace(1, least, 12)
        wanted = torch.cat([shift * plain / (1 + (shift - 1) * plain), torch.zeros(1)])
        assert torch.allclose(scheduler.sigmas, wanted, atol=1e-5)
        if shift == 1:
            assert torch.allclose(sigmas(12), wanted, atol=1e-6)


class OneShape(torch.nn.Module):
    """The best denoiser where all there is to draw is one latent: the velocity away from it."""

    def __init__(self, only: torch.Tensor) -> None:
        super().__init__()
        self.only = only

    def forward(self, sample: torch.Tensor, timestep: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """Gives noise - only, from sample = (1 - level) only + level noise."""
        return (sample - self.only) / (timestep / 1000)[:, None, None]


def test_latents_made_anew_from_a_level_come_back_through_the_denoiser() -> None:
    torch.manual_seed(2)
    tokenizer = tokenizer_of(["a", "chair"])
    text = TextEncoder(tokenizer.get_vocab_size(), 16, 1, 24)
    only, others = torch.randn(1, TOKENS, CHANNELS), torch.randn(3, TOKENS, CHANNELS)
    prompts = ["a chair"] * 3
    drawn = StarterMesh(text, OneShape(only)).redraw(
        tokenizer, others, prompts, torch.tensor([0.1, 0.5, 1.0])
    )
    assert torch.allclose(drawn, only.expand(3, -1, -1), atol=1e-4)
    blank = Denoiser(32, 2, 2, CHANNELS, 24)
    kept = StarterMesh(text, blank).redraw(tokenizer, others, prompts, torch.tensor([0.0, 0.3, 1.0]))
    off = (kept - others).abs().mean((1, 2))
    assert off[0] == 0 and 0.1 < off[1] < off[2]


def test_names_give_their_noun() -> None:
    nouns = {
        "wooden bow": "bow",
        "chair with a cushion": "chair",
        "bundle of arrows": "bundle",
        "kitchen shelves": "shelf",
        "two-handed axes": "axe",
        "wall detail panel, vent": "panel",
        "glass": "glass",
    }
    assert {name: noun_of(name) for name in nouns} == nouns


def line(name: str, licence: str = "CC0-1.0") -> dict:
    """Gives a line of index.jsonl."""
    return {
        "id": f"pack/{name}",
        "file": "models/pack/x.glb",
        "pack": "pack",
        "category": "props",
        "name": name,
        "captions": [f"a {name}"],
        "colors": ["red"],
        "license": licence,
        "source_repo": "https://example.org/pack",
        "source_commit": "0" * 40,
        "source_path": "x.glb",
        "source_sha256": "0" * 64,
    }


def index(folder: Path, lines: list[dict]) -> list[Model3d]:
    """Reads lines back as an index."""
    (folder / "index.jsonl").write_text("\n".join(json.dumps(one) for one in lines))
    return read_models(folder)


def test_brands_are_left_out_and_parts_of_sets_are_rare(tmp_path: Path) -> None:
    names = ["AK-47 rifle", "oak chair", "red chair", "tall chair", "hexagonal road tile"]
    models = index(tmp_path, [line(name) for name in names])
    assert [model.name for model in models] == sorted(names[1:])
    weights = dict(zip([model.name for model in models], weights_of(models), strict=True))
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["hexagonal road tile"] < weights["oak chair"] / 4


def test_another_licence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"CC-BY-4\.0"):
        index(tmp_path, [line("chair", "CC-BY-4.0")])


def test_each_colour_is_nearest_to_itself() -> None:
    for number, colour in enumerate(COLOURS):
        assert shares_of(colour[None])[number] == 1


def test_the_largest_paint_is_replaced_and_the_rest_stays() -> None:
    colours = np.repeat(COLOURS[[NAMES.index("brown")] * 3 + [NAMES.index("white")]][:, None], 3, 1)
    area = np.ones(4)
    other = repainted(colours, area, "blue")
    assert other is not None
    assert np.allclose(other[:3], COLOURS[NAMES.index("blue")], atol=0.02)
    assert np.array_equal(other[3], colours[3])
    assert repainted(colours, area, "brown") is None


def test_captions_of_repainted_models_name_the_colour_once_and_keep_to_stuffs() -> None:
    assert repainted_captions("dark blue shield", "orange")[0] == "an orange shield"
    assert repainted_captions("wooden bow", "red") == []
    assert mirrored("a left door, right of it a lamp") == "a right door, left of it a lamp"


def test_shapes_and_models_are_drawn_by_their_shares() -> None:
    lines = [{"shape": True, "noun": "chair", "modular": False} for _ in range(9)]
    lines += [{"shape": True, "noun": "table", "modular": False}]
    lines += [{"shape": False, "noun": "dog", "modular": False} for _ in range(4)]
    lines += [{"shape": False, "noun": "cat", "modular": False}]
    weigh(lines)
    total = {noun: sum(one["weight"] for one in lines if one["noun"] == noun) for noun in ("chair", "table")}
    assert total["chair"] == pytest.approx(total["table"]) == pytest.approx(0.3)
    assert sum(one["weight"] for one in lines) == pytest.approx(1)
    assert lines[-1]["weight"] == pytest.approx(lines[-2]["weight"] * 2)


def test_the_tiny_bundle_is_what_make_tiny_writes_and_draws_a_closed_ball(tmp_path: Path) -> None:
    shipped = ROOT / "models/tiny-random-mesh"
    for name in ("library.json", "library.bin"):
        if (shipped / name).exists():
            (tmp_path / name).write_bytes((shipped / name).read_bytes())
    command = [sys.executable, "-m", "models.training.mesh.make_tiny", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=600)
    made, kept = (json.loads((folder / "bundle.json").read_text()) for folder in (tmp_path, shipped))
    assert made["mesh_diffusion"] == kept["mesh_diffusion"]
    sessions = {
        (folder, name): onnxruntime.InferenceSession(str(folder / f"{name}.onnx"))
        for folder in (tmp_path, shipped)
        for name in ("latent_decoder", "field_decoder")
    }
    latent = np.random.default_rng(4).normal(size=(1, TOKENS, 4)).astype(np.float32)
    points = grid_centres(40).astype(np.float32)[None]
    fields = []
    for folder in (tmp_path, shipped):
        (decoded,) = sessions[folder, "latent_decoder"].run(None, {"latent": latent})
        field, colour, material = sessions[folder, "field_decoder"].run(
            None, {"decoded": decoded, "points": points}
        )
        assert colour.min() >= 0 and colour.max() <= 1 and material.shape == (1, 64_000, 2)
        fields.append(field.reshape(40, 40, 40))
    assert np.allclose(fields[0], fields[1], atol=1e-4)
    solid = fields[1] < 0
    assert 0.05 < solid.mean() < 0.3
    assert not (solid[0] | solid[-1]).any() and not (solid[:, 0] | solid[:, -1]).any()
