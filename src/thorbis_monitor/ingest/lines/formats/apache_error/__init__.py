"""Apache's error log, of 1.3 and 2.2 (``[error]``) and from 2.4 on (``[core:error] [pid 12:tid 34]``)."""

from thorbis_monitor.ingest.lines.format import Examples, Fields, RegexFormat
from thorbis_monitor.ingest.lines.severity import number_of_name
from thorbis_monitor.ingest.lines.sql import mapping
from thorbis_monitor.ingest.lines.times import APACHE

_PATTERN = (
    rf"^\[({APACHE.pattern})\] \[(?:([a-z_0-9]*):)?([a-z0-9]{{1,10}})\] "
    r"(?:\[pid (\d+)(?::tid (\d+))?\] )?(?:\[client (\d+\.\d+\.\d+\.\d+|[^\]]*?)(?::(\d+))?\] )?(.*)$"
)

_LEVEL = "c_apache_error[3]"

FORMAT = RegexFormat(
    name="apache_error",
    rank=60,
    gate="startsWith(line, '[')",
    pattern=_PATTERN,
    times=((1, APACHE),),
    fields=Fields(
        severity_text=f"upper({_LEVEL})",
        severity_number=f"if(startsWith({_LEVEL}, 'trace'), 1, {number_of_name(_LEVEL)})",
        body="c_apache_error[8]",
        program="'apache'",
        attributes=mapping(
            {
                "component": "if(c_apache_error[2] != '', c_apache_error[2], 'apache')",
                "process.pid": "c_apache_error[4]",
                "thread.id": "c_apache_error[5]",
                "client.address": "c_apache_error[6]",
                "client.port": "c_apache_error[7]",
            }
        ),
    ),
    examples=Examples(
        match=(
            "[Mon May 04 10:00:00 2026] [error] [client 198.51.100.7] File does not exist: /srv/www/x",
            "[Mon May 04 10:00:00 2026] [notice] caught SIGTERM, shutting down",
            "[Mon May 04 10:00:00.123456 2026] [core:error] [pid 12:tid 34] [client 198.51.100.7:5100] AH1",
        ),
        no_match=(
            "[2026-05-04 10:00:00] [error] x",
            "[Mon May 04 25:00:00 2026] [error] x",
            "[error] no time",
        ),
    ),
)
"""Body is the message after the brackets."""
