"""OTLP requests as JSON: checked by typed decoding in C, nested values rewritten where the engine asks."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from thorbis_monitor.ingest.errors import malformed
from thorbis_monitor.ingest.formats.base import Accepted
from thorbis_monitor.ingest.formats.otlp.values import DROPPED_PREFIX

_Digits = Annotated[str, Meta(pattern=r"^[0-9]{1,19}$")]
_SignedDigits = Annotated[str, Meta(pattern=r"^-?[0-9]{1,19}$")]
Unsigned = Annotated[int, Meta(ge=0)] | _Digits | None
Signed = int | _SignedDigits | None
Number = float | Literal["NaN", "Infinity", "-Infinity"] | None
TraceId = Annotated[str, Meta(pattern=r"^([0-9a-fA-F]{32})?$")] | None
SpanId = Annotated[str, Meta(pattern=r"^([0-9a-fA-F]{16})?$")] | None
Count = Annotated[int, Meta(ge=0, lt=1 << 32)] | None


class _Message(Struct, rename="camel"):
    """Unknown fields are ignored, as OTLP demands."""


class AnyValue(_Message):
    """The oneof of attribute values."""

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Signed = None
    double_value: Number = None
    array_value: "ArrayValue | None" = None
    kvlist_value: "KeyValueList | None" = None
    bytes_value: str | None = None


class KeyValue(_Message):
    """An attribute."""

    key: str = ""
    value: AnyValue | None = None


class ArrayValue(_Message):
    """Values in a value."""

    values: list[AnyValue] | None = None


class KeyValueList(_Message):
    """Attributes in a value."""

    values: list[KeyValue] | None = None


class Resource(_Message):
    """Who sends."""

    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Count = None


class Scope(_Message):
    """The library that made the records."""

    name: str | None = None
    version: str | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Count = None


class LogRecord(_Message):
    """One log record."""

    time_unix_nano: Unsigned = None
    observed_time_unix_nano: Unsigned = None
    severity_number: int | None = None
    severity_text: str | None = None
    body: AnyValue | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Count = None
    flags: Count = None
    trace_id: TraceId = None
    span_id: SpanId = None
    event_name: str | None = None


class ScopeLogs(_Message):
    """Records of one scope."""

    scope: Scope | None = None
    log_records: list[LogRecord] | None = None
    schema_url: str | None = None


class ResourceLogs(_Message):
    """Records of one resource."""

    resource: Resource | None = None
    scope_logs: list[ScopeLogs] | None = None
    schema_url: str | None = None


class LogsRequest(_Message):
    """The body of ``POST /v1/logs``."""

    resource_logs: list[ResourceLogs] | None = None


class SpanEvent(_Message):
    """Something that happened during a span."""

    time_unix_nano: Unsigned = None
    name: str | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Count = None


class SpanLink(_Message):
    """A span that is related."""

    trace_id: TraceId = None
    span_id: SpanId = None
    trace_state: str | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Count = None
    flags: Count = None


class SpanStatus(_Message):
    """How a span ended."""

    message: str | None = None
    code: int | None = None


class Span(_Message):
    """One span."""

    trace_id: TraceId = None
    span_id: SpanId = None
    trace_state: str | None = None
    parent_span_id: SpanId = None
    name: str | None = None
    kind: int | None = None
    start_time_unix_nano: Unsigned = None
    end_time_unix_nano: Unsigned = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Count = None
    events: list[SpanEvent] | None = None
    dropped_events_count: Count = None
    links: list[SpanLink] | None = None
    dropped_links_count: Count = None
    status: SpanStatus | None = None
    flags: Count = None


class ScopeSpans(_Message):
    """Spans of one scope."""

    scope: Scope | None = None
    spans: list[Span] | None = None
    schema_url: str | None = None


class ResourceSpans(_Message):
    """Spans of one resource."""

    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None
    schema_url: str | None = None


class TracesRequest(_Message):
    """The body of ``POST /v1/traces``."""

    resource_spans: list[ResourceSpans] | None = None


class Exemplar(_Message):
    """A sample behind a data point."""

    time_unix_nano: Unsigned = None
    as_double: Number = None
    as_int: Signed = None
    span_id: SpanId = None
    trace_id: TraceId = None
    filtered_attributes: list[KeyValue] | None = None


class Buckets(_Message):
    """One side of an exponential histogram."""

    offset: int | None = None
    bucket_counts: list[Unsigned] | None = None


class ValueAtQuantile(_Message):
    """One quantile of a summary."""

    quantile: Number = None
    value: Number = None


class Point(_Message):
    """A data point of any type."""

    attributes: list[KeyValue] | None = None
    start_time_unix_nano: Unsigned = None
    time_unix_nano: Unsigned = None
    flags: Count = None
    exemplars: list[Exemplar] | None = None
    as_double: Number = None
    as_int: Signed = None
    count: Unsigned = None
    sum: Number = None
    min: Number = None
    max: Number = None
    bucket_counts: list[Unsigned] | None = None
    explicit_bounds: list[Number] | None = None
    scale: int | None = None
    zero_count: Unsigned = None
    zero_threshold: Number = None
    positive: Buckets | None = None
    negative: Buckets | None = None
    quantile_values: list[ValueAtQuantile] | None = None


class Data(_Message):
    """The points of one metric."""

    data_points: list[Point] | None = None
    aggregation_temporality: Literal[0, 1, 2] | None = None
    is_monotonic: bool | None = None


class Metric(_Message):
    """One metric; one of the five types is set."""

    name: str = ""
    description: str | None = None
    unit: str | None = None
    gauge: Data | None = None
    sum: Data | None = None
    histogram: Data | None = None
    exponential_histogram: Data | None = None
    summary: Data | None = None
    metadata: list[KeyValue] | None = None


class ScopeMetrics(_Message):
    """Metrics of one scope."""

    scope: Scope | None = None
    metrics: list[Metric] | None = None
    schema_url: str | None = None


class ResourceMetrics(_Message):
    """Metrics of one resource."""

    resource: Resource | None = None
    scope_metrics: list[ScopeMetrics] | None = None
    schema_url: str | None = None


class MetricsRequest(_Message):
    """The body of ``POST /v1/metrics``."""

    resource_metrics: list[ResourceMetrics] | None = None


_logs = msgspec.json.Decoder(LogsRequest)
_metrics = msgspec.json.Decoder(MetricsRequest)
_traces = msgspec.json.Decoder(TracesRequest)


_DROPPED = {
    "droppedAttributesCount": "dropped_attributes_count",
    "droppedEventsCount": "dropped_events_count",
    "droppedLinksCount": "dropped_links_count",
}


def accept_logs(body: bytes, _query: str = "") -> Accepted:
    """Check a logs request; the payload is one line."""
    request = _decode(_logs.decode, body)
    scopes = (scope for resource in request.resource_logs or () for scope in resource.scope_logs or ())
    return Accepted(_one_line(body), sum(len(scope.log_records or ()) for scope in scopes))


def accept_metrics(body: bytes, _query: str = "") -> Accepted:
    """Check a metrics request; the payload is one line."""
    request = _decode(_metrics.decode, body)
    scopes = (scope for resource in request.resource_metrics or () for scope in resource.scope_metrics or ())
    metrics = [metric for scope in scopes for metric in scope.metrics or ()]
    return Accepted(_one_line(body), sum(_point_count(metric) for metric in metrics))


def accept_traces(body: bytes, _query: str = "") -> Accepted:
    """Check a traces request; the payload is one line."""
    request = _decode(_traces.decode, body)
    scopes = (scope for resource in request.resource_spans or () for scope in resource.scope_spans or ())
    return Accepted(_one_line(body), sum(len(scope.spans or ()) for scope in scopes))


def simplify_logs(payload: bytes) -> bytes:
    """Replace nested values by their JSON text, and counts of dropped attributes by an attribute."""
    request = msgspec.json.decode(payload)
    changed = _flatten(request)
    for resource_logs in request.get("resourceLogs") or ():
        changed |= _tell_dropped(resource_logs.get("resource"))
        for scope_logs in resource_logs.get("scopeLogs") or ():
            changed |= _tell_dropped(scope_logs.get("scope"))
            for record in scope_logs.get("logRecords") or ():
                changed |= _tell_dropped(record)
    return msgspec.json.encode(request) + b"\n" if changed else payload


def simplify_metrics(payload: bytes) -> bytes:
    """Replace nested values by their JSON text, and the resource's count of dropped attributes by an attribute."""
    request = msgspec.json.decode(payload)
    changed = _flatten(request)
    for resource_metrics in request.get("resourceMetrics") or ():
        changed |= _tell_dropped(resource_metrics.get("resource"))
    return msgspec.json.encode(request) + b"\n" if changed else payload


