"""What a sender says about a body of lines, and how it travels with each of them in a segment."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_LINE = 1024 * 1024
"""Bytes of one line that are kept."""

_MAX_NAME = 256
_MAX_SHIFT_MS = 100 * 366 * 86_400_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_CUT = b"\x1f"
"""Stands between the origin and the length of a line that was cut; no name can contain it."""


class LinesContextError(ValueError):
    """A parameter of a body of lines cannot be used; the message says which and what to write."""


@dataclass(frozen=True, slots=True)
class LinesContext:
    """Where lines come from and when.

    ``reference`` gives the year to times that have none, and the time to lines that have none. ``shift_ms``
    is added to every time. ``service`` and ``origin`` (the name of the file) may be empty.
    """

    reference: datetime
    shift_ms: int = 0
    service: str = ""
    origin: str = ""

    def __post_init__(self) -> None:
        """Refuse what would break a row or overflow a time."""
        for name, value in (("service", self.service), ("origin", self.origin)):
            if len(value) > _MAX_NAME:
                raise LinesContextError(f"{name} has {len(value)} characters; write at most {_MAX_NAME}")
            if _CONTROL.search(value):
                raise LinesContextError(f"{name} contains a control character (a tab or a line break?); remove it")
            if not value.isascii() and not _encodable(value):
                raise LinesContextError(f"{name} is not valid Unicode; write plain text")
        if abs(self.shift_ms) > _MAX_SHIFT_MS:
            raise LinesContextError(f"shift_ms is {self.shift_ms}; at most 100 years to either side are possible")
        if self.reference.tzinfo is None:
            raise LinesContextError("reference has no time zone; write it in UTC, for example 2026-05-04T10:00:00Z")
        if not _MIN_REFERENCE <= self.reference <= _MAX_REFERENCE:
            raise LinesContextError(f"reference is {self.reference.isoformat()}; write a moment from 1971 to 2099")


_MIN_REFERENCE = datetime(1971, 1, 1, tzinfo=UTC)
_MAX_REFERENCE = datetime(2099, 12, 31, tzinfo=UTC)


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def context_prefix(context: LinesContext) -> bytes:
    """What stands before each line in a segment: shift, reference, service and origin, each with a tab."""
    return _head(context) + b"\t"


def frame_lines(body: bytes, context: LinesContext) -> bytes:
    r"""Turn a body into rows of a segment: one line each, context in front, the last one ended.

    A byte order mark and carriage returns before line ends go, NUL bytes become the replacement character,
    invalid UTF-8 stays (the engine replaces it), empty lines are left to the engine. A line above a
    mebibyte is cut, and its row tells how long it was.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\x00", b"\xef\xbf\xbd")
    text = text.removesuffix(b"\r").removesuffix(b"\n")
    if not text:
        return b""
    prefix = context_prefix(context)
    pieces = [
        piece if length is None else _head(context) + _CUT + b"%d\t" % length + piece
        for piece, length in _pieces(text, prefix)
    ]
    return b"\n".join(pieces) + b"\n"


def _head(context: LinesContext) -> bytes:
    reference = f"{context.reference.timestamp():.3f}"
    return f"{context.shift_ms:d}\t{reference}\t{context.service}\t{context.origin}".encode()


def _pieces(text: bytes, prefix: bytes) -> list[tuple[bytes, int | None]]:
    """Runs of ordinary lines with their prefixes, and lines that are too long, cut, with their length.

    The steps are as long as the longest line allowed, so ordinary lines are never looked at one by one.
    """
    pieces: list[tuple[bytes, int | None]] = []
    start = position = 0
    while len(text) - position > MAX_LINE:
        end = text.rfind(b"\n", position, position + MAX_LINE + 1)
        if end >= 0:
            position = end + 1
            continue
        if start < position:
            pieces.append((_prefixed(text[start : position - 1], prefix), None))
        end = text.find(b"\n", position)
        end = len(text) if end < 0 else end
        pieces.append((text[position : position + MAX_LINE], end - position))
        start = position = end + 1
    if start < len(text):
        pieces.append((_prefixed(text[start:], prefix), None))
    return pieces


def _prefixed(lines: bytes, prefix: bytes) -> bytes:
    return prefix + lines.replace(b"\n", b"\n" + prefix)
