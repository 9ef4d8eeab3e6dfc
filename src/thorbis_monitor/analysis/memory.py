"""Memory gauges over time."""

from dataclasses import dataclass
from datetime import datetime

from thorbis_monitor.analysis.nanoseconds import to_nanoseconds
from thorbis_monitor.store.telemetry import Telemetry

MEMORY_GAUGES = (
    "memory.usage.gauge",
    "memory_usage.gauge",
    "memory.used.gauge",
    "memory.heap_used.gauge",
    "memory.rss.gauge",
    "process.memory.usage",
    "process_resident_memory_bytes",
)
"""Names of gauges that hold used memory in bytes; the default rule ``high_memory_usage`` watches the same."""

_MAX_SERIES = 50


@dataclass(frozen=True, slots=True)
class MemorySeries:
    """Mean bytes per minute of one gauge of one service."""

    service: str
    name: str
    values: tuple[float, ...]


def memory_by_minute(telemetry: Telemetry, since: datetime, until: datetime) -> tuple[MemorySeries, ...]:
    """The memory gauges of every service over ``(since, until]``, the longest series first."""
    rows = telemetry.query(
        f"""SELECT service, name, arrayMap(pair -> pair.2, arraySort(groupArray((minute, used)))) AS values
        FROM (
            SELECT ServiceName AS service, MetricName AS name,
                toStartOfMinute(TimeUnix) AS minute, avg(Value) AS used
            FROM otel_metrics_gauge
            WHERE MetricName IN {{names:Array(String)}}
                AND TimeUnix > fromUnixTimestamp64Nano({{since:Int64}}, 'UTC')
                AND TimeUnix <= fromUnixTimestamp64Nano({{until:Int64}}, 'UTC')
            GROUP BY service, name, minute
        ) GROUP BY service, name ORDER BY length(values) DESC, service, name LIMIT {_MAX_SERIES}""",
        {"names": list(MEMORY_GAUGES), "since": to_nanoseconds(since), "until": to_nanoseconds(until)},
    )
    return tuple(MemorySeries(row["service"], row["name"], tuple(row["values"])) for row in rows)
