"""The priority of syslog: eight severities in each of 24 facilities."""

from thorbis_monitor.ingest.lines.severity import SYSLOG_NAMES
from thorbis_monitor.store.telemetry.sql import literal

_FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "security", "console", "solaris-cron"),
    *(f"local{number}" for number in range(8)),
)


def _pick(names: tuple[str, ...], index: str) -> str:
    return f"[{', '.join(map(literal, names))}][{index}]"


def severity_name(priority: str) -> str:
    """Expression: the name of the severity in a priority."""
    return _pick(SYSLOG_NAMES, f"toUInt16OrZero({priority}) % 8 + 1")


def facility(priority: str) -> str:
    """Expression: the name of the facility in a priority, empty where there is no priority."""
    return f"if({priority} = '', '', {_pick(_FACILITIES, f'intDiv(toUInt16OrZero({priority}), 8) + 1')})"
