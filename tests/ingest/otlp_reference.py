"""What a request must become in the tables, worked out in plain Python with the ``opentelemetry-proto`` classes."""

import base64
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

DROPPED = "otel.dropped_attributes_count"
Row = dict[str, Any]


def comparable(text: str) -> object:
    """Numbers and JSON compare by value, everything else by its letters: ``1e21`` and ``1000...`` are equal."""
    try:
        return ("json", _frozen(json.loads(text, parse_constant=str, parse_int=float)))
    except (ValueError, RecursionError):
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return "nan" if math.isnan(number) else ("json", number)


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    return value


def text(value: AnyValue) -> str:
    """An attribute value as text."""
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind in {"array_value", "kvlist_value"}:
        return json.dumps(_json(value))
    return str(getattr(value, kind))


def _json(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_json(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: _json(item.value) for item in value.kvlist_value.values}
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    plain = getattr(value, kind)
    if isinstance(plain, float) and not math.isfinite(plain):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(plain)]
    return plain


def attributes(items: Iterable[KeyValue], dropped: int = 0) -> dict[str, object]:
    """Attributes as a comparable map."""
    made = {item.key: comparable(text(item.value)) for item in items}
    return made | {DROPPED: comparable(str(dropped))} if dropped else made


def stored_attributes(items: Mapping[str, str]) -> dict[str, object]:
    """A map from the table in the same form."""
    return {key: comparable(value) for key, value in items.items()}


def log_rows(request: ExportLogsServiceRequest) -> Iterator[Row]:
    """The rows of ``otel_logs``."""
    for resource_logs in request.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            for record in scope_logs.log_records:
                yield {
                    **_sender(resource_logs.resource, scope_logs.scope),
                    "ScopeAttributes": attributes(
                        scope_logs.scope.attributes, scope_logs.scope.dropped_attributes_count
                    ),
                    "ResourceSchemaUrl": resource_logs.schema_url,
                    "ScopeSchemaUrl": scope_logs.schema_url,
                    "timestamp_ns": record.time_unix_nano or record.observed_time_unix_nano,
                    "observed_ns": record.observed_time_unix_nano,
                    "TraceId": record.trace_id.hex(),
                    "SpanId": record.span_id.hex(),
                    "TraceFlags": record.flags,
                    "SeverityText": record.severity_text,
                    "SeverityNumber": record.severity_number,
                    "Body": comparable(text(record.body)),
                    "LogAttributes": attributes(record.attributes, record.dropped_attributes_count),
                    "EventName": record.event_name,
                }


def span_rows(request: ExportTraceServiceRequest) -> Iterator[Row]:
    """The rows of ``otel_traces``."""
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            for span in scope_spans.spans:
                yield {
                    **_sender(resource_spans.resource, scope),
                    "ScopeAttributes": attributes(scope.attributes, scope.dropped_attributes_count),
                    "ResourceSchemaUrl": resource_spans.schema_url,
                    "ScopeSchemaUrl": scope_spans.schema_url,
                    "start_ns": span.start_time_unix_nano,
                    "Duration": max(0, span.end_time_unix_nano - span.start_time_unix_nano),
                    "TraceId": span.trace_id.hex(),
                    "SpanId": span.span_id.hex(),
                    "ParentSpanId": span.parent_span_id.hex(),
                    "TraceState": span.trace_state,
                    "Flags": span.flags,
                    "SpanName": span.name,
                    "SpanKind": ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"][span.kind],
                    "StatusCode": ["Unset", "Ok", "Error"][span.status.code],
                    "StatusMessage": span.status.message,
                    "SpanAttributes": _span_attributes(span),
                    "event_ns": [event.time_unix_nano for event in span.events],
                    "Events.Name": [event.name for event in span.events],
                    "Events.Attributes": [_with_dropped(event) for event in span.events],
                    "Links.TraceId": [link.trace_id.hex() for link in span.links],
                    "Links.SpanId": [link.span_id.hex() for link in span.links],
                    "Links.TraceState": [link.trace_state for link in span.links],
                    "Links.Attributes": [_with_dropped(link) for link in span.links],
                    "Links.Flags": [link.flags for link in span.links],
                }


