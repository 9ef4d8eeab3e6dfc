"""Between datetimes, which know microseconds, and the nanoseconds that telemetry is kept in."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NANOSECONDS_PER_SECOND = 1_000_000_000
_LATEST = datetime(2262, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


def to_nanoseconds(moment: datetime) -> int:
    """Nanoseconds since 1970, kept within what the store can hold (the years 1900 to 2262)."""
    bounded = min(max(moment, _EARLIEST), _LATEST)
    return (bounded - _EPOCH) // _MICROSECOND * 1000


def from_nanoseconds(nanoseconds: int) -> datetime:
    """The datetime of nanoseconds since 1970, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


def iso_nanoseconds(nanoseconds: int) -> str:
    """ISO-8601 in UTC with milliseconds, or with nanoseconds where the record has them."""
    seconds, fraction = divmod(nanoseconds, _NANOSECONDS_PER_SECOND)
    whole = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:09d}"
    if digits.endswith("000000"):
        digits = digits[:3]
    elif digits.endswith("000"):
        digits = digits[:6]
    return f"{whole}.{digits}Z"
