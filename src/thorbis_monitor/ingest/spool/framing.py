"""How requests stand in a segment file, so that the engine can read it and a torn tail can be told.

A frame carries the length and the CRC-32 of its payload in a form that the engine skips.
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator

_CRC_FIELD = b"\x7d"
"""Protobuf tag of field 15 as fixed32: unknown to every OTLP request message, so readers skip it."""

_CRC_LENGTH = len(_CRC_FIELD) + 4
_MAX_VARINT_BYTES = 10
_MAX_MARKER_BYTES = 64


class Framing(ABC):
    """Writes payloads as frames and finds whole frames again."""

    def frame(self, payload: bytes) -> bytes:
        """Return the bytes to append for one payload."""
        return self.head(payload) + payload

    @abstractmethod
    def head(self, payload: bytes) -> bytes:
        """Return what stands before a payload; large payloads need not be copied to be framed."""

    @abstractmethod
    def payloads(self, data: memoryview) -> Iterator[tuple[int, memoryview]]:
        """Yield (end offset, payload) of every whole frame; stop at the first that is torn or damaged."""


class ProtobufFraming(Framing):
    """Length-delimited protobuf messages (the engine's ``Protobuf`` format), checksum in an unknown field."""

    def head(self, payload: bytes) -> bytes:
        """Return varint length and checksum field."""
        return _varint(_CRC_LENGTH + len(payload)) + _CRC_FIELD + zlib.crc32(payload).to_bytes(4, "little")

    def payloads(self, data: memoryview) -> Iterator[tuple[int, memoryview]]:
        """Yield whole frames."""
        offset = 0
        while offset < len(data):
            length, start = _read_varint(data, offset)
            end = start + length
            body = start + _CRC_LENGTH
            if start == offset or length < _CRC_LENGTH or end > len(data):
                return
            if data[start : start + 1] != _CRC_FIELD:
                return
            payload = data[body:end]
            if zlib.crc32(payload) != int.from_bytes(data[start + 1 : body], "little"):
                return
            yield end, payload
            offset = end


class LineFraming(Framing):
    """Lines behind a marker line ``<prefix>[length,crc]<suffix>``; payloads end with a newline."""

    def __init__(self, prefix: bytes, suffix: bytes = b"") -> None:
        """Choose a marker that the engine's statement can tell from a record."""
        self._prefix = prefix + b"["
        self._suffix = b"]" + suffix + b"\n"

    def head(self, payload: bytes) -> bytes:
        """Return the marker line."""
        return self._prefix + b"%d,%d" % (len(payload), zlib.crc32(payload)) + self._suffix

    def payloads(self, data: memoryview) -> Iterator[tuple[int, memoryview]]:
        """Yield whole frames."""
        offset = 0
        while offset < len(data):
            head = bytes(data[offset : offset + _MAX_MARKER_BYTES])
            marker, newline, _ = head.partition(b"\n")
            numbers = self._numbers(marker + newline)
            if numbers is None:
                return
            length, crc = numbers
            start = offset + len(marker) + 1
            payload = data[start : start + length]
            if len(payload) < length or zlib.crc32(payload) != crc:
                return
            offset = start + length
            yield offset, payload

    def _numbers(self, marker: bytes) -> tuple[int, int] | None:
        if not (marker.startswith(self._prefix) and marker.endswith(self._suffix)):
            return None
        length, comma, crc = marker[len(self._prefix) : -len(self._suffix)].partition(b",")
        if not (comma and length.isdigit() and crc.isdigit()):
            return None
        return int(length), int(crc)


JSON_LINES = LineFraming(b'{"~":', b"}")
"""Lines of JSON behind a marker that is JSON itself: an object with nothing but the key ``~``."""


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven payload bits per byte
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _read_varint(data: memoryview, offset: int) -> tuple[int, int]:
    """Return the number and the offset behind it; (0, offset) when there is none."""
    number = 0
    for index in range(min(_MAX_VARINT_BYTES, len(data) - offset)):
        byte = data[offset + index]
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the last byte has no continuation bit
            return number, offset + index + 1
    return 0, offset