def _with_dropped(owner: Span.Event | Span.Link) -> dict[str, object]:
    return attributes(owner.attributes, owner.dropped_attributes_count)


def _span_attributes(span: Span) -> dict[str, object]:
    made = attributes(span.attributes, span.dropped_attributes_count)
    for name, count in (("events", span.dropped_events_count), ("links", span.dropped_links_count)):
        if count:
            made[f"otel.dropped_{name}_count"] = comparable(str(count))
    return made


def metric_rows(request: ExportMetricsServiceRequest, member: str) -> Iterator[Row]:
    """The rows of one metric type's table."""
    for resource_metrics in request.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            for metric in scope_metrics.metrics:
                if metric.WhichOneof("data") != member:
                    continue
                data = getattr(metric, member)
                for point in data.data_points:
                    yield {
                        **_sender(resource_metrics.resource, scope_metrics.scope),
                        "ScopeAttributes": attributes(scope_metrics.scope.attributes),
                        "ScopeDroppedAttrCount": scope_metrics.scope.dropped_attributes_count,
                        "ResourceSchemaUrl": resource_metrics.schema_url,
                        "ScopeSchemaUrl": scope_metrics.schema_url,
                        "MetricName": metric.name,
                        "MetricDescription": metric.description,
                        "MetricUnit": metric.unit,
                        "MetricMetadata": attributes(metric.metadata),
                        "Attributes": attributes(point.attributes),
                        "start_ns": point.start_time_unix_nano,
                        "time_ns": point.time_unix_nano,
                        "Flags": point.flags,
                        **_VALUES[member](point, data),
                    }


def _sender(resource: Resource, scope: InstrumentationScope) -> Row:
    made = attributes(resource.attributes, resource.dropped_attributes_count)
    service = next((text(item.value) for item in resource.attributes if item.key == "service.name"), "")
    return {
        "ResourceAttributes": made,
        "ServiceName": comparable(service),
        "ScopeName": scope.name,
        "ScopeVersion": scope.version,
    }


def _number(point: Any) -> float:
    kind = point.WhichOneof("value")
    return float(getattr(point, kind)) if kind else 0.0


def _exemplars(point: Any) -> Row:
    return {
        "Exemplars.FilteredAttributes": [attributes(item.filtered_attributes) for item in point.exemplars],
        "exemplar_ns": [item.time_unix_nano for item in point.exemplars],
        "Exemplars.Value": [_number(item) for item in point.exemplars],
        "Exemplars.SpanId": [item.span_id.hex() for item in point.exemplars],
        "Exemplars.TraceId": [item.trace_id.hex() for item in point.exemplars],
    }


def _moments(point: Any, data: Any) -> Row:
    return {
        "Count": point.count,
        "Sum": point.sum,
        "Min": point.min,
        "Max": point.max,
        "AggregationTemporality": data.aggregation_temporality,
        **_exemplars(point),
    }


_VALUES: dict[str, Callable[[Any, Any], Row]] = {
    "gauge": lambda point, _: {"Value": _number(point), **_exemplars(point)},
    "sum": lambda point, data: {
        "Value": _number(point),
        "AggregationTemporality": data.aggregation_temporality,
        "IsMonotonic": data.is_monotonic,
        **_exemplars(point),
    },
    "histogram": lambda point, data: {
        **_moments(point, data),
        "BucketCounts": list(point.bucket_counts),
        "ExplicitBounds": list(point.explicit_bounds),
    },
    "exponential_histogram": lambda point, data: {
        **_moments(point, data),
        "Scale": point.scale,
        "ZeroCount": point.zero_count,
        "ZeroThreshold": point.zero_threshold,
        "PositiveOffset": point.positive.offset,
        "PositiveBucketCounts": list(point.positive.bucket_counts),
        "NegativeOffset": point.negative.offset,
        "NegativeBucketCounts": list(point.negative.bucket_counts),
    },
    "summary": lambda point, _: {
        "Count": point.count,
        "Sum": point.sum,
        "ValueAtQuantiles.Quantile": [item.quantile for item in point.quantile_values],
        "ValueAtQuantiles.Value": [item.value for item in point.quantile_values],
    },
}
