"""Existing log lines in the formats of other programs, recognised and taken apart inside the engine."""

from thorbis_monitor.ingest.lines.context import (
    MAX_LINE,
    LinesContext,
    LinesContextError,
    context_prefix,
    frame_lines,
)
from thorbis_monitor.ingest.lines.detect import last_time, time_of
from thorbis_monitor.ingest.lines.select import COLUMNS, lines_select

__all__ = [
    "COLUMNS",
    "MAX_LINE",
    "LinesContext",
    "LinesContextError",
    "context_prefix",
    "frame_lines",
    "last_time",
    "lines_select",
    "time_of",
]
