"""What log and metric lines share: checking whole bodies fast, and one by one where that fails."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from thorbis_monitor.ingest.errors import malformed
from thorbis_monitor.ingest.formats.base import Accepted

_MAX_REASONS = 5
_MILLISECONDS_FROM = 100_000_000_000
"""A time as a number at or above this is in milliseconds (in seconds it would be the year 5138)."""

Line = dict[str, Any]


def present(attributes: Mapping[str, str]) -> str:
    """SQL of a map of those attributes that are not empty."""
    pairs = ", ".join(f"'{name}', {expression}" for name, expression in attributes.items())
    return f"mapFilter((k, v) -> v != '', map({pairs}))"


RESOURCE = present({"service.name": "service", "deployment.environment.name": "environment"})
"""SQL of who sent a line."""

TIME = "ifNull(parseDateTime64BestEffortOrNull(timestamp, 9, 'UTC'), {arrival})"
"""SQL of a line's time; a line without one gets the time of its arrival."""


class OddLineError(ValueError):
    """A line that cannot be understood."""


def accept_lines(
    body: bytes, decoders: Sequence[msgspec.json.Decoder[Any]], rewrite: Callable[[Line], Line]
) -> Accepted:
    """Check a body of lines; a body that no decoder takes as a whole is rewritten line by line for the last one.

    Raises:
        RefusedError: a line is not a JSON object of the format; the reason names the first bad lines.
    """
    for decoder in decoders:
        try:
            records = decoder.decode_lines(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        return Accepted(body if body.endswith(b"\n") else body + b"\n", len(records))
    return _rewrite_lines(body, decoders[-1], rewrite)


def moment(value: object) -> str:
    """A time that is not ISO text: seconds or milliseconds since the epoch.

    Raises:
        OddLineError: the value is no time.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OddLineError(f"timestamp {value!r} is not an ISO-8601 time; write for example 2026-01-31T12:00:00.000Z")
    seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        raise OddLineError(f"timestamp {value!r} is outside of the calendar") from None


def _rewrite_lines(body: bytes, decoder: msgspec.json.Decoder[Any], rewrite: Callable[[Line], Line]) -> Accepted:
    lines: list[bytes] = []
    reasons: list[str] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            lines.append(_rewritten(line, decoder, rewrite))
        except (OddLineError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            reasons.append(f"line {number}: {error}")
            if len(reasons) == _MAX_REASONS:
                break
    if reasons:
        raise malformed("; ".join(reasons))
    return Accepted(b"".join(lines), len(lines))


def _rewritten(line: bytes, decoder: msgspec.json.Decoder[Any], rewrite: Callable[[Line], Line]) -> bytes:
    decoded = msgspec.json.decode(line)
    if not isinstance(decoded, dict):
        raise OddLineError(f"a JSON object is expected, not {type(decoded).__name__}")
    encoded = msgspec.json.encode(rewrite(decoded))
    decoder.decode(encoded)
    return encoded + b"\n"
