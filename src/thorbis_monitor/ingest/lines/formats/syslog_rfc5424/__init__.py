"""Syslog as RFC 5424 writes it: ``<165>1 2026-05-04T10:00:00Z host app 12 ID47 [data] message``."""

from thorbis_monitor.ingest.lines.format import Examples, Fields, RegexFormat
from thorbis_monitor.ingest.lines.severity import number_of_name
from thorbis_monitor.ingest.lines.sql import mapping
from thorbis_monitor.ingest.lines.syslog import facility, severity_name
from thorbis_monitor.ingest.lines.times import ISO

_DATA = r'-|(?:\[[^ \]"]+(?: [^ \]="]+="(?:[^"\\\]]|\\.)*")*\])+'
_PATTERN = rf"^<(\d{{1,3}})>1 (?:({ISO.pattern})|-) (\S+) (\S+) (\S+) (\S+) ({_DATA})(?: (?:\x{{FEFF}})?(.*))?$"


def _dash(group: int) -> str:
    return f"if(c_syslog_rfc5424[{group}] = '-', '', c_syslog_rfc5424[{group}])"


_PRIORITY = "c_syslog_rfc5424[1]"

FORMAT = RegexFormat(
    name="syslog_rfc5424",
    rank=30,
    gate="startsWith(line, '<')",
    pattern=_PATTERN.replace(r"\x{FEFF}", "\ufeff"),
    times=((2, ISO),),
    fields=Fields(
        severity_text=f"upper({severity_name(_PRIORITY)})",
        severity_number=number_of_name(severity_name(_PRIORITY)),
        body="c_syslog_rfc5424[8]",
        program=_dash(4),
        attributes=mapping(
            {
                "component": _dash(4),
                "process.pid": _dash(5),
                "syslog.msgid": _dash(6),
                "syslog.structured_data": _dash(7),
                "syslog.facility": facility(_PRIORITY),
            }
        ),
        resource=mapping({"host.name": _dash(3)}),
    ),
    examples=Examples(
        match=(
            "<34>1 2026-05-04T10:00:00.003Z web-1 su - ID47 - 'su root' failed",
            '<165>1 2026-05-04T10:00:00+02:00 web-1 app 12 ID47 [a@1 x="1" y="\\]"][b@1 z="2"] started',
            "<0>1 - - - - - -",
        ),
        no_match=(
            "<34>Oct 11 22:14:15 web-1 su: x",
            "<34>1 2026-05-04T10:00:00Z web-1 su - ID47 no data",
            "<3456>1 2026-05-04T10:00:00Z web-1 su - ID47 - x",
        ),
    ),
)
"""Body is the message after the structured data."""
