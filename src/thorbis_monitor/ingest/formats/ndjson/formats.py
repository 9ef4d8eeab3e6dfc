"""The two formats of the product's own wire."""

from thorbis_monitor.ingest.formats.base import IngestFormat
from thorbis_monitor.ingest.formats.ndjson import logs, metrics
from thorbis_monitor.ingest.spool.framing import LineFraming

_FRAMING = LineFraming(b'{"~":', b"}")

FORMATS = (
    IngestFormat("logs-ndjson", _FRAMING, logs.accept, [logs.STATEMENT], logs.simplify),
    IngestFormat("metrics-ndjson", _FRAMING, metrics.accept, list(metrics.STATEMENTS), metrics.simplify),
)
"""What ``/ingest/logs`` and ``/ingest/metrics`` take."""
