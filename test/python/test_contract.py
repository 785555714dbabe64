"""The golden frames of test/contract, read by the Python client."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from genga_client.codec import decode_client_message, decode_core_message, encode
from genga_client.errors import GengaError
from genga_client.messagepack import pack, unpack
from genga_client.protocol import ClientMessage, CoreMessage

CONTRACT = Path(__file__).parents[1] / "contract"


def read(path: Path) -> Any:
    def restore(value: dict[str, Any]) -> Any:
        return base64.b64decode(value["$bytes"]) if set(value) == {"$bytes"} else value

    return json.loads(path.read_text(encoding="utf-8"), object_hook=restore)


def goldens(direction: str) -> list[Any]:
    return [pytest.param(read(path), id=path.stem) for path in sorted((CONTRACT / direction).glob("*.json"))]


@pytest.mark.parametrize(
    ("decode", "golden"),
    [pytest.param(decode_client_message, *case.values, id=case.id) for case in goldens("client")]
    + [pytest.param(decode_core_message, *case.values, id=case.id) for case in goldens("core")],
)
def test_golden_frame_is_read_and_written_as_the_core_does(decode: Any, golden: Any) -> None:
    plain = unpack(bytes.fromhex(golden["frame"]))
    assert plain == golden["message"]
    message = decode(plain)
    # Every default is filled in; nulls stay only within `params`, where they are values.
    assert encode(message) == golden["parsed"]
    again = unpack(pack(encode(message)))
    assert again == golden["parsed"]
    assert decode(again) == message


@pytest.mark.parametrize(("direction", "union"), [("client", ClientMessage), ("core", CoreMessage)])
def test_every_message_of_the_generated_module_has_a_golden_frame(direction: str, union: Any) -> None:
    types = {case.values[0]["message"]["type"] for case in goldens(direction)}
    assert types == {member.type for member in get_args(union)}


@pytest.mark.parametrize(
    "refused", [pytest.param(one, id=one["name"]) for one in read(CONTRACT / "refused.json")]
)
def test_refused_frame_is_refused_with_the_same_code(refused: Any) -> None:
    frame = refused["frame"]
    data = bytes.fromhex(frame if isinstance(frame, str) else frame["repeat"] * frame["count"])
    with pytest.raises(GengaError) as caught:
        decode_client_message(unpack(data))
    assert caught.value.code == refused["code"]


def test_integers_that_javascript_sent_as_floats_are_integers() -> None:
    status = decode_core_message(read(CONTRACT / "core" / "validated.json")["message"])
    frame = read(CONTRACT / "core" / "validated.json")["frame"]
    decoded = decode_core_message(unpack(bytes.fromhex(frame)))
    assert decoded == status
    assert decoded.type == "validated"
    assert type(decoded.memory_bytes) is int and decoded.memory_bytes == 5_000_000_000


def test_fields_words_and_codes_of_a_later_core_are_tolerated() -> None:
    accepted = {
        "type": "accepted",
        "reply_to": "1",
        "job_id": "j",
        "position": 0,
        "duplicate": False,
        "eta_ms": 5,
    }
    assert decode_core_message(accepted).type == "accepted"
    error = decode_core_message(
        {"type": "error", "error": {"code": "TOO_WARM", "message": "It is too warm."}}
    )
    assert error.type == "error" and error.error.code == "TOO_WARM"


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (
            {"type": "accepted", "reply_to": "1", "job_id": "j", "position": -1, "duplicate": False},
            "position",
        ),
        ({"type": "accepted", "reply_to": "1", "job_id": "j", "position": 1, "duplicate": 0}, "duplicate"),
        ({"type": "progress", "job_id": "j", "sequence": 1}, "time"),
        ({"type": "greeting"}, "type"),
        (
            {
                "type": "result",
                "job_id": "j",
                "sequence": 1,
                "time": "t",
                "duration_ms": 1,
                "outputs": [{"asset": {"sha256": "x", "size": 1, "mime": "m"}}],
            },
            "outputs[0].asset.sha256",
        ),
    ],
)
def test_what_the_core_must_not_send_is_named(message: dict[str, Any], named: str) -> None:
    with pytest.raises(GengaError) as caught:
        decode_core_message(message)
    assert caught.value.code == "MALFORMED_MESSAGE"
    assert named in caught.value.message
