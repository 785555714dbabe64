"""The Python client's frames, by property."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from genga_client.codec import decode_client_message, decode_core_message
from genga_client.errors import GengaError
from genga_client.messagepack import pack, unpack
from hypothesis import given, settings
from hypothesis import strategies as st

FRAMES = [
    bytes.fromhex(path.read_text(encoding="utf-8").split('"frame": "')[1].split('"')[0])
    for path in sorted((Path(__file__).parents[1] / "contract").glob("c*/*.json"))
]

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=5)
    | st.dictionaries(st.text().filter(lambda key: key != "__proto__"), inner),
    max_leaves=30,
)


@given(plain)
def test_what_is_packed_is_unpacked_the_same(value: Any) -> None:
    assert unpack(pack(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_as_malformed(frame: bytes) -> None:
    refuse_or_read(frame)


@settings(max_examples=300)
@given(st.sampled_from(FRAMES), st.data())
def test_a_changed_frame_is_read_or_refused_with_a_code(frame: bytes, data: st.DataObject) -> None:
    changed = bytearray(frame)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 3))
    refuse_or_read(bytes(changed[: len(changed) - cut] if cut else changed))


def refuse_or_read(frame: bytes) -> None:
    try:
        value = unpack(frame)
    except GengaError as error:
        assert error.code == "MALFORMED_MESSAGE"
        return
    for decode in (decode_client_message, decode_core_message):
        try:
            decode(value)
        except GengaError as error:
            assert error.code in ("MALFORMED_MESSAGE", "INVALID_REQUEST")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 2**53, -(2**53)])
def test_numbers_that_the_core_cannot_take_are_named_before_they_are_sent(number: float) -> None:
    with pytest.raises(GengaError, match=r"params\.controls\[0\]\.conditioning_scale") as caught:
        pack({"type": "validate", "params": {"controls": [{"conditioning_scale": number}]}})
    assert caught.value.code == "INVALID_REQUEST"


@pytest.mark.parametrize(
    "value", [{1: "a"}, {"a": object()}, {"a": {1, 2}}, {"__proto__": 1}, {"a": Path("x")}]
)
def test_what_messagepack_has_not_is_refused_before_it_is_sent(value: Any) -> None:
    with pytest.raises(GengaError) as caught:
        pack(value)
    assert caught.value.code == "INVALID_REQUEST"
