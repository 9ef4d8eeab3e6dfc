"""Lines that begin with a full date and may name a level: ``2026-05-04 10:00:00,123 ERROR ...``."""

from thorbis_monitor.ingest.lines.format import Examples, Fields, RegexFormat
from thorbis_monitor.ingest.lines.severity import number_of_name
from thorbis_monitor.ingest.lines.times import ISO, NGINX

_LEVEL = r"TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL"

FORMAT = RegexFormat(
    name="dated",
    rank=80,
    gate="match(line, '^.?[12][0-9]{3}[-/]')",
    pattern=rf"^\[?(?:({ISO.pattern})|({NGINX.pattern}))\]?(?:[^A-Za-z].{{0,80}}?\b({_LEVEL})\b)?",
    times=((1, ISO), (2, NGINX)),
    fields=Fields(
        severity_text="c_dated[3]",
        severity_number=number_of_name("c_dated[3]"),
        keeps_line=False,
    ),
    examples=Examples(
        match=(
            "2026-05-04 10:00:00,123 - shop.payment - ERROR - card declined",
            "2026-05-04T10:00:00.123+02:00 [main] WARN  com.example.Pool - 2 waiting",
            "[2026-05-04 10:00:00] local.ERROR: order 17 lost",
            "2026-05-04T10:00:00Z ERROR payment: refused",
            "2026/05/04 10:00:00 listening on :8080",
        ),
        no_match=("the 2026-05-04 10:00:00", "2026-05-04", "2026-13-04 10:00:00 ERROR x"),
    ),
)
"""Body is the whole line; only the time and the level are read from it."""