def simplify_traces(payload: bytes) -> bytes:
    """Replace nested values by their JSON text, and counts of what was dropped by attributes."""
    request = msgspec.json.decode(payload)
    changed = _flatten(request)
    for resource_spans in request.get("resourceSpans") or ():
        changed |= _tell_dropped(resource_spans.get("resource"))
        for scope_spans in resource_spans.get("scopeSpans") or ():
            changed |= _tell_dropped(scope_spans.get("scope"))
            for span in scope_spans.get("spans") or ():
                changed |= _tell_dropped(span)
                for part in (*(span.get("events") or ()), *(span.get("links") or ())):
                    changed |= _tell_dropped(part)
    return msgspec.json.encode(request) + b"\n" if changed else payload


def _tell_dropped(owner: dict[str, Any] | None) -> bool:
    """Make attributes of counts of what the sender dropped."""
    told = [
        {"key": f"{DROPPED_PREFIX}{name}", "value": {"intValue": count}}
        for key, name in _DROPPED.items()
        if owner is not None and (count := owner.pop(key, None))
    ]
    if owner is not None and told:
        owner["attributes"] = [*(owner.get("attributes") or ()), *told]
    return bool(told)


def _decode(decode: Callable[[bytes], Any], body: bytes) -> Any:
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = f"the body is not an OTLP request in JSON: {error}"
        raise malformed(reason) from error


