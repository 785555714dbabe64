"""The exporter of TripoSG- and TripoSR-class weights: its graphs against networks of diffusers' and
transformers' own parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.export import mesh_diffusion, onnx_graph
from models.export.mesh_parts import points_per_call
from models.parity import triposg, triposr

ROOT = Path(__file__).parents[2]
SEED = 5
TOKENS = 9
DECLARATION = [
    {"name": "Own renders", "source": "our stage", "licence": "LicenseRef-own", "used_for": "training"}
]
CHECKPOINT = ("--heads", "2", "--encoder-heads", "2", "--image-size", str(triposr.IMAGE_SIZE))


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources") / "TripoSG"
    triposg.save_pipeline(folder, SEED)
    return folder


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sources") / "triposr.safetensors"
    triposr.save_checkpoint(file, SEED)
    return file


def export(kind: str, source: Path, out: Path, *extra: str, data: str | None = None) -> int:
    declaration = out.parent / f"{out.name}.json"
    declaration.write_text(json.dumps(DECLARATION))
    return mesh_diffusion.main(
        [
            *(f"--{kind}", str(source), "--out", str(out), "--id", "own-mesh", "--name", "Own meshes"),
            *("--licence", "MIT", "--commercial-use", "yes", "--tokens", str(TOKENS)),
            *("--training-data", data or str(declaration), *extra),
        ]
    )


@pytest.fixture(scope="module", params=["float32", "float16"])
def flow_bundle(
    request: pytest.FixtureRequest, pipeline: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, float]:
    out = tmp_path_factory.mktemp("bundles") / "own-mesh"
    assert export("triposg", pipeline, out, "--dtype", request.param) == 0
    return out, 1e-5 if request.param == "float32" else 5e-3


@pytest.fixture(scope="module")
def scene_bundle(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundles") / "own-scenes"
    assert export("triposr", checkpoint, out, *CHECKPOINT) == 0
    return out


def run(graph: Path, **feeds: Tensor | np.ndarray) -> list[np.ndarray]:
    arrays = {name: np.asarray(value, np.float32) for name, value in feeds.items()}
    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    return [np.asarray(value) for value in session.run(None, arrays)]


@pytest.mark.parametrize("batch", [1, 3])
def test_the_flow_transformer_gives_noise_minus_clean(flow_bundle: tuple[Path, float], batch: int) -> None:
    folder, tolerance = flow_bundle
    transformer, _, _ = triposg.make_models(SEED)
    torch.manual_seed(batch)
    sample, context = torch.randn(batch, TOKENS, 4), torch.randn(batch, 7, 16)
    timestep = torch.rand(batch) * 1000
    with torch.no_grad():
        expected = transformer(sample, timestep, context)
    (velocity,) = run(folder / "denoiser.onnx", sample=sample, timestep=timestep, context=context)
    assert -velocity == pytest.approx(expected.numpy(), abs=tolerance)


def test_pictures_latents_and_points_are_seen_as_the_published_parts_see_them(
    flow_bundle: tuple[Path, float],
) -> None:
    folder, tolerance = flow_bundle
    _, vae, encoder = triposg.make_models(SEED)
    torch.manual_seed(1)
    # 28 pixels make 4 × 4 patches where 3 × 3 were trained: positions are scaled.
    pixels, latent = torch.randn(2, 3, 28, 28), torch.randn(2, TOKENS, 4)
    points = torch.rand(2, 333, 3) * 2 - 1
    with torch.no_grad():
        seen, field = encoder(pixels).last_hidden_state, vae.decode(latent, points)
    (context,) = run(folder / "image_encoder.onnx", pixel_values=pixels)
    assert context == pytest.approx(seen.numpy(), abs=tolerance)
    (decoded,) = run(folder / "latent_decoder.onnx", latent=latent)
    (found,) = run(folder / "field_decoder.onnx", decoded=decoded, points=points)
    assert found == pytest.approx(field.numpy(), abs=tolerance)
    assert 0.2 < (found > 0).mean() < 0.8


def test_a_pipeline_that_was_trained_the_other_way_round_keeps_its_sign(
    pipeline: Path, tmp_path: Path
) -> None:
    other = tmp_path / "TripoSG"
    triposg.save_pipeline(other, SEED)
    config = {"_class_name": "FlowMatchEulerDiscreteScheduler", "shift": 3.0}
    (other / "scheduler/scheduler_config.json").write_text(json.dumps(config))
    assert export("triposg", pipeline, tmp_path / "one") == 0
    assert export("triposg", other, tmp_path / "two") == 0
    feeds = {"sample": torch.randn(1, TOKENS, 4), "timestep": torch.ones(1), "context": torch.randn(1, 5, 16)}
    (one,), (two,) = (run(tmp_path / name / "denoiser.onnx", **feeds) for name in ("one", "two"))
    assert one == pytest.approx(-two)
    sampler = json.loads((tmp_path / "two/bundle.json").read_text())["mesh_diffusion"]["sampler"]
    assert sampler == {
        "type": "flow_match_euler",
        "num_train_timesteps": 1000,
        "shift": 3.0,
        "spacing": "linspace",
        "unconditional": "zeros",
    }


def test_the_scene_transformer_gives_density_and_colour_in_gltfs_axes(scene_bundle: Path) -> None:
    model = triposr.make_model(SEED)
    torch.manual_seed(2)
    pixels = torch.randn(2, 3, triposr.IMAGE_SIZE, triposr.IMAGE_SIZE)
    points = (torch.rand(2, 30, 3) * 2 - 1) * triposr.RADIUS
    (context,) = run(scene_bundle / "image_encoder.onnx", pixel_values=pixels)
    with torch.no_grad():
        seen = model.see(pixels)
        planes = model.planes(seen)
    assert context == pytest.approx(seen.numpy(), abs=1e-5)
    (latent,) = run(scene_bundle / "backbone.onnx", context=context)
    assert latent.shape == (2, 48, 32)
    (decoded,) = run(scene_bundle / "latent_decoder.onnx", latent=latent)
    assert decoded == pytest.approx(planes.numpy(), abs=1e-4)
    field, colour = run(scene_bundle / "field_decoder.onnx", decoded=decoded, points=points)
    for row in range(2):
        for at, (x, y, z) in enumerate(points[row].tolist()):
            density, expected = model.radiance(planes[row], (z, x, y))
            assert field[row, at] == pytest.approx(density, rel=1e-3)
            assert colour[row, at] == pytest.approx(expected, abs=1e-5)
    assert 0.1 < (field > triposr.THRESHOLD).mean() < 0.9


def read(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / "bundle.json").read_text())
    schema = json.loads((ROOT / "models/bundle.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(manifest)
    return manifest


def test_manifests_fit_the_schema_and_name_weights_licence_and_data(
    flow_bundle: tuple[Path, float], scene_bundle: Path, checkpoint: Path
) -> None:
    flow, scene = read(flow_bundle[0]), read(scene_bundle)
    for manifest in (flow, scene):
        assert manifest["licence"] == {"spdx": "MIT", "commercial_use": True}
        assert manifest["training_data"] == DECLARATION
        assert "tokenizer" not in manifest
        assert manifest["memory_bytes"] > 0
    assert [entry["name"] for entry in flow["derived_from"]] == [
        "transformer/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "image_encoder_dinov2/model.safetensors",
    ]
    assert scene["derived_from"][0]["sha256"] == mesh_diffusion_hash(checkpoint)
    image = flow["mesh_diffusion"]["image"]
    # 32 pixels of which 28 are cut out, around a thing with a tenth of its side free on each side.
    assert image["foreground_ratio"] == pytest.approx(32 / 28 / 1.2)
    assert (image["size"], image["resample"], image["background"]) == (28, "cubic", [1, 1, 1])
    assert scene["mesh_diffusion"]["sampler"] == {"type": "one_pass"}
    assert scene["mesh_diffusion"]["field"] == {
        "kind": "density",
        "level": 25,
        "inside": "above",
        "bounds": {"min": [-0.87] * 3, "max": [0.87] * 3},
        "colour": True,
        "points_per_call": 65536,
    }
    card = (scene_bundle / "MODEL_CARD.md").read_text()
    assert "| field | density, with colour; latent of 48 x 32 |" in card
    assert "Own renders" in card


def mesh_diffusion_hash(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_undeclared_data_is_said_in_the_manifest(checkpoint: Path, tmp_path: Path) -> None:
    assert export("triposr", checkpoint, tmp_path / "out", *CHECKPOINT, data="undeclared") == 0
    assert read(tmp_path / "out")["training_data"] == "undeclared"


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_weights_beyond_what_a_graph_can_hold_stand_beside_it(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: str
) -> None:
    monkeypatch.setattr(onnx_graph, "EXTERNAL_DATA_ABOVE_BYTES", 2000)
    assert export("triposr", checkpoint, tmp_path / "out", *CHECKPOINT, "--dtype", dtype) == 0
    component = read(tmp_path / "out")["components"]["backbone"]
    (weights,) = component["external_data"]
    assert weights["file"] == "backbone.onnx.data"
    assert weights["size"] > component["size"] / 4
    (latent,) = run(tmp_path / "out/backbone.onnx", context=torch.zeros(1, 17, 16))
    assert np.isfinite(latent).all()
    halves = onnx.load(str(tmp_path / "out/backbone.onnx")).graph.initializer
    kinds = {tensor.data_type for tensor in halves if np.prod(tensor.dims) >= 1024}
    assert kinds == {onnx.TensorProto.FLOAT16 if dtype == "float16" else onnx.TensorProto.FLOAT}


def test_points_of_a_call_are_as_many_as_their_attention_has_room_for() -> None:
    assert points_per_call(8 * 2048) == 2048
    assert points_per_call(2 * 12) == 65_536
    assert points_per_call(10**9) == 1024


def _changed(source: Path, folder: Path, part: str, change: dict[str, Any]) -> Path:
    """Gives a copy of the pipeline with JSON fields changed."""
    import shutil

    shutil.copytree(source, folder)
    file = folder / part
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    return folder


def test_other_pipelines_are_refused_in_words(
    pipeline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (part, change, words) in enumerate(
        [
            ("scheduler/scheduler_config.json", {"_class_name": "DDIMScheduler"}, "names DDIMScheduler"),
            ("scheduler/scheduler_config.json", {"use_dynamic_shifting": True}, "without dynamic shifting"),
            ("feature_extractor_dinov2/preprocessor_config.json", {"resample": 1}, "has resample 1"),
            ("transformer/config.json", {"num_attention_heads": 3}, "which 3 heads do not divide"),
            ("vae/config.json", {"embed_include_pi": True}, "embed_include_pi"),
        ]
    ):
        source = _changed(pipeline, tmp_path / str(number), part, change)
        assert export("triposg", source, tmp_path / "out") == 1
        assert words in capsys.readouterr().err
    file = tmp_path / "0/transformer/diffusion_pytorch_model.safetensors"
    state = load_file(file)
    twice = {
        key.replace("attn2.", "attn2_2."): value.clone() for key, value in state.items() if "attn2." in key
    }
    _changed(pipeline, tmp_path / "scribble", "vae/config.json", {})
    save_file({**state, **twice}, tmp_path / "scribble/transformer/diffusion_pytorch_model.safetensors")
    assert export("triposg", tmp_path / "scribble", tmp_path / "out") == 1
    assert "TripoSG-scribble" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_pickles_and_foreign_checkpoints_are_refused(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pickle = tmp_path / "model.ckpt"
    torch.save({"a": torch.ones(1)}, pickle)
    state = load_file(checkpoint)
    foreign = {
        "bare": {key: value for key, value in state.items() if "tokenizer.embeddings" not in key},
        "short": {key: value for key, value in state.items() if "transformer_blocks.1.norm3" not in key},
        "giant": {**state, "image_tokenizer.model.encoder.layer.0.mlp.weights_in.weight": torch.ones(1)},
    }
    for name, content in foreign.items():
        save_file(content, tmp_path / f"{name}.safetensors")
    for source, extra, words in (
        (pickle, CHECKPOINT, "run code when they are read"),
        (tmp_path / "none.safetensors", CHECKPOINT, "is not there"),
        (tmp_path / "bare.safetensors", CHECKPOINT, "tokenizer.embeddings missing"),
        (tmp_path / "short.safetensors", CHECKPOINT, "does not fit the published architecture"),
        (tmp_path / "giant.safetensors", CHECKPOINT, "DINOv2 giant"),
        (checkpoint, (*CHECKPOINT[:4], "--image-size", "30"), "do not fall into patches of 8"),
        (checkpoint, ("--heads", "5", *CHECKPOINT[2:]), "expected multiples of 5 and 32"),
    ):
        assert export("triposr", source, tmp_path / "out", *extra) == 1
        assert words in capsys.readouterr().err
