"""OTLP metrics into the ``otel_metrics_*`` tables: one statement per type, each reading only what it stores."""

from dataclasses import dataclass

from thorbis_monitor.ingest.formats.otlp.values import (
    KEY_VALUES,
    RESOURCE,
    SCOPE,
    Encoding,
    Target,
    nothing_dropped,
    scope_columns,
    scopes,
    time,
    unnest,
)

_EXEMPLARS = (
    "Array(Tuple(timeUnixNano UInt64, asDouble Nullable(Float64), asInt Nullable(Int64), spanId String, "
    f"traceId String, filteredAttributes {KEY_VALUES}))"
)
_POINT = f"attributes {KEY_VALUES}, startTimeUnixNano UInt64, timeUnixNano UInt64, flags UInt32"
_NUMBER = f"Tuple({_POINT}, asDouble Nullable(Float64), asInt Nullable(Int64), exemplars {_EXEMPLARS})"
_HISTOGRAM = (
    f"Tuple({_POINT}, count UInt64, sum Float64, min Float64, max Float64, bucketCounts Array(UInt64), "
    f"explicitBounds Array(Float64), exemplars {_EXEMPLARS})"
)
_BUCKETS = "Tuple(offset Int32, bucketCounts Array(UInt64))"
_EXPONENTIAL = (
    f"Tuple({_POINT}, count UInt64, sum Float64, min Float64, max Float64, scale Int32, zeroCount UInt64, "
    f"zeroThreshold Float64, positive {_BUCKETS}, negative {_BUCKETS}, exemplars {_EXEMPLARS})"
)
_SUMMARY = f"Tuple({_POINT}, count UInt64, sum Float64, quantileValues Array(Tuple(quantile Float64, value Float64)))"

_NUMBER_VALUES = {"Value": "coalesce(p.asDouble, toFloat64(p.asInt), 0)"}
_TEMPORALITY = {"AggregationTemporality": "temporality"}
_MOMENTS = {"Count": "p.count", "Sum": "p.sum"}
_EXTREMES = {"Min": "p.min", "Max": "p.max"}


@dataclass(frozen=True, slots=True)
class MetricType:
    """One member of the metric's oneof: where its points go and what is read of them."""

    table: str
    member: str
    point: str
    extra: str
    values: dict[str, str]
    has_exemplars: bool = True

    @property
    def structure(self) -> str:
        """Columns of the request that this type needs."""
        data = f"Tuple(dataPoints Array({self.point}){self.extra})"
        metric = f"Tuple(name String, description String, unit String, {self.member} {data}, metadata {KEY_VALUES})"
        return (
            f"resourceMetrics Array(Tuple(resource {RESOURCE}, scopeMetrics Array(Tuple(scope {SCOPE}, "
            f"metrics Array({metric}), schemaUrl String)), schemaUrl String))"
        )

    def columns(self, encoding: Encoding) -> dict[str, str]:
        """Column name to expression over one row per data point ``p``, beside what is kept of its metric."""
        columns = {
            "ResourceAttributes": "ra",
            "ResourceSchemaUrl": "resource_url",
            "ScopeName": "scope_name",
            "ScopeVersion": "scope_version",
            "ScopeAttributes": "sa",
            "ScopeDroppedAttrCount": "sa_dropped",
            "ScopeSchemaUrl": "scope_url",
            "ServiceName": "ra['service.name']",
            "MetricName": "name",
            "MetricDescription": "description",
            "MetricUnit": "unit",
            "MetricMetadata": "metadata",
            "Attributes": encoding.attributes("p.attributes"),
            "StartTimeUnix": time("p.startTimeUnixNano"),
            "TimeUnix": f"if(p.timeUnixNano = 0, {{arrival}}, {time('p.timeUnixNano')})",
            "Flags": f"p.flags + {nothing_dropped('ra_dropped')}",
        }
        columns |= self.values
        if self.has_exemplars:
            columns |= _exemplar_columns(encoding)
        return columns

    def select(self, encoding: Encoding) -> str:
        """One row per data point."""
        above = scope_columns(encoding)
        each_metric = unnest(scopes(encoding, "resourceMetrics", "scopeMetrics"), "sl.metrics", "m", above)
        each_point = unnest(
            each_metric,
            f"m.{self.member}.dataPoints",
            "p",
            dict(zip(above, above, strict=True)) | self._of_metric(encoding),
        )
        return f"SELECT {', '.join(self.columns(encoding).values())} FROM ({each_point})"

    def _of_metric(self, encoding: Encoding) -> dict[str, str]:
        """What is kept of a metric for each of its points."""
        columns = {
            "name": "m.name",
            "description": "m.description",
            "unit": "m.unit",
            "metadata": encoding.attributes("m.metadata"),
        }
        if "aggregationTemporality" in self.extra:
            columns["temporality"] = f"m.{self.member}.aggregationTemporality"
        if "isMonotonic" in self.extra:
            columns["monotonic"] = f"m.{self.member}.isMonotonic"
        return columns


def _exemplar_columns(encoding: Encoding) -> dict[str, str]:
    def each(expression: str) -> str:
        return f"arrayMap(e -> {expression}, p.exemplars)"

    return {
        "Exemplars.FilteredAttributes": each(encoding.attributes("e.filteredAttributes")),
        "Exemplars.TimeUnix": each(time("e.timeUnixNano")),
        "Exemplars.Value": each("coalesce(e.asDouble, toFloat64(e.asInt), 0)"),
        "Exemplars.SpanId": each(encoding.id("e.spanId")),
        "Exemplars.TraceId": each(encoding.id("e.traceId")),
    }


TYPES = (
    MetricType("otel_metrics_gauge", "gauge", _NUMBER, "", _NUMBER_VALUES),
    MetricType(
        "otel_metrics_sum",
        "sum",
        _NUMBER,
        ", aggregationTemporality Int32, isMonotonic Bool",
        _NUMBER_VALUES | _TEMPORALITY | {"IsMonotonic": "monotonic"},
    ),
    MetricType(
        "otel_metrics_histogram",
        "histogram",
        _HISTOGRAM,
        ", aggregationTemporality Int32",
        _MOMENTS | _EXTREMES | _TEMPORALITY | {"BucketCounts": "p.bucketCounts", "ExplicitBounds": "p.explicitBounds"},
    ),
    MetricType(
        "otel_metrics_exponential_histogram",
        "exponentialHistogram",
        _EXPONENTIAL,
        ", aggregationTemporality Int32",
        _MOMENTS
        | _EXTREMES
        | _TEMPORALITY
        | {
            "Scale": "p.scale",
            "ZeroCount": "p.zeroCount",
            "ZeroThreshold": "p.zeroThreshold",
            "PositiveOffset": "p.positive.offset",
            "PositiveBucketCounts": "p.positive.bucketCounts",
            "NegativeOffset": "p.negative.offset",
            "NegativeBucketCounts": "p.negative.bucketCounts",
        },
    ),
    MetricType(
        "otel_metrics_summary",
        "summary",
        _SUMMARY,
        "",
        _MOMENTS
        | {
            "ValueAtQuantiles.Quantile": "p.quantileValues.quantile",
            "ValueAtQuantiles.Value": "p.quantileValues.value",
        },
        has_exemplars=False,
    ),
)
"""The five metric types of OTLP."""

TARGETS = tuple(Target(kind.table, kind.structure, kind.columns, kind.select) for kind in TYPES)
"""A table for each type; each statement reads only what it stores."""
