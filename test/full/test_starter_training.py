"""The training of the starter image model: its rules, and the whole recipe at tiny size."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from models.training.image import noise
from models.training.image.captions import light_words
from models.training.image.data import Shards
from models.training.image.export import STRIDE
from models.training.image.library import is_held_out
from models.training.image.networks import noise_fields
from models.training.image.runner import BundleRunner
from models.training.image.text_encoder import TextEncoder
from models.training.image.tokenizer import make_tokenizer, vocabulary
from models.training.image.words import COLOURS, DARK_SCALE, LIGHT_MIX

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "test/fixtures/scene/models"
BUNDLE = ROOT / "models/starter-image"


def named(count: int, held_out: bool) -> list[str]:
    """Gives ids that the library holds out, or that it does not."""
    ids = (f"fixture/{'xyz'[i % 3]}model{i:03d}q" for i in range(10_000))
    return [one for one in ids if is_held_out(one) == held_out][:count]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of six CC0 models with its index, each once for training and once held out."""
    folder = tmp_path_factory.mktemp("models3d")
    files = sorted(MODELS.glob("*.glb"))
    lines = []
    for held_out in (False, True):
        for name, file in zip(named(len(files), held_out), files, strict=True):
            lines.append(
                {
                    "id": name,
                    "file": str(file),
                    "name": file.stem.replace("_", " ").lower(),
                    "category": "props",
                    "pack": "kaykit-fixtures",
                    "license": "CC0-1.0",
                    "source_repo": "https://example.com/models",
                    "source_commit": "0" * 40,
                    "source_path": file.name,
                    "source_sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                    "triangles": 500,
                    "bbox_min": [-1.0, 0.0, -1.0],
                    "bbox_max": [1.0, 1.5, 1.0],
                }
            )
    (folder / "index.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture(scope="module")
def encoder(data: Path) -> tuple[TextEncoder, Tokenizer]:
    torch.manual_seed(0)
    words = vocabulary(data)
    return TextEncoder(words).eval(), make_tokenizer(words)


def phrase_of(encoder: tuple[TextEncoder, Tokenizer], text: str) -> np.ndarray:
    model, tokenizer = encoder
    with torch.no_grad():
        _, phrase = model(torch.tensor([tokenizer.encode(text).ids]))
    return phrase[0].numpy()


def rgb(name: str) -> np.ndarray:
    return np.array(COLOURS[name], np.float32) / 255


def test_the_network_draws_texture_from_noise_by_the_same_function_as_the_renders() -> None:
    sample = noise.gaussian_sample(3, 4 * STRIDE, 2 * STRIDE)
    expected = noise.fields(sample)
    found = noise_fields(torch.from_numpy(sample)[None])[0].numpy()
    for field, name in zip(found, ("wash", "patch", "grain"), strict=True):
        assert np.abs(field - expected[name]).max() < 1e-5


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("a red car", rgb("red"), None),
        ("a grey rock", rgb("gray"), None),
        ("a dark red car with white details", rgb("red") * DARK_SCALE, rgb("white")),
        ("a church with a red roof and cream walls", rgb("cream"), rgb("red")),
        ("light blue house", rgb("blue") + LIGHT_MIX * (1 - rgb("blue")), None),
    ],
)
def test_colour_words_bind_by_rule(
    encoder: tuple[TextEncoder, Tokenizer], text: str, first: np.ndarray, second: np.ndarray | None
) -> None:
    phrase = phrase_of(encoder, text)
    assert phrase[0:3] == pytest.approx(first, abs=1e-5)
    assert phrase[3] == 1
    assert phrase[7] == (second is not None)
    if second is not None:
        assert phrase[4:7] == pytest.approx(second, abs=1e-5)


