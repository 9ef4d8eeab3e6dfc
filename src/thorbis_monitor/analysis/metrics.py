"""Metrics over time, whatever instrument they were recorded with.

A distribution such as ``api.response_time`` may arrive as gauge rows (each row is one sample), as histograms
with delta temporality (a row holds what happened since the row before) or cumulative temporality (a row
holds everything since the start of the process). A counter may be delta or cumulative. The queries here
bring all of them to one shape: how many, how much, and how it was distributed.
"""

from datetime import datetime, timedelta
from typing import Any

from thorbis_monitor.analysis.nanoseconds import to_nanoseconds
from thorbis_monitor.store.telemetry import Telemetry

_LOOKBACK = timedelta(minutes=10)
"""How far before the window the row may lie that a cumulative row is compared with."""

_WINDOW = (
    "MetricName = {name:String} AND TimeUnix > fromUnixTimestamp64Nano({since:Int64}, 'UTC')"
    " AND TimeUnix <= fromUnixTimestamp64Nano({until:Int64}, 'UTC')"
)
_WIDE_WINDOW = _WINDOW.replace("{since:Int64}", "{before:Int64}")
_SERIES = "PARTITION BY cityHash64(ServiceName, ScopeName, ResourceAttributes, Attributes) ORDER BY TimeUnix"
_ROWS = f"WINDOW w AS ({_SERIES} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"

# A cumulative row counts from its predecessor; after a restart of the process (the total fell, or a new
# start time) from zero; the first row ever seen counts fully only if its process started within reach.
_FRESH = "place = 1 AND StartTimeUnix >= fromUnixTimestamp64Nano({before:Int64}, 'UTC')"


def distribution_sql(key: str) -> str:
    """SQL for a distribution grouped by an expression over ``TimeUnix`` and ``Attributes``.

    Columns: ``key``, ``samples``, ``total`` and ``p95``. The 95th percentile is a t-digest (about 1 % of
    rank); from histograms it is exact to the width of a bucket, as samples count at the middle of theirs.
    ``key`` is SQL of the caller's own, never text from outside.
    """
    return f"""SELECT key, sum(samples) AS samples, sum(total) AS total,
            quantileTDigestWeightedMerge(0.95)(digest) AS p95
        FROM ({_gauge_part(key)} UNION ALL {_histogram_part(key)} UNION ALL {_exponential_part(key)})
        GROUP BY key HAVING samples > 0 ORDER BY key"""


def _gauge_part(key: str) -> str:
    return f"""SELECT {key} AS key, toFloat64(count()) AS samples, sum(Value) AS total,
            quantileTDigestWeightedState(0.95)(Value, toUInt64(1)) AS digest
        FROM otel_metrics_gauge WHERE {_WINDOW} GROUP BY key"""


def _histogram_part(key: str) -> str:
    middle = (
        "arrayMap((i) -> multiIf(length(ExplicitBounds) = 0, if(Count > 0, Sum / Count, 0),"
        " i = 1, least(ExplicitBounds[1], ExplicitBounds[1] / 2),"
        " i > length(ExplicitBounds), greatest(ExplicitBounds[-1], Max),"
        " (ExplicitBounds[i - 1] + ExplicitBounds[i]) / 2), arrayEnumerate(counts))"
    )
    return _weighted_part(
        key, _increase("otel_metrics_histogram", "BucketCounts AS buckets, ExplicitBounds, Max"), middle
    )


def _exponential_part(key: str) -> str:
    middle = (
        "arrayMap((i) -> if(i = 1, 0, pow(2, (PositiveOffset + i - 1.5) / pow(2, Scale))),"
        " arrayEnumerate(counts))"
    )
    buckets = "arrayPushFront(PositiveBucketCounts, ZeroCount) AS buckets, PositiveOffset, Scale"
    return _weighted_part(key, _increase("otel_metrics_exponential_histogram", buckets), middle)


def _weighted_part(key: str, rows: str, middle: str) -> str:
    """Samples, total and digest out of rows with bucket counts; ``middle`` gives each bucket its value."""
    return f"""SELECT key, sum(if(first, samples, 0)) AS samples, sum(if(first, total, 0)) AS total,
            quantileTDigestWeightedStateIf(0.95)(toFloat64(point.2), point.3, point.3 > 0) AS digest
        FROM (
            SELECT {key} AS key, samples, total, point.1 = 1 AS first,
                arrayJoin(arrayZip(arrayEnumerate(counts), {middle}, counts)) AS point
            FROM ({rows}) WHERE TimeUnix > fromUnixTimestamp64Nano({{since:Int64}}, 'UTC') AND samples > 0
        ) GROUP BY key"""


def _increase(table: str, buckets: str) -> str:
    """Rows of a histogram table as what happened since the row before of the same series."""
    return f"""SELECT *,
            multiIf(delta OR restarted, toFloat64(Count), place = 1, 0., Count - previous_count) AS samples,
            multiIf(delta OR restarted, Sum, place = 1, 0., Sum - previous_sum) AS total,
            if(delta OR restarted OR length(previous_buckets) != length(buckets), buckets,
                arrayMap((later, earlier) -> toUInt64(later - least(later, earlier)),
                    buckets, previous_buckets)) AS counts
        FROM (
            SELECT *, previous_count > Count OR (place > 1 AND StartTimeUnix > previous_start)
                OR {_FRESH} AS restarted
            FROM (
                SELECT TimeUnix, StartTimeUnix, Attributes, Count, Sum, {buckets},
                    AggregationTemporality = 1 AS delta, row_number() OVER (w2) AS place,
                    lagInFrame(toFloat64(Count)) OVER w AS previous_count,
                    lagInFrame(Sum) OVER w AS previous_sum, lagInFrame(buckets) OVER w AS previous_buckets,
                    lagInFrame(StartTimeUnix) OVER w AS previous_start
                FROM {table} WHERE {_WIDE_WINDOW}
                {_ROWS}, w2 AS ({_SERIES})
            )
        )"""


def counter_sql(key: str) -> str:
    """SQL for a counter grouped like a distribution; columns ``key`` and ``total``."""
    return f"""SELECT {key} AS key, sum(increase) AS total FROM (
            SELECT TimeUnix, Attributes, multiIf(
                AggregationTemporality = 1 OR previous > Value
                    OR (place > 1 AND StartTimeUnix > previous_start) OR {_FRESH}, Value,
                place = 1, 0., Value - previous) AS increase
            FROM (
                SELECT TimeUnix, StartTimeUnix, Attributes, Value, AggregationTemporality,
                    row_number() OVER (w2) AS place, lagInFrame(Value) OVER w AS previous,
                    lagInFrame(StartTimeUnix) OVER w AS previous_start
                FROM otel_metrics_sum WHERE {_WIDE_WINDOW}
                {_ROWS}, w2 AS ({_SERIES})
            )
        ) WHERE TimeUnix > fromUnixTimestamp64Nano({{since:Int64}}, 'UTC')
        GROUP BY key ORDER BY key"""


def metric_query(
    telemetry: Telemetry, sql: str, name: str, since: datetime, until: datetime, **parameters: object
) -> list[dict[str, Any]]:
    """Run one of the queries above for a metric over ``(since, until]``."""
    window = {
        "name": name,
        "since": to_nanoseconds(since),
        "until": to_nanoseconds(until),
        "before": to_nanoseconds(since - _LOOKBACK),
    }
    return telemetry.query(sql, {**window, **parameters})
