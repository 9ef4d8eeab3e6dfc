"""The engine's decoding of OTLP, field by field against the ``opentelemetry-proto`` package."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.fixtures.ingest import Pipeline
from tests.ingest import otlp_reference as reference
from tests.ingest.otlp_requests import logs_requests, metrics_requests, traces_requests
from thorbis_monitor.store.telemetry.schema import TABLES

_MAPS = ("ResourceAttributes", "ScopeAttributes", "LogAttributes", "Attributes", "MetricMetadata", "SpanAttributes")
_LISTS_OF_MAPS = ("Exemplars.FilteredAttributes", "Events.Attributes", "Links.Attributes")
_LOG_TIMES = "toUnixTimestamp64Nano(Timestamp) AS timestamp_ns, toUnixTimestamp64Nano(ObservedTimestamp) AS observed_ns"
_POINT_TIMES = "toUnixTimestamp64Nano(StartTimeUnix) AS start_ns, toUnixTimestamp64Nano(TimeUnix) AS time_ns"
_SPAN_TIMES = (
    "toUnixTimestamp64Nano(Timestamp) AS start_ns, "
    "arrayMap(t -> toUnixTimestamp64Nano(t), `Events.Timestamp`) AS event_ns"
)
_EXEMPLAR_TIMES = "arrayMap(t -> toUnixTimestamp64Nano(t), `Exemplars.TimeUnix`) AS exemplar_ns"
_each_example_in_empty_tables = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking through the engine takes minutes
)


@_each_example_in_empty_tables
@given(requests=st.lists(logs_requests, min_size=1, max_size=3))
def test_every_field_of_a_log_record_arrives_from_protobuf(
    pipeline: Pipeline, requests: list[ExportLogsServiceRequest]
) -> None:
    _empty(pipeline)
    pipeline.store("logs-otlp-protobuf", *(request.SerializeToString() for request in requests))
    _assert_logs(pipeline, requests)


@_each_example_in_empty_tables
@given(requests=st.lists(logs_requests, min_size=1, max_size=3))
def test_every_field_of_a_log_record_arrives_from_json(
    pipeline: Pipeline, requests: list[ExportLogsServiceRequest]
) -> None:
    _empty(pipeline)
    pipeline.store("logs-otlp-json", *(otlp_json(request) for request in requests))
    _assert_logs(pipeline, requests)


@_each_example_in_empty_tables
@given(requests=st.lists(metrics_requests, min_size=1, max_size=3))
def test_every_field_of_every_metric_type_arrives_from_protobuf(
    pipeline: Pipeline, requests: list[ExportMetricsServiceRequest]
) -> None:
    _empty(pipeline)
    pipeline.store("metrics-otlp-protobuf", *(request.SerializeToString() for request in requests))
    _assert_metrics(pipeline, requests)


@_each_example_in_empty_tables
@given(requests=st.lists(metrics_requests, min_size=1, max_size=3))
def test_every_field_of_every_metric_type_arrives_from_json(
    pipeline: Pipeline, requests: list[ExportMetricsServiceRequest]
) -> None:
    _empty(pipeline)
    pipeline.store("metrics-otlp-json", *(otlp_json(request) for request in requests))
    _assert_metrics(pipeline, requests)


@_each_example_in_empty_tables
@given(requests=st.lists(traces_requests, min_size=1, max_size=3))
def test_every_field_of_a_span_arrives_from_protobuf(
    pipeline: Pipeline, requests: list[ExportTraceServiceRequest]
) -> None:
    _empty(pipeline)
    pipeline.store("traces-otlp-protobuf", *(request.SerializeToString() for request in requests))
    _assert_spans(pipeline, requests)


@_each_example_in_empty_tables
@given(requests=st.lists(traces_requests, min_size=1, max_size=3))
def test_every_field_of_a_span_arrives_from_json(pipeline: Pipeline, requests: list[ExportTraceServiceRequest]) -> None:
    _empty(pipeline)
    pipeline.store("traces-otlp-json", *(otlp_json(request) for request in requests))
    _assert_spans(pipeline, requests)


@pytest.mark.parametrize("signal", ["logs", "metrics", "traces"])
def test_a_request_without_records_stores_nothing(pipeline: Pipeline, signal: str) -> None:
    pipeline.store(f"{signal}-otlp-protobuf", b"")
    pipeline.store(f"{signal}-otlp-json", b"{}")
    for table in TABLES:
        assert pipeline.telemetry.query(f"SELECT count() AS n FROM {table}") == [{"n": 0}]


def otlp_json(request: Message) -> bytes:
    """A request in OTLP's JSON: as protobuf's, but ids in hex and enums as numbers."""
    document = MessageToDict(request, use_integers_for_enums=True)
    _hex_ids(document)
    return msgspec.json.encode(document)


def _hex_ids(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _hex_ids(item)
    elif isinstance(node, dict):
        for key in ("traceId", "spanId", "parentSpanId"):
            if isinstance(node.get(key), str):
                node[key] = base64.b64decode(node[key]).hex()
        for item in node.values():
            _hex_ids(item)


def _empty(pipeline: Pipeline) -> None:
    for table in TABLES:
        pipeline.telemetry.execute(f"TRUNCATE TABLE {table}")


def _assert_logs(pipeline: Pipeline, requests: Iterable[ExportLogsServiceRequest]) -> None:
    expected = [row for request in requests for row in reference.log_rows(request)]
    stored = pipeline.telemetry.query(f"SELECT *, {_LOG_TIMES} FROM otel_logs")
    assert pipeline.dead_letters.count() == 0
    _assert_same(stored, expected)


def _assert_spans(pipeline: Pipeline, requests: Iterable[ExportTraceServiceRequest]) -> None:
    expected = [row for request in requests for row in reference.span_rows(request)]
    stored = pipeline.telemetry.query(f"SELECT *, {_SPAN_TIMES} FROM otel_traces")
    assert pipeline.dead_letters.count() == 0
    _assert_same(stored, expected)


def _assert_metrics(pipeline: Pipeline, requests: Iterable[ExportMetricsServiceRequest]) -> None:
    requests = list(requests)
    assert pipeline.dead_letters.count() == 0
    for member in ("gauge", "sum", "histogram", "exponential_histogram", "summary"):
        times = _POINT_TIMES if member == "summary" else f"{_POINT_TIMES}, {_EXEMPLAR_TIMES}"
        stored = pipeline.telemetry.query(f"SELECT *, {times} FROM otel_metrics_{member}")
        expected = [row for request in requests for row in reference.metric_rows(request, member)]
        _assert_same(stored, expected)


def _assert_same(stored: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(stored) == len(expected)
    if expected:
        columns = list(expected[0])
        pairs = zip(_sorted(_comparable(row, columns) for row in stored), _sorted(expected), strict=True)
        for arrived, sent in pairs:
            assert {key: (value, sent[key]) for key, value in arrived.items() if value != sent[key]} == {}


def _comparable(row: Mapping[str, Any], columns: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        column: list(row[column]) if isinstance(row[column], tuple) else row[column] for column in columns
    }
    for column in _MAPS:
        if column in made:
            made[column] = reference.stored_attributes(made[column])
    for column in ("Body", "ServiceName"):
        if column in made:
            made[column] = reference.comparable(made[column])
    for column in _LISTS_OF_MAPS:
        if column in made:
            made[column] = [reference.stored_attributes(item) for item in made[column]]
    return made


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: repr(sorted(row.items())))
