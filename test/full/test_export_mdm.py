"""The exporter of MDM weights: its graphs against torch's own transformer and transformers' own CLIP."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from models.export import motion_diffusion
from models.export.make_tiny_mdm import TEXT, save_sources, tiny_state
from models.export.mdm_graphs import WIDTH, MdmOptions, load_mdm

ROOT = Path(__file__).parents[2]
WINDOW = 20
DECLARATION = [
    {"name": "Own takes", "source": "our stage", "licence": "LicenseRef-own", "used_for": "training"}
]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return save_sources(tmp_path_factory.mktemp("sources"))


def export(sources: dict[str, Path], out: Path, *extra: str, data: str | None = None) -> int:
    declaration = out.parent / f"{out.name}.json"
    declaration.write_text(json.dumps(DECLARATION))
    files = [word for name, file in sources.items() for word in (f"--{name}", str(file))]
    return motion_diffusion.main(
        [
            *files,
            *("--out", str(out), "--id", "own-motion", "--name", "Own motion"),
            *("--licence", "LicenseRef-own", "--commercial-use", "no"),
            *("--training-data", data or str(declaration), "--window", str(WINDOW), *extra),
        ]
    )


@pytest.fixture(scope="module", params=[False, True], ids=["all frames", "masked"])
def exported(
    request: pytest.FixtureRequest, sources: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, bool]:
    out = tmp_path_factory.mktemp("bundles") / "own-motion"
    assert export(sources, out, *(["--mask-frames"] if request.param else [])) == 0
    return out, request.param


def run(graph: Path, **feeds: np.ndarray) -> np.ndarray:
    (result,) = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"]).run(None, feeds)
    assert isinstance(result, np.ndarray)
    return result


def published(
    state: dict[str, Tensor], sample: Tensor, timestep: Tensor, text: Tensor, valid: Tensor | None
) -> Tensor:
    """Tevet et al. 2022, figure 2, with torch's own encoder; positions by the formula, one by one."""
    width = state["embed_text.weight"].shape[0]
    layer = nn.TransformerEncoderLayer(width, 4, 32, activation="gelu")
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).eval()
    prefix = "seqTransEncoder."
    encoder.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})

    def linear(name: str, value: Tensor) -> Tensor:
        return value @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    def position(place: int) -> Tensor:
        angles = [place / 10000 ** (2 * (k // 2) / width) for k in range(width)]
        return torch.tensor([np.sin(a) if k % 2 == 0 else np.cos(a) for k, a in enumerate(angles)]).float()

    time = torch.stack([position(int(t)) for t in timestep])
    hidden = linear("embed_timestep.time_embed.0", time)
    token = linear("embed_timestep.time_embed.2", hidden * torch.sigmoid(hidden)) + linear("embed_text", text)
    sequence = torch.cat([token[None], linear("input_process.poseEmbedding", sample.transpose(0, 1))])
    sequence = sequence + torch.stack([position(place) for place in range(len(sequence))])[:, None]
    unseen = None if valid is None else torch.cat([torch.zeros(len(valid), 1), 1 - valid], 1).bool()
    with torch.no_grad():
        return linear(
            "output_process.poseFinal", encoder(sequence, src_key_padding_mask=unseen)[1:]
        ).transpose(0, 1)


@pytest.mark.parametrize("batch", [1, 4])
def test_the_denoiser_is_the_published_model(exported: tuple[Path, bool], batch: int) -> None:
    folder, masked = exported
    torch.manual_seed(batch)
    sample, text = torch.randn(batch, WINDOW, WIDTH), torch.randn(batch, TEXT)
    timestep = torch.randint(0, 1000, (batch,))
    valid = (torch.arange(WINDOW) < 13).float().repeat(batch, 1)
    feeds = {"sample": sample, "timestep": timestep, "text": text, "valid": valid}
    clean = run(folder / "denoiser.onnx", **{name: value.numpy() for name, value in feeds.items()})
    expected = published(tiny_state(), sample, timestep, text, valid if masked else None)
    # Frames beyond the end are of no use to anyone; torch may leave them out.
    assert clean[:, :13] == pytest.approx(expected.numpy()[:, :13], abs=1e-5)
    other = {**feeds, "valid": torch.ones_like(valid)}
    whole = run(folder / "denoiser.onnx", **{name: value.numpy() for name, value in other.items()})
    assert (np.abs(whole - clean).max() > 1e-4) == masked


def test_texts_become_the_vectors_of_clip_and_no_text_zeros(
    exported: tuple[Path, bool], sources: dict[str, Path]
) -> None:
    from transformers import CLIPTextModelWithProjection, CLIPTokenizer

    folder, _ = exported
    tokenizer = CLIPTokenizer.from_pretrained(sources["clip"])
    model = CLIPTextModelWithProjection.from_pretrained(sources["clip"]).eval()
    texts = ["a person walks", "someone jumps twice and then sits down", "turn"]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        expected = model(**batch).text_embeds.numpy()
    assert run(folder / "text_encoder.onnx", input_ids=batch["input_ids"].numpy()) == pytest.approx(
        expected, abs=1e-5
    )
    ids = tokenizer(["", texts[0]], padding=True, return_tensors="np")["input_ids"].astype(np.int64)
    unsaid, said = run(folder / "text_encoder.onnx", input_ids=ids)
    assert (unsaid == 0).all()
    assert said == pytest.approx(expected[0], abs=1e-5)


def test_the_manifest_fits_the_schema_and_repeats_what_was_declared(exported: tuple[Path, bool]) -> None:
    folder, _ = exported
    manifest = json.loads((folder / "bundle.json").read_text())
    schema = json.loads((ROOT / "models/bundle.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(manifest)
    assert manifest["training_data"] == DECLARATION
    assert manifest["licence"] == {"spdx": "LicenseRef-own", "commercial_use": False}
    assert manifest["motion_diffusion"]["representation"] == "humanml3d-263"
    assert manifest["motion_diffusion"]["window_frames"] == WINDOW
    assert "Own takes" in (folder / "MODEL_CARD.md").read_text()


def test_clip_and_positions_within_a_checkpoint_are_left_aside(tmp_path: Path) -> None:
    extra = {"clip_model.logit_scale": torch.ones(1), "sequence_pos_encoder.pe": torch.zeros(5000, 1, 16)}
    save_file(tiny_state(), tmp_path / "bare.safetensors")
    save_file({**tiny_state(), **extra}, tmp_path / "whole.safetensors")
    bare, whole = (
        load_mdm(tmp_path / f"{name}.safetensors", MdmOptions()).state_dict() for name in ("bare", "whole")
    )
    assert list(bare) == list(whole)
    assert all(torch.equal(value, whole[name]) for name, value in bare.items())


def _without(name: str) -> dict[str, Tensor]:
    return {key: value for key, value in tiny_state().items() if not key.startswith(name)}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({**tiny_state(), "seqTransDecoder.layers.0.norm1.weight": torch.ones(16)}, "transformer decoder"),
        ({**tiny_state(), "embed_action.action_embedding": torch.ones(2, 16)}, "told by action numbers"),
        (_without("embed_text"), "no MDM of text"),
        (_without("seqTransEncoder.layers.1.norm2"), "does not fit the published architecture"),
        ({**tiny_state(), "input_process.poseEmbedding.weight": torch.ones(16, 251)}, "HumanML3D's 263"),
        ({**tiny_state(text=12)}, "CLIP's text vector has 8 numbers and the model expects 12"),
    ],
)
def test_other_models_are_refused_in_words(
    sources: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    state: dict[str, Tensor],
    words: str,
) -> None:
    save_file(state, tmp_path / "other.safetensors")
    assert export({**sources, "weights": tmp_path / "other.safetensors"}, tmp_path / "out") == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_pickles_wrong_heads_and_wrong_statistics_are_refused(
    sources: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pickle = tmp_path / "model.pt"
    torch.save(tiny_state(), pickle)
    np.save(tmp_path / "short.npy", np.zeros(100))
    np.save(tmp_path / "zero.npy", np.zeros(WIDTH))
    for change, extra, words in (
        ({"weights": pickle}, (), "run code when they are read"),
        ({"mean": tmp_path / "short.npy"}, (), "expected 263 finite numbers"),
        ({"deviation": tmp_path / "zero.npy"}, (), "expected deviations"),
        ({}, ("--heads", "3"), "give --heads"),
    ):
        assert export({**sources, **change}, tmp_path / "out", *extra) == 1
        assert words in capsys.readouterr().err


def test_training_data_that_is_not_there_is_refused(
    sources: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(sources, tmp_path / "out", data=str(tmp_path / "none.json")) == 1
    assert "expected a file with the declaration" in capsys.readouterr().err
