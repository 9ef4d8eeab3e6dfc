"""nginx's error log."""

from thorbis_monitor.ingest.lines.format import Examples, Fields, RegexFormat
from thorbis_monitor.ingest.lines.severity import number_of_name
from thorbis_monitor.ingest.lines.sql import mapping
from thorbis_monitor.ingest.lines.times import NGINX
from thorbis_monitor.store.telemetry.sql import literal

_CONTEXT = r', client: ([^,]*), server: ([^,]*)(?:, request: "([A-Z]+) ([^ "]*)[^"]*")?'
"""What nginx appends to a message about a request."""

_MESSAGE = "c_nginx_error[6]"


def _context(group: int) -> str:
    return f"if({_MESSAGE} LIKE '%, client: %', extractGroups({_MESSAGE}, {literal(_CONTEXT)})[{group}], '')"


FORMAT = RegexFormat(
    name="nginx_error",
    rank=70,
    gate="match(line, '^[12][0-9]{3}/')",
    pattern=rf"^({NGINX.pattern}) \[([a-z]{{1,10}})\] (\d+)#(\d+): (?:\*(\d+) )?(.*)$",
    times=((1, NGINX),),
    fields=Fields(
        severity_text="upper(c_nginx_error[2])",
        severity_number=number_of_name("c_nginx_error[2]"),
        body=_MESSAGE,
        program="'nginx'",
        attributes=mapping(
            {
                "component": "'nginx'",
                "process.pid": "c_nginx_error[3]",
                "thread.id": "c_nginx_error[4]",
                "nginx.connection": "c_nginx_error[5]",
                "client.address": _context(1),
                "server.address": _context(2),
                "http.request.method": _context(3),
                "url.path": f"cutQueryString({_context(4)})",
                "url.query": f"queryString({_context(4)})",
            }
        ),
    ),
    examples=Examples(
        match=(
            (
                '2026/05/04 10:00:00 [error] 31#31: *7 open() "/srv/x.png" failed (2: No such file), '
                'client: 198.51.100.7, server: shop.example, request: "GET /x.png?a=1 HTTP/1.1"'
            ),
            "2026/05/04 10:00:00 [notice] 1#1: start worker processes",
        ),
        no_match=(
            "2026/05/04 10:00:00 started",
            "2026-05-04 10:00:00 [error] 31#31: x",
            "2026/05/04 [error] 1#1: x",
        ),
    ),
)
"""Body is the message with its context."""
