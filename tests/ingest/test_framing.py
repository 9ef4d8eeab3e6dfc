"""Frames: whole ones are found again, torn or damaged ones end the segment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thorbis_monitor.ingest.spool.framing import Framing, LineFraming, ProtobufFraming

FRAMINGS: dict[str, Framing] = {
    "protobuf": ProtobufFraming(),
    "json lines": LineFraming(b'{"~":', b"}"),
    "text lines": LineFraming(b"\x1e"),
}
framings = pytest.mark.parametrize("framing", FRAMINGS.values(), ids=FRAMINGS.keys())
payload_lists = st.lists(st.binary(max_size=300), max_size=5)


def _found(framing: Framing, data: bytes) -> list[bytes]:
    return [bytes(payload) for _, payload in framing.payloads(memoryview(data))]


@framings
@given(payloads=payload_lists)
def test_whole_frames_are_found_again(framing: Framing, payloads: list[bytes]) -> None:
    data = b"".join(framing.frame(payload) for payload in payloads)
    assert _found(framing, data) == payloads


@framings
@given(payloads=payload_lists, torn=st.binary(min_size=1, max_size=200), data=st.data())
def test_a_torn_frame_ends_the_segment(
    framing: Framing, payloads: list[bytes], torn: bytes, data: st.DataObject
) -> None:
    whole = b"".join(framing.frame(payload) for payload in payloads)
    frame = framing.frame(torn)
    cut = data.draw(st.integers(0, len(frame) - 1))
    assert _found(framing, whole + frame[:cut]) == payloads


@framings
@given(payloads=payload_lists, zeros=st.integers(1, 5000))
def test_zeros_left_by_a_power_failure_are_no_frames(framing: Framing, payloads: list[bytes], zeros: int) -> None:
    whole = b"".join(framing.frame(payload) for payload in payloads)
    assert _found(framing, whole + bytes(zeros)) == payloads


@framings
@given(payload=st.binary(min_size=1, max_size=200), flipped=st.data())
def test_a_flipped_byte_in_a_payload_is_noticed(framing: Framing, payload: bytes, flipped: st.DataObject) -> None:
    frame = bytearray(framing.frame(payload))
    position = len(frame) - 1 - flipped.draw(st.integers(0, len(payload) - 1))
    frame[position] ^= 0x01
    assert _found(framing, bytes(frame)) == []


@framings
@given(garbage=st.binary(max_size=300))
def test_garbage_never_fails(framing: Framing, garbage: bytes) -> None:
    _found(framing, garbage)
