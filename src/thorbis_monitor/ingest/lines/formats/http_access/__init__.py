"""Access logs of Apache and nginx: the common and the combined format, also with a virtual host in front."""

from thorbis_monitor.ingest.lines.format import Examples, Fields, RegexFormat
from thorbis_monitor.ingest.lines.severity import ERROR, INFO, WARN
from thorbis_monitor.ingest.lines.sql import mapping
from thorbis_monitor.ingest.lines.times import CLF

_QUOTED = r'((?:[^"\\]|\\.)*)'
_PATTERN = (
    r'^"?(?:([A-Za-z][\w.-]*:\d+) )?(\S+) (\S+) ([^\[]*) '
    rf'\[({CLF.pattern})\] "{_QUOTED}" (\d{{3}}) (\d+|-)(?: "{_QUOTED}" "{_QUOTED}")?'
)


def _dash(group: int) -> str:
    """A value, for which the log writes ``-`` where there is none."""
    return f"if(c_http_access[{group}] = '-', '', c_http_access[{group}])"


_REQUEST = "c_http_access[6]"
_STATUS = "c_http_access[7]"
_METHOD = f"extract({_REQUEST}, '^([A-Z]{{1,20}}) ')"
_TARGET = f"extract({_REQUEST}, '^[A-Z]{{1,20}} ([^ ]+)')"
_VERSION = f"extract({_REQUEST}, ' HTTP/([0-9.]+)$')"


def _by_status(server: object, client: object, other: object) -> str:
    return f"multiIf({_STATUS} >= '500', {server}, {_STATUS} >= '400', {client}, {other})"


FORMAT = RegexFormat(
    name="http_access",
    rank=50,
    gate="position(line, '] \"') > 0",
    pattern=_PATTERN,
    times=((5, CLF),),
    fields=Fields(
        severity_text=_by_status("'ERROR'", "'WARN'", "'INFO'"),
        severity_number=_by_status(ERROR, WARN, INFO),
        body=f"concat({_REQUEST}, ' ', {_STATUS})",
        attributes=mapping(
            {
                "component": "'http'",
                "server.address": "substringIndex(c_http_access[1], ':', 1)",
                "server.port": "substringIndex(c_http_access[1], ':', -1)",
                "client.address": _dash(2),
                "user.name": _dash(4),
                "http.request.method": _METHOD,
                "url.path": f"cutQueryString({_TARGET})",
                "url.query": f"queryString({_TARGET})",
                "network.protocol.version": _VERSION,
                "http.response.status_code": _STATUS,
                "http.response.body.size": _dash(8),
                "http.request.header.referer": _dash(9),
                "user_agent.original": _dash(10),
            }
        ),
    ),
    examples=Examples(
        match=(
            '198.51.100.7 - - [04/May/2026:10:00:00 +0000] "GET /a?b=c HTTP/1.1" 200 512 "-" "curl/8.5"',
            '198.51.100.7 - anna [04/May/2026:10:00:00 +0200] "POST /pay HTTP/1.1" 503 -',
            '"198.51.100.7 - - [04/May/2026:10:00:00 +0000] "GET / HTTP/1.1" 404 9 "-" "scanner""',
            'shop.example:443 2001:db8::7 - - [04/May/2026:10:00:00 +0000] "\\x16\\x03" 400 0 "-" "-"',
        ),
        no_match=(
            "198.51.100.7 - - [04/May/2026:10:00:00 +0000] GET /a 200 512",
            '198.51.100.7 - - [04/Mai/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 512',
            'user said [yes] "ok" 200 12',
        ),
    ),
)
"""Body is the request and the status; the level follows the status."""
