"""The two formats of the product's own wire."""

from thorbis_monitor.ingest.formats.base import IngestFormat
from thorbis_monitor.ingest.formats.ndjson import logs, metrics
from thorbis_monitor.ingest.spool.framing import JSON_LINES

FORMATS = (
    IngestFormat("logs-ndjson", JSON_LINES, logs.accept, [logs.STATEMENT]),
    IngestFormat("metrics-ndjson", JSON_LINES, metrics.accept, list(metrics.STATEMENTS)),
)
"""What ``/ingest/logs`` and ``/ingest/metrics`` take."""
