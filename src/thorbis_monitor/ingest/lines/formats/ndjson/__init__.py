"""Our own line: what the SDK and ``POST /ingest/logs`` write, one JSON object with a numbered level."""

from thorbis_monitor.ingest.lines.format import Examples
from thorbis_monitor.ingest.lines.json_lines import JsonFormat

_LEVELS = "'0', '1', '2', '3', '4', 'error', 'warn', 'info', 'debug', 'trace'"

FORMAT = JsonFormat(
    name="ndjson",
    rank=10,
    shape=(
        f"mapContains(c_json, 'timestamp') AND mapContains(c_json, 'message') AND lower(c_json['level']) IN ({_LEVELS})"
    ),
    examples=Examples(
        match=(
            '{"timestamp":"2026-05-04T10:00:00.123Z","level":0,"message":"Card declined","component":"pay"}',
            '{"timestamp":"2026-05-04T10:00:00Z","level":"warn","message":"slow","data":{"ms":2100}}',
        ),
        no_match=(
            '{"ts":1777888800.5,"level":"error","msg":"Payment failed"}',
            '{"timestamp":"2026-05-04T10:00:00Z","message":"no level"}',
            '{"timestamp":"2026-05-04T10:00:00Z","level":30,"message":"a number of another library"}',
        ),
    ),
)
"""Levels 0 (ERROR) to 4 (TRACE), or their names."""
