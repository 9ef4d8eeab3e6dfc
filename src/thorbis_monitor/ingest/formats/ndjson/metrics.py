"""Metric lines: ``POST /ingest/metrics``. A line is one sample, or many aggregated into a histogram."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from thorbis_monitor.ingest.formats.base import Accepted, LoadStatement
from thorbis_monitor.ingest.formats.ndjson.lines import RESOURCE, TIME, Line, OddLineError, accept_lines, moment

_Count = Annotated[int, Meta(ge=0)]


class _Line(Struct, forbid_unknown_fields=True):
    """What every metric line may carry."""

    name: Annotated[str, Meta(min_length=1)]
    unit: str | None = None
    timestamp: datetime | None = None
    start: datetime | None = None
    tags: dict[str, str] | None = None
    service: str | None = None
    environment: str | None = None


class Sample(_Line, kw_only=True):
    """One value; the engine tells a counter from a gauge by name and unit where ``type`` is absent."""

    value: float
    type: Literal["counter", "gauge"] | None = None


class Counter(_Line, kw_only=True, tag_field="type", tag="counter"):
    """Something that was added."""

    value: float


class Gauge(_Line, kw_only=True, tag_field="type", tag="gauge"):
    """One measurement."""

    value: float


class Histogram(_Line, kw_only=True, tag_field="type", tag="histogram"):
    """Many measurements since ``start``: ``buckets`` has one number more than ``bounds``."""

    count: _Count
    sum: float = 0
    min: float | None = None
    max: float | None = None
    bounds: list[float] | None = None
    buckets: list[_Count] | None = None


_decoders = (msgspec.json.Decoder(Sample), msgspec.json.Decoder(Counter | Gauge | Histogram))
_KNOWN = frozenset({*Sample.__struct_encode_fields__, *Histogram.__struct_encode_fields__})


def accept(body: bytes, _query: str = "") -> Accepted:
    """Check a body of metric lines."""
    return accept_lines(body, _decoders, rewrite)


def rewrite(line: Line) -> Line:
    """Bring an odd line into the usual shape: the type is told from name, unit and keys; tags become text."""
    if unknown := sorted(line.keys() - _KNOWN):
        raise OddLineError(f"unknown key {unknown[0]!r}; known are {', '.join(sorted(_KNOWN))}")
    if not isinstance(line.get("name"), str):
        raise OddLineError('the key "name" is missing')
    usual = dict(line)
    usual.setdefault("type", _type(line))
    required = "count" if usual["type"] == "histogram" else "value"
    if usual.get(required) is None:
        raise OddLineError(f'a {usual["type"]} needs the key "{required}"')
    for key in ("timestamp", "start"):
        if isinstance(usual.get(key), int | float):
            usual[key] = moment(usual[key])
    if isinstance(usual.get("tags"), dict):
        usual["tags"] = {
            name: value if isinstance(value, str) else _text(value) for name, value in usual["tags"].items()
        }
    return usual


def _type(line: Line) -> str:
    if "count" in line:
        return "histogram"
    return "counter" if line["name"].endswith(".count") or line.get("unit") == "count" else "gauge"


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


_STRUCTURE = (
    '"~" Array(UInt64), name String, type String, value Float64, unit String, timestamp String, start String, '
    "tags Map(String, String), service String, environment String, count UInt64, sum Float64, "
    "min Float64, max Float64, bounds Array(Float64), buckets Array(UInt64)"
)
_TYPE = "multiIf(type != '', type, endsWith(name, '.count') OR unit = 'count', 'counter', 'gauge')"
_DELTA = "1"
_COMMON = {
    "ResourceAttributes": RESOURCE,
    "ServiceName": "service",
    "MetricName": "name",
    "MetricUnit": "unit",
    "Attributes": "CAST(tags, 'Map(LowCardinality(String), String)')",
    "StartTimeUnix": f"ifNull(parseDateTime64BestEffortOrNull(start, 9, 'UTC'), {TIME})",
    "TimeUnix": TIME,
}


def _statement(table: str, kind: str, values: dict[str, str]) -> LoadStatement:
    columns = _COMMON | values
    return LoadStatement(
        table,
        list(columns),
        f"SELECT {', '.join(columns.values())} FROM {{source}} WHERE empty(`~`) AND {_TYPE} = '{kind}'",
        _STRUCTURE,
        "JSONEachRow",
        {"input_format_skip_unknown_fields": 1, "input_format_null_as_default": 1},
    )


STATEMENTS = (
    _statement("otel_metrics_gauge", "gauge", {"Value": "value"}),
    _statement(
        "otel_metrics_sum", "counter", {"Value": "value", "AggregationTemporality": _DELTA, "IsMonotonic": "true"}
    ),
    _statement(
        "otel_metrics_histogram",
        "histogram",
        {
            "Count": "count",
            "Sum": "sum",
            "Min": "min",
            "Max": "max",
            "BucketCounts": "buckets",
            "ExplicitBounds": "bounds",
            "AggregationTemporality": _DELTA,
        },
    ),
)
"""A counter adds to its sum, a gauge is one sample, a histogram holds the samples since the last one."""
