"""How log lines write time: each notation once, for the engine and for a single line in Python.

The patterns use what RE2 and Python's ``re`` have in common. A notation without a zone is UTC; one without a
year means the newest such date that is not later than a day after the reference moment.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from thorbis_monitor.store.telemetry.sql import literal

_YEAR = r"(?:19[7-9]\d|20\d\d)"
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_PADDED_DAY = r"(?:[ 0][1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = f"(?:{'|'.join(_MONTHS)})"
_ZONE = r"[+-](?:0\d|1[0-4])[0-5]\d"
NO_TIME = "CAST(NULL, 'Nullable(DateTime64(9, \\'UTC\\'))')"
"""Expression: no time."""

_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Notation:
    """One way to write a moment.

    ``pattern`` has no groups. ``sql`` turns an expression of a matching text into one of
    ``Nullable(DateTime64(9, 'UTC'))`` and may use the column ``reference``; ``read`` does so for one text.
    Both give nothing for a date that does not exist.
    """

    pattern: str
    sql: Callable[[str], str]
    read: Callable[[str, datetime], datetime | None]


def _precise(expression: str) -> str:
    return f"toDateTime64({expression}, 9, 'UTC')"


def _moment(year: int, month: int, day: int, clock: str) -> datetime | None:
    time, _, fraction = clock.partition(".")
    hour, minute, second = map(int, time.split(":"))
    try:
        return datetime(year, month, day, hour, minute, second, int(f"{fraction[:6]:0<6}"), UTC)
    except ValueError:
        return None


def _iso_sql(text: str) -> str:
    return f"parseDateTime64BestEffortOrNull(replaceOne({text}, ',', '.'), 9, 'UTC')"


def _iso_read(text: str, _reference: datetime) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.replace(",", ".").replace(" ", "T", 1).replace(" ", ""))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_DATE = rf"{_YEAR}-(?:0[1-9]|1[0-2])-{_DAY}"
_OFFSET = r"(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)"

ISO = Notation(
    pattern=rf"{_DATE}[T ]{_CLOCK}(?:[.,]\d{{1,9}})?(?: ?{_OFFSET})?",
    sql=_iso_sql,
    read=_iso_read,
)
"""ISO 8601 and RFC 3339, with ``T`` or a space, a comma or a point: ``2026-05-04 10:00:00,123 +02:00``."""

RFC3339 = Notation(pattern=rf"{_DATE}T{_CLOCK}(?:\.\d{{1,9}})?{_OFFSET}", sql=_iso_sql, read=_iso_read)
"""The strict form with a zone, as syslog daemons write it: ``2026-05-04T10:00:00.123456+02:00``."""


def _bsd_sql(text: str) -> str:
    leap = f"startsWith({text}, 'Feb 29')"
    newest = "toYear(addDays(reference, 1))"
    year = f"if({leap}, {newest} - {newest} % 4, {newest})"
    this = _bsd_parse(text, year)
    earlier = _bsd_parse(text, f"({year} - if({leap}, 4, 1))")
    return f"if(ifNull({this} > addDays(reference, 1), 1), {earlier}, {this})"


def _bsd_parse(text: str, year: str) -> str:
    return _precise(f"parseDateTimeOrNull(concat(toString({year}), ' ', {text}), '%Y %b %e %H:%i:%s', 'UTC')")


def _bsd_read(text: str, reference: datetime) -> datetime | None:
    month, day, clock = text.split()
    latest = reference + _AHEAD
    leap = text.startswith("Feb 29")
    year = latest.year - latest.year % 4 if leap else latest.year
    this = _moment(year, _MONTHS.index(month) + 1, int(day), clock)
    if this and this <= latest:
        return this
    return _moment(year - (4 if leap else 1), _MONTHS.index(month) + 1, int(day), clock)


BSD = Notation(pattern=rf"{_MONTH} {_PADDED_DAY} {_CLOCK}", sql=_bsd_sql, read=_bsd_read)
"""Syslog without a year: ``Dec 10 06:55:46``."""


def _clf_sql(text: str) -> str:
    return _precise(f"parseDateTimeOrNull({text}, '%d/%b/%Y:%H:%i:%s %z', 'UTC')")


def _clf_read(text: str, _reference: datetime) -> datetime | None:
    date, zone = text.split(" ")
    day, month, rest = date.split("/")
    year, _, clock = rest.partition(":")
    moment = _moment(int(year), _MONTHS.index(month) + 1, int(day), clock)
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return moment and (moment + offset if zone[0] == "-" else moment - offset)


CLF = Notation(pattern=rf"{_DAY}/{_MONTH}/{_YEAR}:{_CLOCK} {_ZONE}", sql=_clf_sql, read=_clf_read)
"""The common log format of web servers: ``17/May/2015:10:05:03 +0000``."""


def _apache_sql(text: str) -> str:
    day = f"substring({text}, 5)"
    fraction = f"parseDateTime64OrNull({day}, '%b %e %H:%i:%s.%f %Y', 'UTC')"
    whole = f"parseDateTimeOrNull({day}, '%b %e %H:%i:%s %Y', 'UTC')"
    return f"if(position({text}, '.') > 0, {_precise(fraction)}, {_precise(whole)})"


def _apache_read(text: str, _reference: datetime) -> datetime | None:
    _, month, day, clock, year = text.split()
    return _moment(int(year), _MONTHS.index(month) + 1, int(day), clock)


APACHE = Notation(
    pattern=rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) {_MONTH} {_PADDED_DAY} {_CLOCK}(?:\.\d{{6}})? {_YEAR}",
    sql=_apache_sql,
    read=_apache_read,
)
"""Apache's error log: ``Sun Dec 04 04:47:44 2005``, from 2.4 on with microseconds."""


