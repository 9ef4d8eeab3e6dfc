"""JSON lines of other loggers: the usual names for message, level and time."""

from thorbis_monitor.ingest.lines.format import Examples
from thorbis_monitor.ingest.lines.json_lines import JsonFormat

FORMAT = JsonFormat(
    name="json",
    rank=20,
    shape="1",
    examples=Examples(
        match=(
            '{"ts":1777888800.5,"level":"error","msg":"Payment failed","order":17}',
            '{"@timestamp":"2026-05-04T10:00:00Z","severity":"WARNING","message":"disk 91 % full"}',
            '{"time":1777888800500,"level":50,"msg":"refused","hostname":"web-1","pid":12}',
            '{"log":"started\\n","stream":"stdout","time":"2026-05-04T10:00:00.123456789Z"}',
        ),
        no_match=("{}", '{"cut": "off', '["a", "list"]', '{"a":1} and more'),
    ),
)
"""Any JSON object that has a key."""
