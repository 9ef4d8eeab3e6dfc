"""OTLP requests as protobuf: checked by the C parser, and nested values rewritten where the engine asks."""

import base64
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from thorbis_monitor.ingest.errors import malformed
from thorbis_monitor.ingest.formats.base import Accepted
from thorbis_monitor.ingest.formats.otlp.values import DROPPED_PREFIX

_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
"""How JSON in the mapping of protobuf names numbers that JSON lacks."""

Request = TypeVar("Request", ExportLogsServiceRequest, ExportMetricsServiceRequest, ExportTraceServiceRequest)


def accept_logs(body: bytes, _query: str = "") -> Accepted:
    """Check an ``ExportLogsServiceRequest``."""
    request = _parse(ExportLogsServiceRequest, body)
    return Accepted(body, sum(len(sl.log_records) for rl in request.resource_logs for sl in rl.scope_logs))


def accept_metrics(body: bytes, _query: str = "") -> Accepted:
    """Check an ``ExportMetricsServiceRequest``."""
    request = _parse(ExportMetricsServiceRequest, body)
    return Accepted(body, sum(len(_points(metric)) for metric in _metrics(request)))


def accept_traces(body: bytes, _query: str = "") -> Accepted:
    """Check an ``ExportTraceServiceRequest``."""
    request = _parse(ExportTraceServiceRequest, body)
    return Accepted(body, sum(len(ss.spans) for rs in request.resource_spans for ss in rs.scope_spans))


def simplify_logs(payload: bytes) -> bytes:
    """Replace nested values by their JSON text, and counts of dropped attributes by an attribute."""
    request = ExportLogsServiceRequest.FromString(payload)
    changed = False
    for resource_logs in request.resource_logs:
        changed |= _simplify(resource_logs.resource)
        for scope_logs in resource_logs.scope_logs:
            changed |= _simplify(scope_logs.scope)
            for record in scope_logs.log_records:
                changed |= _simplify(record) | _flatten_value(record.body)
    return request.SerializeToString() if changed else payload


def simplify_metrics(payload: bytes) -> bytes:
    """Replace nested values by their JSON text, and the resource's count of dropped attributes by an attribute."""
    request = ExportMetricsServiceRequest.FromString(payload)
    changed = False
    for resource_metrics in request.resource_metrics:
        changed |= _simplify(resource_metrics.resource)
        for scope_metrics in resource_metrics.scope_metrics:
            changed |= _flatten(scope_metrics.scope.attributes)
    for metric in _metrics(request):
        changed |= _flatten(metric.metadata)
        for point in _points(metric):
            changed |= _flatten(point.attributes)
            for exemplar in getattr(point, "exemplars", ()):
                changed |= _flatten(exemplar.filtered_attributes)
    return request.SerializeToString() if changed else payload


def simplify_traces(payload: bytes) -> bytes:
    """Replace nested values by their JSON text, and counts of what was dropped by attributes."""
    request = ExportTraceServiceRequest.FromString(payload)
    changed = False
    for resource_spans in request.resource_spans:
        changed |= _simplify(resource_spans.resource)
        for scope_spans in resource_spans.scope_spans:
            changed |= _simplify(scope_spans.scope)
            for span in scope_spans.spans:
                changed |= _simplify(span) | _tell(span, "dropped_events_count") | _tell(span, "dropped_links_count")
                for event in span.events:
                    changed |= _simplify(event)
                for link in span.links:
                    changed |= _simplify(link)
    return request.SerializeToString() if changed else payload


def plain_value(value: AnyValue) -> object:
    """An attribute value as JSON knows it; bytes as base64, numbers that JSON lacks as text."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [plain_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: plain_value(item.value) for item in value.kvlist_value.values}
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    if kind == "double_value" and not math.isfinite(value.double_value):
        return _NOT_FINITE[str(value.double_value)]
    plain: object = getattr(value, kind)
    return plain


def _parse(kind: type[Request], body: bytes) -> Request:
    try:
        return kind.FromString(body)
    except DecodeError as error:
        reason = f"the body is not an OTLP {kind.__name__} in protobuf: {error}"
        raise malformed(reason) from error


def _metrics(request: ExportMetricsServiceRequest) -> Iterator[Metric]:
    for resource_metrics in request.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            yield from scope_metrics.metrics


def _points(metric: Metric) -> Sequence[Any]:  # five unrelated types of points
    kind = metric.WhichOneof("data")
    points: Sequence[Any] = getattr(metric, kind).data_points if kind else ()
    return points


def _simplify(owner: Resource | InstrumentationScope | LogRecord | Span | Span.Event | Span.Link) -> bool:
    return _flatten(owner.attributes) | _tell(owner, "dropped_attributes_count")


def _tell(owner: Any, count: str) -> bool:
    """Make an attribute of a count of what the sender dropped."""
    dropped = getattr(owner, count)
    if dropped:
        owner.attributes.add(key=f"{DROPPED_PREFIX}{count}").value.int_value = dropped
        setattr(owner, count, 0)
    return bool(dropped)


def _flatten(attributes: Iterable[KeyValue]) -> bool:
    changed = False
    for attribute in attributes:
        changed |= _flatten_value(attribute.value)
    return changed


def _flatten_value(value: AnyValue) -> bool:
    if value.WhichOneof("value") not in {"array_value", "kvlist_value"}:
        return False
    value.string_value = msgspec.json.encode(plain_value(value)).decode()
    return True