@pytest.mark.parametrize(
    "side", [(-0.8, 0.6, 0.0), (0.0, 0.6, 0.8), (0.62, 0.47, 0.62), (-0.62, 0.47, -0.62)]
)
@pytest.mark.parametrize("lift", [-0.35, 0.0, 0.6])
def test_words_of_the_light_point_where_the_light_is(
    encoder: tuple[TextEncoder, Tokenizer], side: tuple[float, float, float], lift: float
) -> None:
    light = np.array(side) + np.array([0, lift, 0])
    light /= np.linalg.norm(light)
    phrase = phrase_of(encoder, f"anime at sunset, light from {light_words(list(light))}")
    assert phrase[11] == 1
    assert phrase[8:11] @ light > np.cos(np.radians(20))


def test_without_words_of_the_light_no_direction_is_known(encoder: tuple[TextEncoder, Tokenizer]) -> None:
    assert phrase_of(encoder, "a house to the left of a tree, high above")[8:12] == pytest.approx(0)


def test_the_core_reads_prompts_as_the_training_did() -> None:
    texts = [
        "Anime illustration of a village at SUNSET, light from high on the left!",
        "a grey-blue Schloss, naïve café №7",
        "watercolour: (a well) with 3 wheels…",
        "猫 and a dog",
        "",
    ]
    script = (
        'import { readFileSync } from "node:fs";'
        'import { createTokenizer } from "./core/src/tokenizers/create-tokenizer.ts";'
        f'const read = (name) => readFileSync("{BUNDLE}/tokenizer/" + name, "utf8");'
        'const limits = JSON.parse(readFileSync(process.argv[1], "utf8"));'
        'const t = createTokenizer(read("tokenizer.json"), read("tokenizer_config.json"), limits);'
        f"console.log(JSON.stringify({json.dumps(texts)}.map((text) => t.encode(text))));"
    )
    ran = subprocess.run(
        ["node", "--import", "tsx", "--input-type=module", "-e", script, str(BUNDLE / "bundle.json")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    python = Tokenizer.from_file(str(BUNDLE / "tokenizer/tokenizer.json"))
    python.no_padding()
    assert json.loads(ran.stdout) == [python.encode(t, add_special_tokens=False).ids for t in texts]


def test_the_recipe_renders_trains_and_exports_a_bundle_that_draws(data: Path, tmp_path: Path) -> None:
    def run(step: str, *args: object) -> str:
        command = [sys.executable, "-m", f"models.training.image.{step}", *map(str, args)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    rendered = tmp_path / "rendered"
    small = ("--data", data, "--count", 64, "--size", 128)
    first = run("render", *small, "--out", rendered / "train", "--seed", 1)
    run("render", *small, "--out", rendered / "held-out", "--seed", 2, "--held-out")
    again = run("render", *small, "--out", tmp_path / "again", "--seed", 1)
    assert first.split()[2] == again.split()[2], "the same seed renders the same bytes"

    train = ("train", "--data", data, "--rendered", rendered, "--out", tmp_path / "run", "--crop", 64)
    run(*train, "--minutes", 0.1, "--total-minutes", 0.2)
    run(*train, "--minutes", 0.1, "--total-minutes", 0.2)
    lines = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    steps = [line["step"] for line in lines if "l1" in line]
    assert steps == sorted(set(steps)), "it goes on from its checkpoint"
    formulas = lines[0]["held_out_l1"]
    assert formulas["model"] < 0.5 * formulas["tone_ramp"]

    bundle = tmp_path / "bundle"
    run("export", "--data", data, "--run", tmp_path / "run", "--out", bundle)
    parity = json.loads((bundle / "parity.json").read_text())
    assert all(graph["absolute"] < 1e-4 * max(graph["magnitude"], 1) for graph in parity.values())
    shards = Shards(rendered / "held-out", make_tokenizer(vocabulary(data)))
    picture = BundleRunner(bundle, 1)(shards.exact(0, "anime"))
    render = shards.planes(0)[9:12].astype(np.float32) / 255
    assert np.abs(picture - render).mean() < 0.08