def _nginx_sql(text: str) -> str:
    return _precise(f"parseDateTimeOrNull({text}, '%Y/%m/%d %H:%i:%s', 'UTC')")


def _nginx_read(text: str, _reference: datetime) -> datetime | None:
    date, clock = text.split(" ")
    year, month, day = map(int, date.split("/"))
    return _moment(year, month, day, clock)


NGINX = Notation(
    pattern=rf"{_YEAR}/(?:0[1-9]|1[0-2])/{_DAY} {_CLOCK}",
    sql=_nginx_sql,
    read=_nginx_read,
)
"""nginx's error log: ``2026/05/04 10:00:00``."""

_EPOCH_SCALES = ((10, 1_000_000_000), (13, 1_000_000), (16, 1_000), (19, 1))
"""Digits before the point, and nanoseconds per unit: seconds, milliseconds, microseconds, nanoseconds."""


def _epoch_sql(text: str) -> str:
    whole, fraction = f"substringIndex({text}, '.', 1)", f"rightPad(extract({text}, '\\\\.(\\\\d+)'), 9, '0')"
    count = f"toUInt64OrZero({whole})"
    scales = ", ".join(f"length({whole}) <= {digits}, {scale}" for digits, scale in _EPOCH_SCALES[:-1])
    scale = f"multiIf({scales}, 1)"
    part = f"if({scale} = 1000000000, toInt64OrZero(substring({fraction}, 1, 9)), 0)"
    whole_part = f"toInt64(least({count}, intDiv(4000000000000000000, {scale}))) * {scale}"
    return f"fromUnixTimestamp64Nano({whole_part} + {part}, 'UTC')"


def _epoch_read(text: str, _reference: datetime) -> datetime | None:
    whole, _, fraction = text.partition(".")
    scale = next(scale for digits, scale in _EPOCH_SCALES if len(whole) <= digits)
    nanoseconds = min(int(whole), 4_000_000_000_000_000_000 // scale) * scale
    if scale == _EPOCH_SCALES[0][1]:
        nanoseconds += int(f"{fraction[:9]:0<9}")
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=nanoseconds // 1000)


EPOCH = Notation(pattern=r"\d{9,19}(?:\.\d{1,9})?", sql=_epoch_sql, read=_epoch_read)
"""Unix time in seconds (with a fraction), milliseconds, microseconds or nanoseconds, told apart by size."""


def any_of(text: str, *notations: Notation) -> str:
    """Expression: the moment that a whole text means in the first notation that it has."""
    cases = ", ".join(
        f"match({text}, {literal(f'^(?:{notation.pattern})$')}), {notation.sql(text)}" for notation in notations
    )
    return f"multiIf({cases}, {NO_TIME})"


def read_any(text: str, reference: datetime, *notations: Notation) -> datetime | None:
    """The moment that a whole text means in the first notation that it has."""
    for notation in notations:
        if re.fullmatch(notation.pattern, text, re.ASCII):
            return notation.read(text, reference)
    return None
