"""Hypothesis strategies for OTLP requests: every field, every value type, nested values."""

from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1 import metrics_pb2 as m
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

text = st.text(max_size=12)
integers = st.integers(-(2**63), 2**63 - 1)
doubles = st.floats(allow_nan=False, allow_infinity=False)
moments = st.integers(1, 2_000_000_000_000_000_000)
optional_moments = st.one_of(st.just(0), moments)
counts = st.integers(0, 2**40)
trace_ids = st.one_of(st.just(b""), st.binary(min_size=16, max_size=16))
span_ids = st.one_of(st.just(b""), st.binary(min_size=8, max_size=8))

plain_values = st.one_of(
    st.builds(AnyValue),
    st.builds(AnyValue, string_value=text),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=integers),
    st.builds(AnyValue, double_value=st.one_of(doubles, st.sampled_from([float("nan"), float("inf")]))),
    st.builds(AnyValue, bytes_value=st.binary(max_size=12)),
)


def _nest(inner: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[AnyValue]:
    pairs = st.dictionaries(text, inner, max_size=3).map(
        lambda items: KeyValueList(values=[KeyValue(key=key, value=value) for key, value in items.items()])
    )
    arrays = st.lists(inner, max_size=3).map(lambda values: ArrayValue(values=values))
    return st.one_of(st.builds(AnyValue, array_value=arrays), st.builds(AnyValue, kvlist_value=pairs))


values = st.recursive(plain_values, _nest, max_leaves=6)
attributes = st.dictionaries(text, values, max_size=4).map(
    lambda items: [KeyValue(key=key, value=value) for key, value in items.items()]
)
resources = st.builds(Resource, attributes=attributes, dropped_attributes_count=st.integers(0, 3))
scopes = st.builds(
    InstrumentationScope,
    name=text,
    version=text,
    attributes=attributes,
    dropped_attributes_count=st.integers(0, 3),
)

log_records = st.builds(
    LogRecord,
    time_unix_nano=optional_moments,
    observed_time_unix_nano=moments,
    severity_number=st.integers(0, 24),
    severity_text=text,
    body=values,
    attributes=attributes,
    dropped_attributes_count=st.integers(0, 3),
    flags=st.integers(0, 255),
    trace_id=trace_ids,
    span_id=span_ids,
    event_name=text,
)
logs_requests = st.builds(
    ExportLogsServiceRequest,
    resource_logs=st.lists(
        st.builds(
            ResourceLogs,
            resource=resources,
            schema_url=text,
            scope_logs=st.lists(
                st.builds(ScopeLogs, scope=scopes, schema_url=text, log_records=st.lists(log_records, max_size=3)),
                max_size=2,
            ),
        ),
        max_size=2,
    ),
)

_exemplars = st.lists(
    st.one_of(
        st.builds(
            m.Exemplar,
            filtered_attributes=attributes,
            time_unix_nano=moments,
            as_double=doubles,
            span_id=span_ids,
            trace_id=trace_ids,
        ),
        st.builds(m.Exemplar, time_unix_nano=moments, as_int=st.integers(-(2**50), 2**50)),
    ),
    max_size=2,
)
_common = {
    "attributes": attributes,
    "start_time_unix_nano": optional_moments,
    "time_unix_nano": moments,
    "flags": st.integers(0, 1),
}
_numbers = st.one_of(
    st.builds(m.NumberDataPoint, **_common, exemplars=_exemplars, as_double=doubles),
    st.builds(m.NumberDataPoint, **_common, as_int=st.integers(-(2**53), 2**53)),
    st.builds(m.NumberDataPoint, **_common),
)
_moments_of = {"count": counts, "sum": doubles, "min": doubles, "max": doubles}
_histograms = st.builds(
    m.HistogramDataPoint,
    **_common,
    **_moments_of,
    exemplars=_exemplars,
    bucket_counts=st.lists(counts, max_size=4),
    explicit_bounds=st.lists(doubles, max_size=3),
)
_buckets = st.builds(
    m.ExponentialHistogramDataPoint.Buckets,
    offset=st.integers(-1000, 1000),
    bucket_counts=st.lists(counts, max_size=4),
)
_exponentials = st.builds(
    m.ExponentialHistogramDataPoint,
    **_common,
    **_moments_of,
    exemplars=_exemplars,
    scale=st.integers(-10, 20),
    zero_count=counts,
    zero_threshold=doubles,
    positive=_buckets,
    negative=_buckets,
)
_summaries = st.builds(
    m.SummaryDataPoint,
    **_common,
    count=counts,
    sum=doubles,
    quantile_values=st.lists(
        st.builds(m.SummaryDataPoint.ValueAtQuantile, quantile=st.floats(0, 1), value=doubles), max_size=3
    ),
)
_temporality = st.sampled_from([0, 1, 2])


def _metric(**data: st.SearchStrategy[object]) -> st.SearchStrategy[m.Metric]:
    return st.builds(m.Metric, name=text, description=text, unit=text, metadata=attributes, **data)


def _points(points: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    return st.lists(points, max_size=2)


metrics = st.one_of(
    _metric(gauge=st.builds(m.Gauge, data_points=_points(_numbers))),
    _metric(
        sum=st.builds(
            m.Sum,
            data_points=_points(_numbers),
            aggregation_temporality=_temporality,
            is_monotonic=st.booleans(),
        )
    ),
    _metric(histogram=st.builds(m.Histogram, data_points=_points(_histograms), aggregation_temporality=_temporality)),
    _metric(
        exponential_histogram=st.builds(
            m.ExponentialHistogram, data_points=_points(_exponentials), aggregation_temporality=_temporality
        )
    ),
    _metric(summary=st.builds(m.Summary, data_points=_points(_summaries))),
)
metrics_requests = st.builds(
    ExportMetricsServiceRequest,
    resource_metrics=st.lists(
        st.builds(
            m.ResourceMetrics,
            resource=resources,
            schema_url=text,
            scope_metrics=st.lists(
                st.builds(m.ScopeMetrics, scope=scopes, schema_url=text, metrics=st.lists(metrics, max_size=4)),
                max_size=2,
            ),
        ),
        max_size=2,
    ),
)

_dropped = st.integers(0, 2)
_events = st.builds(
    Span.Event, time_unix_nano=moments, name=text, attributes=attributes, dropped_attributes_count=_dropped
)
_links = st.builds(
    Span.Link,
    trace_id=trace_ids,
    span_id=span_ids,
    trace_state=text,
    attributes=attributes,
    dropped_attributes_count=_dropped,
    flags=st.integers(0, 2**32 - 1),
)
spans = st.builds(
    Span,
    trace_id=trace_ids,
    span_id=span_ids,
    trace_state=text,
    parent_span_id=span_ids,
    name=text,
    kind=st.integers(0, 5),
    start_time_unix_nano=moments,
    end_time_unix_nano=moments,
    attributes=attributes,
    dropped_attributes_count=_dropped,
    events=st.lists(_events, max_size=2),
    dropped_events_count=_dropped,
    links=st.lists(_links, max_size=2),
    dropped_links_count=_dropped,
    status=st.builds(Status, message=text, code=st.integers(0, 2)),
    flags=st.integers(0, 2**32 - 1),
)
traces_requests = st.builds(
    ExportTraceServiceRequest,
    resource_spans=st.lists(
        st.builds(
            ResourceSpans,
            resource=resources,
            schema_url=text,
            scope_spans=st.lists(
                st.builds(ScopeSpans, scope=scopes, schema_url=text, spans=st.lists(spans, max_size=3)), max_size=2
            ),
        ),
        max_size=2,
    ),
)
