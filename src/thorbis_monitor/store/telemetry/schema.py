"""Tables in the shape of the OpenTelemetry Collector's ClickHouse exporter, with a few columns of ours.

Additional columns are computed by the engine from the exporter's columns, so that a Collector that writes
straight into these tables fills them as well. Deduplication logs make an INSERT with a known token a no-op.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retention:
    """How long telemetry is kept, in days; None keeps it for ever."""

    logs_days: int | None = 30
    metrics_days: int | None = 30
    traces_days: int | None = 30


TABLES = (
    "otel_logs",
    "otel_metrics_gauge",
    "otel_metrics_sum",
    "otel_metrics_histogram",
    "otel_metrics_exponential_histogram",
    "otel_metrics_summary",
    "otel_traces",
)
"""Every telemetry table, in the order of creation."""

_SETTINGS = """SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1, fsync_part_directory = 1, min_bytes_for_wide_part = 134217728"""

_METRIC_COLUMNS = """
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceSchemaUrl String CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
    ScopeSchemaUrl String CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    MetricName LowCardinality(String) CODEC(ZSTD(1)),
    MetricDescription LowCardinality(String) CODEC(ZSTD(1)),
    MetricUnit LowCardinality(String) CODEC(ZSTD(1)),
    MetricMetadata Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    StartTimeUnix DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    TimeUnix DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)),"""

_EXEMPLARS = """
    Exemplars Nested (
        FilteredAttributes Map(LowCardinality(String), String),
        TimeUnix DateTime64(9, 'UTC'),
        Value Float64,
        SpanId String,
        TraceId String
    ) CODEC(ZSTD(1)),"""

_VALUES = {
    "otel_metrics_gauge": f"""
    Value Float64 CODEC(Delta, ZSTD(1)),{_EXEMPLARS}
    Flags UInt32 CODEC(ZSTD(1))""",
    "otel_metrics_sum": f"""
    Value Float64 CODEC(Delta, ZSTD(1)),{_EXEMPLARS}
    Flags UInt32 CODEC(ZSTD(1)),
    AggregationTemporality Int32 CODEC(ZSTD(1)),
    IsMonotonic Bool CODEC(ZSTD(1))""",
    "otel_metrics_histogram": f"""
    Count UInt64 CODEC(Delta, ZSTD(1)),
    Sum Float64 CODEC(Delta, ZSTD(1)),
    BucketCounts Array(UInt64) CODEC(ZSTD(1)),
    ExplicitBounds Array(Float64) CODEC(ZSTD(1)),{_EXEMPLARS}
    Flags UInt32 CODEC(ZSTD(1)),
    Min Float64 CODEC(ZSTD(1)),
    Max Float64 CODEC(ZSTD(1)),
    AggregationTemporality Int32 CODEC(ZSTD(1))""",
    "otel_metrics_exponential_histogram": f"""
    Count UInt64 CODEC(Delta, ZSTD(1)),
    Sum Float64 CODEC(Delta, ZSTD(1)),
    Scale Int32 CODEC(ZSTD(1)),
    ZeroCount UInt64 CODEC(ZSTD(1)),
    ZeroThreshold Float64 CODEC(ZSTD(1)),
    PositiveOffset Int32 CODEC(ZSTD(1)),
    PositiveBucketCounts Array(UInt64) CODEC(ZSTD(1)),
    NegativeOffset Int32 CODEC(ZSTD(1)),
    NegativeBucketCounts Array(UInt64) CODEC(ZSTD(1)),{_EXEMPLARS}
    Flags UInt32 CODEC(ZSTD(1)),
    Min Float64 CODEC(ZSTD(1)),
    Max Float64 CODEC(ZSTD(1)),
    AggregationTemporality Int32 CODEC(ZSTD(1))""",
    "otel_metrics_summary": """
    Count UInt64 CODEC(Delta, ZSTD(1)),
    Sum Float64 CODEC(Delta, ZSTD(1)),
    ValueAtQuantiles Nested (Quantile Float64, Value Float64) CODEC(ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1))""",
}

_LOGS = """CREATE TABLE IF NOT EXISTS otel_logs (
    Timestamp DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    ObservedTimestamp DateTime64(9, 'UTC') DEFAULT Timestamp CODEC(Delta, ZSTD(1)),
    TimestampTime DateTime('UTC') DEFAULT toDateTime(Timestamp),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    TraceFlags UInt8,
    SeverityText LowCardinality(String) CODEC(ZSTD(1)),
    SeverityNumber UInt8,
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    Body String CODEC(ZSTD(1)),
    ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ScopeName LowCardinality(String) CODEC(ZSTD(1)),
    ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    LogAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    EventName LowCardinality(String) CODEC(ZSTD(1)),
    Level UInt8 MATERIALIZED multiIf(
        SeverityNumber >= 17, 0, SeverityNumber >= 13, 1, SeverityNumber >= 9, 2, SeverityNumber >= 5, 3,
        SeverityNumber >= 1, 4,
        lower(SeverityText) IN ('error', 'fatal', 'critical', 'err', 'alert', 'emerg'), 0,
        lower(SeverityText) IN ('warn', 'warning'), 1,
        lower(SeverityText) = 'debug', 3, lower(SeverityText) = 'trace', 4, 2),
    Component LowCardinality(String) MATERIALIZED
        if(LogAttributes['component'] != '', LogAttributes['component'], ScopeName),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, TimestampTime, Timestamp)"""


_TRACES = """CREATE TABLE IF NOT EXISTS otel_traces (
    Timestamp DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    Flags UInt32 CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ScopeName LowCardinality(String) CODEC(ZSTD(1)),
    ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested (
        Timestamp DateTime64(9, 'UTC'),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    Links Nested (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String),
        Flags UInt32
    ) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))"""


def create_statements(retention: Retention) -> list[str]:
    """Statements that create every table with its retention."""
    creates = {
        "otel_logs": _LOGS,
        "otel_traces": _TRACES,
        **{table: _metric_table(table, values) for table, values in _VALUES.items()},
    }
    ttls = ttl_expressions(retention)
    return [f"{creates[table]}\n{f'TTL {ttls[table]}' if ttls[table] else ''}\n{_SETTINGS}" for table in TABLES]


def ttl_expressions(retention: Retention) -> dict[str, str]:
    """Table to the TTL expression it must have (empty: none), as the engine prints it."""
    return {
        "otel_logs": _ttl("TimestampTime", retention.logs_days),
        "otel_traces": _ttl("toDateTime(Timestamp)", retention.traces_days),
        **dict.fromkeys(_VALUES, _ttl("toDateTime(TimeUnix)", retention.metrics_days)),
    }


def _metric_table(table: str, values: str) -> str:
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({_METRIC_COLUMNS}{values}\n) ENGINE = MergeTree\n"
        "PARTITION BY toDate(TimeUnix)\nORDER BY (ServiceName, MetricName, Attributes, TimeUnix)"
    )


def _ttl(column: str, days: int | None) -> str:
    return f"{column} + toIntervalDay({days:d})" if days is not None else ""
