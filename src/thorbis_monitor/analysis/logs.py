"""Finding log records, newest first, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from thorbis_monitor.analysis import cursor as cursors
from thorbis_monitor.analysis.nanoseconds import from_nanoseconds, iso_nanoseconds, to_nanoseconds
from thorbis_monitor.model.level import Level
from thorbis_monitor.model.page import Page
from thorbis_monitor.store.telemetry import Telemetry

MAX_LIMIT = 1000
"""The most records that one page holds."""

_MOST_EQUAL = 10_000_000
_WINDOWS = (timedelta(minutes=10), timedelta(hours=6), timedelta(days=7), None)
# 63 bits, so that it fits a signed number in a cursor
_HASH = "bitShiftRight(cityHash64(ServiceName, Body, TraceId, SpanId, LogAttributes, ResourceAttributes), 1)"


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which records to list; what is None does not restrict."""

    levels: tuple[Level, ...] = ()
    min_level: Level | None = None
    component: str | None = None
    service: str | None = None
    contains: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One log record. ``key`` tells records of the same moment apart."""

    timestamp: str
    level: Level
    message: str
    service: str
    component: str
    trace_id: str
    span_id: str
    key: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    resource: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Position:
    """The last record of the page before, and how many records equal to it were already listed."""

    nanoseconds: int
    key: int
    served: int


def find_logs(
    telemetry: Telemetry, wanted: LogFilter, now: datetime, limit: int = 100, cursor: str | None = None
) -> Page[LogLine]:
    """List records that the filter lets through, newest first.

    The newest records are looked for in the last minutes, and only then further back, so that a page of new
    lines costs the same in a large store as in a small one.

    Raises:
        CursorError: the cursor does not come from this listing.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    position = _position(cursor) if cursor else None
    rows: Sequence[Mapping[str, Any]] = []
    for start in _starts(wanted, position, now):
        rows = _select(telemetry, wanted, start, position, limit + 1)
        if len(rows) > limit:
            break
    shown = rows[:limit]
    following = _continue(shown, position) if len(rows) > limit else None
    return Page(tuple(_line(row) for row in shown), following)


def _position(cursor: str) -> _Position:
    nanoseconds, key, served = cursors.unpack(cursor, 3)
    if key < 0 or not 0 < served <= _MOST_EQUAL:
        raise cursors.CursorError
    return _Position(nanoseconds, key, served)


def _starts(wanted: LogFilter, position: _Position | None, now: datetime) -> list[datetime | None]:
    """Starts of ever longer windows, the last one as long as the filter allows."""
    end = min(now, wanted.until) if wanted.until else now
    if position:
        end = min(end, from_nanoseconds(position.nanoseconds))
    starts: list[datetime | None] = []
    for window in _WINDOWS:
        start = None if window is None else end - window
        if start is None or (wanted.since and start <= wanted.since):
            return [*starts, wanted.since]
        starts.append(start)
    return starts


def _select(
    telemetry: Telemetry, wanted: LogFilter, start: datetime | None, position: _Position | None, count: int
) -> list[dict[str, Any]]:
    where, parameters = _where(wanted, start)
    parameters["count"] = count
    after, offset = "", ""
    if position:
        where = f"{where} AND Timestamp <= fromUnixTimestamp64Nano({{at:Int64}}, 'UTC')"
        after = "WHERE nanoseconds < {at:Int64} OR (nanoseconds = {at:Int64} AND key <= {key:UInt64})"
        offset = "OFFSET {served:UInt64}"
        parameters |= {"at": position.nanoseconds, "key": position.key, "served": position.served}
        # Records of the cursor's own moment may all have been listed already: reach past them.
        parameters["reach"] = count + _equal_moment(telemetry, where, parameters)
    else:
        parameters["reach"] = count
    return telemetry.query(
        f"""SELECT * FROM (
            SELECT toUnixTimestamp64Nano(Timestamp) AS nanoseconds, {_HASH} AS key,
                Level AS level, Body AS message, ServiceName AS service, Component AS component,
                TraceId AS trace_id, SpanId AS span_id,
                LogAttributes AS attributes, ResourceAttributes AS resource
            FROM otel_logs
            WHERE {where} AND Timestamp >= (
                SELECT min(Timestamp) FROM (
                    SELECT Timestamp FROM otel_logs WHERE {where}
                    ORDER BY Timestamp DESC LIMIT {{reach:UInt64}}))
        ) {after}
        ORDER BY nanoseconds DESC, key DESC
        LIMIT {{count:UInt64}} {offset}""",
        parameters,
    )


def _equal_moment(telemetry: Telemetry, where: str, parameters: Mapping[str, Any]) -> int:
    rows = telemetry.query(
        f"SELECT count() AS records FROM otel_logs WHERE {where}"
        " AND Timestamp = fromUnixTimestamp64Nano({at:Int64}, 'UTC')",
        parameters,
    )
    return int(rows[0]["records"])


def _where(wanted: LogFilter, start: datetime | None) -> tuple[str, dict[str, Any]]:
    """Conditions with bound parameters: nothing from the caller is written into the statement."""
    terms, parameters = ["1"], {}
    for name, value, term in (
        ("levels", [int(level) for level in wanted.levels] or None, "Level IN {levels:Array(UInt8)}"),
        (
            "min_level",
            None if wanted.min_level is None else int(wanted.min_level),
            "Level <= {min_level:UInt8}",
        ),
        ("component", wanted.component, "Component = {component:String}"),
        ("service", wanted.service, "ServiceName = {service:String}"),
        ("contains", wanted.contains or None, "positionCaseInsensitiveUTF8(Body, {contains:String}) > 0"),
        ("since", _nanoseconds(start), "Timestamp > fromUnixTimestamp64Nano({since:Int64}, 'UTC')"),
        ("until", _nanoseconds(wanted.until), "Timestamp <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')"),
    ):
        if value is not None:
            terms.append(term)
            parameters[name] = value
    return " AND ".join(terms), parameters


def _nanoseconds(moment: datetime | None) -> int | None:
    return None if moment is None else to_nanoseconds(moment)


def _continue(shown: Sequence[Mapping[str, Any]], position: _Position | None) -> str:
    last = (shown[-1]["nanoseconds"], shown[-1]["key"])
    served = sum(1 for row in shown if (row["nanoseconds"], row["key"]) == last)
    if position and last == (position.nanoseconds, position.key):
        served += position.served
    return cursors.pack(*last, served)


def _line(row: Mapping[str, Any]) -> LogLine:
    return LogLine(
        timestamp=iso_nanoseconds(row["nanoseconds"]),
        level=Level(row["level"]),
        message=row["message"],
        service=row["service"],
        component=row["component"],
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        key=f"{row['nanoseconds']:x}-{row['key']:x}",
        attributes=row["attributes"],
        resource=row["resource"],
    )