def _one_line(body: bytes) -> bytes:
    if b"\n" in body or b"\r" in body:
        body = msgspec.json.format(body, indent=-1)
    return body + b"\n"


def _point_count(metric: Metric) -> int:
    types = (metric.gauge, metric.sum, metric.histogram, metric.exponential_histogram, metric.summary)
    return sum(len(data.data_points or ()) for data in types if data)


def _flatten(node: Any) -> bool:
    """Rewrite in place wherever a value holds values; returns whether anything changed."""
    if isinstance(node, list):
        return _flatten_all(node)
    if not isinstance(node, dict):
        return False
    if node.get("arrayValue") is not None or node.get("kvlistValue") is not None:
        text = msgspec.json.encode(_plain(node)).decode()
        node.clear()
        node["stringValue"] = text
        return True
    return _flatten_all(node.values())


def _flatten_all(nodes: Iterable[Any]) -> bool:
    changed = False
    for node in nodes:
        changed |= _flatten(node)
    return changed


def _plain(value: dict[str, Any]) -> object:
    """An attribute value as ordinary JSON."""
    if (array := value.get("arrayValue")) is not None:
        return [_plain(item) for item in array.get("values") or ()]
    if (pairs := value.get("kvlistValue")) is not None:
        return {item.get("key", ""): _plain(item.get("value") or {}) for item in pairs.get("values") or ()}
    if (integer := value.get("intValue")) is not None:
        return int(integer)
    if (number := value.get("doubleValue")) is not None:
        return number
    for member in ("stringValue", "boolValue", "bytesValue"):
        if value.get(member) is not None:
            return value[member]
    return None
