"""Syslog in files and on the wire: ``Dec 10 06:55:46 host program[pid]: message``, or with an ISO date."""

from thorbis_monitor.ingest.lines.format import Examples, Fields, RegexFormat
from thorbis_monitor.ingest.lines.severity import number_of_name
from thorbis_monitor.ingest.lines.sql import mapping
from thorbis_monitor.ingest.lines.syslog import facility, severity_name
from thorbis_monitor.ingest.lines.times import BSD, RFC3339
from thorbis_monitor.store.telemetry.sql import literal

_PATTERN = (
    rf"^(?:<(\d{{1,3}})>)?(?:({BSD.pattern})|({RFC3339.pattern})) ([A-Za-z0-9_.:-]+) "
    r"(?:-- )?(?:([^\s:\[\]()]+)(?:\(([^)\s]*)\))?(?:\[(\d+)\])?(?: [\d.]+)?:(?: |$))?(.*)$"
)

_LEVEL_AS_HOST = "^[12][^ ]+ (?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL) "
"""Programs that are no syslog daemon write a level where it has the host."""

_PRIORITY = "c_syslog_rfc3164[1]"
_MESSAGE = "c_syslog_rfc3164[8]"
_SAID = f"extract({_MESSAGE}, '^(?i)(emerg|panic|fatal|critical|error|err|warning|warn|notice|info|debug): ')"
"""A level that begins the message and ends with a colon; a word anywhere else says nothing for sure."""

_NAME = f"if({_PRIORITY} != '', {severity_name(_PRIORITY)}, {_SAID})"

FORMAT = RegexFormat(
    name="syslog_rfc3164",
    rank=40,
    gate=f"match(line, '^[<JFMASOND12]') AND NOT match(line, {literal(_LEVEL_AS_HOST)})",
    pattern=_PATTERN,
    times=((2, BSD), (3, RFC3339)),
    fields=Fields(
        severity_text=f"upper({_NAME})",
        severity_number=number_of_name(_NAME),
        body=_MESSAGE,
        program="c_syslog_rfc3164[5]",
        attributes=mapping(
            {
                "component": "c_syslog_rfc3164[5]",
                "syslog.module": "c_syslog_rfc3164[6]",
                "process.pid": "c_syslog_rfc3164[7]",
                "syslog.facility": facility(_PRIORITY),
            }
        ),
        resource=mapping({"host.name": "c_syslog_rfc3164[4]"}),
    ),
    examples=Examples(
        match=(
            "Dec 10 06:55:46 web-1 sshd[24200]: Failed password for root from 198.51.100.7 port 4 ssh2",
            "<34>Oct  1 22:14:15 web-1 su: 'su root' failed on /dev/pts/8",
            "Jun 14 15:16:01 web-1 sshd(pam_unix)[19939]: check pass; user unknown",
            "Jun 14 15:16:01 web-1 syslogd 1.4.1: restart.",
            "2026-05-04T10:00:00.123456+02:00 web-1 CRON[12]: (root) CMD (true)",
            "Jul 27 14:41:59 web-1 kernel: Initializing CPU#0",
            "Jul 27 14:41:59 web-1 last message repeated 2 times",
        ),
        no_match=(
            "Dec 10 26:55:46 web-1 sshd[24200]: x",
            "Foo 10 06:55:46 web-1 sshd[24200]: x",
            "2026-05-04T10:00:00Z ERROR payment: refused",
            "2026-05-04 10:00:00,123 - shop: saved",
            "December was cold",
            "<34>1 2026-05-04T10:00:00Z web-1 su - ID47 - x",
        ),
    ),
)
"""Body is the message after the program."""
