"""Series for charts: response time and error rate in equal steps of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from thorbis_monitor.analysis.metrics import distribution, total
from thorbis_monitor.analysis.nanoseconds import to_nanoseconds
from thorbis_monitor.store.telemetry import Telemetry

RESPONSE_TIME = "api.response_time"
REQUESTS = "api.requests.count"
MAX_POINTS = 1440
"""The most points that one series holds."""

_STEP = "toUnixTimestamp(toStartOfInterval(TimeUnix, toIntervalSecond({step:UInt32})))"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in equal steps, aligned to the clock; the last step may still be running."""

    start: datetime
    end: datetime
    step: timedelta

    @classmethod
    def last(cls, window: timedelta, step: timedelta, now: datetime) -> "Span":
        """The steps of the last ``window``, the running one included.

        Raises:
            ValueError: the step is below a second, not whole seconds, or there would be too many steps.
        """
        if step < timedelta(seconds=1) or step % timedelta(seconds=1):
            message = "the step must be whole seconds, at least 1s"
            raise ValueError(message)
        if not 0 < window / step <= MAX_POINTS:
            message = f"the window must hold 1 to {MAX_POINTS} steps; take a longer step or a shorter window"
            raise ValueError(message)
        seconds = int(step.total_seconds())
        running = int(now.timestamp()) // seconds * seconds
        steps = -(-window // step)
        start = datetime.fromtimestamp(running - (steps - 1) * seconds, UTC)
        return cls(start, now, step)

    def moments(self) -> list[datetime]:
        """The start of every step."""
        steps = -(-(self.end - self.start) // self.step)
        return [self.start + self.step * number for number in range(max(1, steps))]


@dataclass(frozen=True, slots=True)
class ResponseTimePoint:
    """Response times of one step in milliseconds; None where there was no request."""

    timestamp: datetime
    samples: float
    average: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class ErrorRatePoint:
    """ERROR records and requests of one step; the rate (1 = every request) is None without requests."""

    timestamp: datetime
    errors: int
    requests: float
    rate: float | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many samples, their mean and their 95th percentile."""

    samples: float
    average: float
    p95: float


def response_time(telemetry: Telemetry, span: Span) -> tuple[ResponseTimePoint, ...]:
    """Mean and 95th percentile of the response time per step."""
    rows = distribution(telemetry, RESPONSE_TIME, _STEP, _before(span.start), span.end, step=_seconds(span))
    found = {int(row["key"]): row for row in rows}
    points = []
    for moment in span.moments():
        row = found.get(int(moment.timestamp()))
        if row is None:
            points.append(ResponseTimePoint(moment, 0, None, None))
        else:
            average = row["total"] / row["samples"]
            points.append(ResponseTimePoint(moment, row["samples"], average, float(row["p95"])))
    return tuple(points)


def error_rate(telemetry: Telemetry, span: Span) -> tuple[ErrorRatePoint, ...]:
    """ERROR records over requests per step."""
    rows = total(telemetry, REQUESTS, _STEP, _before(span.start), span.end, step=_seconds(span))
    requests = {int(row["key"]): float(row["total"]) for row in rows}
    errors = _errors(telemetry, span)
    points = []
    for moment in span.moments():
        key = int(moment.timestamp())
        count, asked = errors.get(key, 0), requests.get(key, 0.0)
        points.append(ErrorRatePoint(moment, count, asked, count / asked if asked > 0 else None))
    return tuple(points)


def recent_response_time(telemetry: Telemetry, since: datetime, until: datetime) -> Distribution | None:
    """Response times over ``(since, until]``, None without samples."""
    rows = distribution(telemetry, RESPONSE_TIME, "1", since, until)
    if not rows:
        return None
    return _distribution(rows[0])


def response_time_by_endpoint(telemetry: Telemetry, since: datetime, until: datetime) -> dict[str, Distribution]:
    """Response times per endpoint over ``(since, until]``; samples without an endpoint are left out."""
    key = "if(Attributes['endpoint'] != '', Attributes['endpoint'], Attributes['http.route'])"
    rows = distribution(telemetry, RESPONSE_TIME, key, since, until)
    return {row["key"]: _distribution(row) for row in rows if row["key"]}


def _distribution(row: Mapping[str, float]) -> Distribution:
    return Distribution(row["samples"], row["total"] / row["samples"], float(row["p95"]))


def _errors(telemetry: Telemetry, span: Span) -> dict[int, int]:
    rows = telemetry.query(
        """SELECT toUnixTimestamp(toStartOfInterval(Timestamp, toIntervalSecond({step:UInt32}))) AS key,
            count() AS errors
        FROM otel_logs
        WHERE Level = 0 AND Timestamp >= fromUnixTimestamp64Nano({since:Int64}, 'UTC')
            AND Timestamp <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')
        GROUP BY key""",
        {"step": _seconds(span), "since": to_nanoseconds(span.start), "until": to_nanoseconds(span.end)},
    )
    return {int(row["key"]): int(row["errors"]) for row in rows}


def _seconds(span: Span) -> int:
    return int(span.step.total_seconds())


def _before(moment: datetime) -> datetime:
    """A window excludes its start, a step includes it."""
    return moment - timedelta(microseconds=1)
