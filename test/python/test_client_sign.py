"""Files made elsewhere, signed by the real core and judged by c2pa-python."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import c2pa
import pytest
from genga_client import Client, GengaError, connect
from genga_client.protocol import DeclaredModel, SignAction, SignIngredient, SoftwareAgent
from real_core import TOKEN, RealCore


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCore]:
    with RealCore(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def genga(core: RealCore) -> Iterator[Client]:
    with connect(core.url, TOKEN, name="genga-pytest", user="Aya") as client:
        yield client


def png(grey: int, **texts: str) -> bytes:
    """A picture of 64 × 64 grey pixels with texts, as ComfyUI saves them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (64).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress((b"\0" + bytes([grey]) * 64) * 64)
    text = b"".join(chunk(b"tEXt", f"{key}\0{value}".encode("latin-1")) for key, value in texts.items())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + text + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def judge(core: RealCore, mime: str, data: bytes, sidecar: bytes | None = None) -> tuple[str, dict[str, Any]]:
    """The verdict of c2pa-python, offline, trusting the core's root; and the active manifest."""
    root = (core.home / "keys" / "root.pem").read_text()
    trust = {"user_anchors": root, "trust_config": "1.3.6.1.5.5.7.3.4\n1.3.6.1.4.1.62558.2.1"}
    verify = {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False}
    context = c2pa.Context(c2pa.Settings.from_dict({"trust": trust, "verify": verify}))
    reader = c2pa.Reader(mime, io.BytesIO(data), sidecar, context=context)
    store = json.loads(reader.json())
    return str(reader.get_validation_state()), store["manifests"][store["active_manifest"]]


def test_a_picture_of_another_program_is_signed_with_what_it_says_of_it(
    core: RealCore, genga: Client
) -> None:
    source = png(90, prompt='{"3": {}}', workflow='{"nodes": []}')
    picture = genga.put_asset(source, name="castle.png")
    guide = genga.put_asset(png(20), name="guide.png")
    signed = genga.sign(
        picture.sha256,
        actions=[SignAction(action="c2pa.created", digital_source_type="trainedAlgorithmicMedia")],
        ingredients=[SignIngredient(sha256=guide.sha256, relationship="inputTo", role="control:depth")],
        models=[
            DeclaredModel(name="base.ckpt", role="checkpoint"),
            {"name": "toon", "role": "lora", "weight": 0.5},
        ],
        software_agent=SoftwareAgent(name="ComfyUI", version="0.3.75"),
        parameters={"prompt": "a castle", "steps": 5},
    )
    data = genga.get_asset(signed.asset.sha256)
    state, manifest = judge(core, "image/png", data)
    assert state == "Trusted"
    assertions = {assertion["label"]: assertion["data"] for assertion in manifest["assertions"]}
    assert [action["action"] for action in assertions["c2pa.actions.v2"]["actions"]] == ["c2pa.created"]
    assert assertions["org.genga.signing"]["declared_by"] == {"client": "genga-pytest 0.1.0", "user": "Aya"}
    assert {ingredient["title"] for ingredient in manifest["ingredients"]} == {
        "guide.png",
        "base.ckpt",
        "toon",
    }
    for text in (b'prompt\0{"3": {}}', b'workflow\0{"nodes": []}'):
        assert text in data
    verification = genga.verify(signed.asset.sha256)
    assert verification.state == "trusted"
    assert verification.signing == signed.record
    assert verification.log is not None
    assert verification.log.index == signed.log.index


def test_a_mesh_gets_a_sidecar_and_stays_as_it_is(core: RealCore, genga: Client, tmp_path: Path) -> None:
    document = b'{"asset":{"version":"2.0"}} '
    mesh = b"glTF" + (2).to_bytes(4, "little") + (20 + len(document)).to_bytes(4, "little")
    mesh += len(document).to_bytes(4, "little") + b"JSON" + document
    path = tmp_path / "rock.glb"
    path.write_bytes(mesh)
    asset = genga.put_asset(path)
    signed = genga.sign(
        asset.sha256, actions=[{"action": "c2pa.created", "digital_source_type": "digitalCreation"}]
    )
    assert signed.asset.sha256 == asset.sha256
    assert signed.sidecar is not None
    assert signed.sidecar.name == "rock.glb.c2pa"
    state, manifest = judge(core, "model/gltf-binary", mesh, genga.get_asset(signed.sidecar.sha256))
    assert (state, manifest["title"]) == ("Trusted", "rock.glb")


def test_what_does_not_fit_is_refused_with_a_remedy(genga: Client) -> None:
    picture = genga.put_asset(png(1))
    parent = SignIngredient(sha256=picture.sha256, relationship="parentOf")
    with pytest.raises(GengaError) as refused:
        genga.sign(picture.sha256, ingredients=[parent, parent])
    assert (refused.value.code, refused.value.remedy) == (
        "INVALID_REQUEST",
        "Make the others componentOf or inputTo.",
    )
    with pytest.raises(GengaError, match=r"models\[0\].role is missing"):
        genga.sign(picture.sha256, actions=[{"action": "c2pa.edited"}], models=[{"name": "x"}])
