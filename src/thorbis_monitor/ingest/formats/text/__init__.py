"""Log lines of other programs as plain text: ``POST /ingest/lines``.

The query string says what the lines do not: ``service``, ``origin`` (file name), ``reference`` (ISO-8601: gives
the year to times without one), ``shift_ms`` (added to every time).
"""

from datetime import UTC, datetime
from urllib.parse import parse_qs

from thorbis_monitor.ingest.errors import malformed
from thorbis_monitor.ingest.formats.base import Accepted, IngestFormat, LoadStatement
from thorbis_monitor.ingest.lines import COLUMNS, LinesContext, LinesContextError, frame_lines, lines_select
from thorbis_monitor.ingest.spool.framing import LineFraming

_KNOWN = frozenset({"service", "origin", "reference", "shift_ms"})


def accept(body: bytes, query: str = "") -> Accepted:
    """Put the context before every line; any bytes are lines."""
    payload = frame_lines(body, _context(query))
    return Accepted(payload, payload.count(b"\n"))


def _context(query: str) -> LinesContext:
    parameters = {name: values[-1] for name, values in parse_qs(query).items()}
    if unknown := sorted(parameters.keys() - _KNOWN):
        reason = f"unknown parameter {unknown[0]!r}; known are {', '.join(sorted(_KNOWN))}"
        raise malformed(reason)
    try:
        given = parameters.get("reference")
        reference = datetime.fromisoformat(given) if given else datetime.now(UTC)
        return LinesContext(
            reference=reference,
            shift_ms=int(parameters.get("shift_ms", "0")),
            service=parameters.get("service", ""),
            origin=parameters.get("origin", ""),
        )
    except LinesContextError as error:
        raise malformed(str(error)) from error
    except ValueError as error:
        reason = f"reference is an ISO-8601 time and shift_ms a whole number: {error}"
        raise malformed(reason) from error


FORMATS = (
    IngestFormat(
        "logs-lines",
        LineFraming(b"\x1e"),
        accept,
        [LoadStatement("otel_logs", COLUMNS, lines_select("{source}"), "line String", "LineAsString")],
    ),
)
"""What ``/ingest/lines`` takes."""
