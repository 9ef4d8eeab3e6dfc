"""Names and numbers of severity in foreign logs, as OpenTelemetry severity numbers."""

from thorbis_monitor.ingest.lines.sql import translate

INFO = 9
WARN = 13
ERROR = 17

BY_NAME = {
    "trace": 1,
    "finest": 1,
    "debug": 5,
    "verbose": 5,
    "fine": 5,
    "info": INFO,
    "information": INFO,
    "informational": INFO,
    "notice": 10,
    "warn": WARN,
    "warning": WARN,
    "error": ERROR,
    "err": ERROR,
    "severe": ERROR,
    "crit": 18,
    "critical": 18,
    "alert": 19,
    "fatal": 21,
    "panic": 21,
    "emerg": 21,
    "emergency": 21,
}
"""By lower-case name, with the numbers that OpenTelemetry gives the severities of syslog."""

SYSLOG_NAMES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
"""The severities of syslog in the order of their codes."""


def number_of_name(name: str) -> str:
    """Expression: the severity number of a name in any case; an unknown name is INFO."""
    return translate(f"lower({name})", BY_NAME, str(INFO))
