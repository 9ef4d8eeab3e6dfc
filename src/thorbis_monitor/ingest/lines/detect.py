"""The time of single lines, for a client that wants to know where a file ends before it sends it."""

from datetime import datetime

from thorbis_monitor.ingest.lines.registry import line_formats

_MAX_LENGTH = 64 * 1024
"""Characters of a line that are looked at; times stand in front."""


def time_of(line: str, reference: datetime) -> datetime | None:
    """The time that a line carries in one of the formats; ``reference`` gives the year that is left out."""
    text = line[:_MAX_LENGTH].rstrip("\r\n")
    found = (line_format.time_of(text, reference) for line_format in line_formats())
    return next((moment for moment in found if moment), None)


def last_time(tail: bytes, reference: datetime) -> datetime | None:
    """The time of the last line that has one, in the final part of a file."""
    lines = tail.decode(errors="replace").split("\n")
    return next((moment for line in reversed(lines) if line and (moment := time_of(line, reference))), None)
