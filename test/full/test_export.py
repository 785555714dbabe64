"""The exporter on tiny diffusers folders, as a user's own model goes through it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import numpy as np
import onnxruntime
import pytest
import torch

from models.export import onnx_graph, stable_diffusion, stable_diffusion_bundle
from models.export.tiny_pipeline import TinyPipeline, build_clip_tokenizer, build_tiny_pipeline

ROOT = Path(__file__).parents[2]
DECLARATION = [
    {
        "name": "Own renders",
        "source": "our archive, shows A and B",
        "licence": "LicenseRef-own-work",
        "used_for": "training",
        "sha256": "0" * 64,
    }
]


@pytest.fixture(scope="module")
def tiny() -> TinyPipeline:
    return build_tiny_pipeline(seed=7)


@pytest.fixture(scope="module")
def source(tiny: TinyPipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    tiny.save(folder)
    return folder


def export(source: Path, out: Path, *extra: str, pipeline: str = "pipeline") -> int:
    declaration = out.parent / f"{out.name}-declaration.json"
    declaration.write_text(json.dumps(DECLARATION))
    return stable_diffusion.main(
        [
            *("--pipeline", str(source / pipeline), "--out", str(out), "--id", "own-model"),
            *("--name", "Own model", "--licence", "LicenseRef-own", "--commercial-use", "no"),
            *("--training-data", str(declaration)),
            *extra,
        ]
    )


@pytest.fixture(scope="module")
def bundle(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "own-model"
    controls = [
        f"--controlnet=depth={source}/controlnet-depth",
        f"--controlnet=canny={source}/controlnet-canny,bgr,invert",
    ]
    origin = "--derived-from=Parent model=https://example.org/parent"
    assert export(source, out, *controls, f"--taesd={source}/taesd", origin) == 0
    return out


def run(graph: Path, **feeds: np.ndarray) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"]).run(None, feeds)


def test_the_manifest_fits_the_schema(bundle: Path) -> None:
    schema = json.loads((ROOT / "models" / "bundle.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads((bundle / "bundle.json").read_text()))


def test_the_manifest_repeats_what_was_declared(bundle: Path) -> None:
    manifest = json.loads((bundle / "bundle.json").read_text())
    assert manifest["training_data"] == DECLARATION
    assert manifest["licence"] == {"spdx": "LicenseRef-own", "commercial_use": False}
    assert manifest["derived_from"] == [{"name": "Parent model", "source": "https://example.org/parent"}]
    canny = manifest["stable_diffusion"]["controls"][1]
    assert (canny["kind"], canny["channel_order"], canny["invert"]) == ("canny", "bgr", True)
    assert "Own renders" in (bundle / "MODEL_CARD.md").read_text()


def test_every_hash_is_that_of_its_file(bundle: Path) -> None:
    manifest = json.loads((bundle / "bundle.json").read_text())
    tokenizer = manifest["tokenizer"]
    files = {component["file"]: component["sha256"] for component in manifest["components"].values()}
    files |= {tokenizer["file"]: tokenizer["sha256"], tokenizer["config_file"]: tokenizer["config_sha256"]}
    assert len(files) == 9
    for file, digest in files.items():
        assert hashlib.sha256((bundle / file).read_bytes()).hexdigest() == digest


def test_genga_verifies_the_bundle(bundle: Path, tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node is not None
    home = tmp_path / "home"
    for command in (["models", "import", str(bundle)], ["models", "verify", "own-model"]):
        done = subprocess.run(
            [node, "--import", "tsx", "core/src/cli/main.ts", *command],
            cwd=ROOT,
            env={"PATH": str(Path(node).parent), "GENGA_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_residuals_have_the_sizes_that_the_manifest_says_at_odd_latent_sizes(bundle: Path) -> None:
    config = json.loads((bundle / "bundle.json").read_text())["stable_diffusion"]
    height, width = 13, 7
    found = run(
        bundle / "controlnet_depth.onnx",
        sample=np.zeros((2, 4, height, width), np.float32),
        timestep=np.zeros(2, np.float32),
        encoder_hidden_states=np.zeros((2, 77, 32), np.float32),
        controlnet_cond=np.zeros((2, 3, height * 8, width * 8), np.float32),
        conditioning_scale=np.ones(1, np.float32),
    )
    expected = [
        (2, r["channels"], -(-height // r["downscale"]), -(-width // r["downscale"]))
        for r in config["residuals"]
    ]
    assert [array.shape for array in found] == expected


def test_residuals_are_multiplied_by_the_conditioning_scale(bundle: Path) -> None:
    numbers = np.random.default_rng(1)
    feeds = {
        "sample": numbers.normal(size=(1, 4, 8, 8)).astype(np.float32),
        "timestep": np.array([500], np.float32),
        "encoder_hidden_states": numbers.normal(size=(1, 77, 32)).astype(np.float32),
        "controlnet_cond": numbers.random((1, 3, 64, 64)).astype(np.float32),
    }
    graph = bundle / "controlnet_depth.onnx"
    full = run(graph, **feeds, conditioning_scale=np.array([1], np.float32))
    half = run(graph, **feeds, conditioning_scale=np.array([0.5], np.float32))
    for one, other in zip(full, half, strict=True):
        np.testing.assert_allclose(one * 0.5, other, atol=1e-6)
    assert max(float(np.abs(array).max()) for array in full) > 0.1


def test_clip_skip_outputs_equal_transformers_hidden_states(bundle: Path, tiny: TinyPipeline) -> None:
    ids = tiny.tokenizer("a red house", padding="max_length", return_tensors="pt").input_ids
    with torch.no_grad():
        output = tiny.text_encoder(ids, output_hidden_states=True)
        inner = getattr(tiny.text_encoder, "text_model", tiny.text_encoder)
        expected = [output.last_hidden_state]
        expected += [inner.final_layer_norm(output.hidden_states[-1 - skip]) for skip in (1, 2, 3)]
    found = run(bundle / "text_encoder.onnx", input_ids=ids.numpy())
    assert len(found) == len(expected)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one.numpy(), other, atol=2e-5)


def test_float16_weights_keep_float32_inputs(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "half"
    assert export(source, out, "--dtype=float16") == 0
    manifest = json.loads((out / "bundle.json").read_text())
    unet = manifest["components"]["unet"]
    assert {tensor["dtype"] for tensor in unet["inputs"] + unet["outputs"]} == {"float32"}
    assert manifest["stable_diffusion"]["residuals"] == []
    assert manifest["stable_diffusion"]["controls"] == []


def test_large_weights_go_to_a_file_beside_the_graph(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_graph, "EXTERNAL_DATA_ABOVE_BYTES", 100_000)
    out = tmp_path / "large"
    assert export(source, out) == 0
    (weights,) = json.loads((out / "bundle.json").read_text())["components"]["unet"]["external_data"]
    assert weights["file"] == "unet.onnx.data"
    assert weights["sha256"] == hashlib.sha256((out / "unet.onnx.data").read_bytes()).hexdigest()
    assert weights["size"] > (out / "unet.onnx").stat().st_size / 4


def test_a_vocabulary_in_two_files_gives_the_same_tokens(
    source: Path, tmp_path: Path, tiny: TinyPipeline
) -> None:
    folder = tmp_path / "source"
    shutil.copytree(source / "pipeline", folder / "pipeline")
    tokenizer = folder / "pipeline" / "tokenizer"
    tree = json.loads((tokenizer / "tokenizer.json").read_text())
    (tokenizer / "vocab.json").write_text(json.dumps(tree["model"]["vocab"]))
    merges = [" ".join(pair) for pair in tree["model"]["merges"]]
    (tokenizer / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n")
    (tokenizer / "tokenizer.json").unlink()
    out = tmp_path / "bundle"
    assert export(folder, out) == 0
    written = json.loads((out / "tokenizer" / "tokenizer.json").read_text())
    assert written["model"]["vocab"] == tree["model"]["vocab"]
    assert written["model"]["merges"] == tree["model"]["merges"]
    assert json.loads((out / "bundle.json").read_text())["tokenizer"]["bos_token_id"] == 2512


def test_the_truncated_vocabulary_starts_with_clips_own_ids() -> None:
    full, short = build_clip_tokenizer(48_894), build_clip_tokenizer(2000)
    assert (len(full), full.bos_token_id, full.eos_token_id) == (49_408, 49_406, 49_407)
    # "a photo of a cat" as every CLIP tokenizer has it.
    assert full("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]
    assert short("a photo of a").input_ids[1:-1] == [320, 1125, 539, 320]


def change_json(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize(
    ("file", "changes", "words"),
    [
        (
            "model_index.json",
            {"text_encoder_2": ["transformers", "CLIPTextModelWithProjection"]},
            "SD 1.5 class",
        ),
        (
            "model_index.json",
            {"unet": ["diffusers", "SD3Transformer2DModel"]},
            "expected UNet2DConditionModel",
        ),
        (
            "scheduler/scheduler_config.json",
            {"trained_betas": [0.1, 0.2]},
            "expected a beta_schedule by name",
        ),
        (
            "scheduler/scheduler_config.json",
            {"prediction_type": "flow_prediction"},
            "expected one of: epsilon",
        ),
        ("scheduler/scheduler_config.json", {"_class_name": "NoScheduler"}, "NoScheduler"),
    ],
)
def test_a_pipeline_of_another_kind_is_refused(
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    changes: dict[str, object],
    words: str,
) -> None:
    folder = tmp_path / "source"
    shutil.copytree(source / "pipeline", folder / "pipeline")
    change_json(folder / "pipeline" / file, **changes)
    assert export(folder, tmp_path / "out") == 1
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_inpainting_unet_is_refused(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from diffusers import UNet2DConditionModel

    folder = tmp_path / "source"
    shutil.copytree(source / "pipeline", folder / "pipeline")
    unet = UNet2DConditionModel.from_config(
        UNet2DConditionModel.load_config(folder / "pipeline" / "unet"), in_channels=9
    )
    unet.save_pretrained(folder / "pipeline" / "unet")
    assert export(folder, tmp_path / "out") == 1
    assert "takes 9 channels; expected 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("declaration", "words"),
    [
        ('{"name": "x"}', "expected a list"),
        ('[{"name": "x", "source": "y", "used_for": "training"}]', "has licence None"),
        ('[{"name": "x", "source": "y", "licence": "z", "used_for": "t", "size": 3}]', "a field 'size'"),
        ('[{"name": "x", "source": "y", "licence": "z", "used_for": "t", "sha256": "12"}]', "64 lower-case"),
        ("[", "is not JSON"),
    ],
)
def test_a_wrong_declaration_is_refused(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], declaration: str, words: str
) -> None:
    file = tmp_path / "declaration.json"
    file.write_text(declaration)
    assert export(source, tmp_path / "out", f"--training-data={file}") == 1
    assert words in capsys.readouterr().err


def test_a_folder_that_holds_something_is_left_alone(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    assert export(source, out) == 1
    assert "expected a new folder" in capsys.readouterr().err
    assert [file.name for file in out.iterdir()] == ["notes.txt"]


def test_a_graph_that_differs_from_torch_ends_the_export(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stable_diffusion_bundle, "TOLERANCE", 1e-12)
    assert export(source, tmp_path / "out") == 1
    assert "differs from torch by" in capsys.readouterr().err
    assert list(tmp_path.glob("*out*")) == [tmp_path / "out-declaration.json"]
