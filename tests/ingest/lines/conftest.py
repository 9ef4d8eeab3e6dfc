"""Lines through the real engine: framed, written to a segment, read back as records."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from thorbis_monitor.ingest.lines import LinesContext, frame_lines, lines_select
from thorbis_monitor.store.telemetry import Telemetry
from thorbis_monitor.store.telemetry.sql import literal

REFERENCE = datetime(2026, 5, 4, 12, tzinfo=UTC)

Read = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def segment(tmp_path: Path) -> Callable[[bytes], str]:
    """Write a segment and give the table expression that reads it."""

    def write(content: bytes) -> str:
        path = tmp_path / "segment.lines"
        path.write_bytes(content)
        return f"file({literal(str(path))}, 'LineAsString', 'line String')"

    return write


@pytest.fixture
def read(telemetry: Telemetry, segment: Callable[[bytes], str]) -> Read:
    """Records of a body of lines, with the columns that an insert would fill."""

    def run(body: bytes | str, **context: Any) -> list[dict[str, Any]]:
        encoded = body.encode() if isinstance(body, str) else body
        framed = frame_lines(encoded, LinesContext(**{"reference": REFERENCE, **context}))
        return telemetry.query(lines_select(segment(b"\x1e a mark of the spool\n" + framed)))

    return run
