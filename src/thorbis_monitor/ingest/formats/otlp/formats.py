"""The OTLP formats: three signals in two encodings."""

from collections.abc import Mapping
from importlib.resources import files

from thorbis_monitor.ingest.formats.base import IngestFormat, LoadStatement
from thorbis_monitor.ingest.formats.otlp import json, logs, metrics, protobuf, traces
from thorbis_monitor.ingest.formats.otlp.values import JSON, PROTOBUF, Encoding
from thorbis_monitor.ingest.spool.framing import LineFraming, ProtobufFraming

_JSON_FRAMING = LineFraming(b'{"~":', b"}")
_JSON_SETTINGS: Mapping[str, str | int] = {
    "input_format_skip_unknown_fields": 1,
    "input_format_json_ignore_unknown_keys_in_named_tuple": 1,
    "input_format_json_defaults_for_missing_elements_in_named_tuple": 1,
    "input_format_json_read_objects_as_strings": 1,
    "input_format_json_read_arrays_as_strings": 1,
    "input_format_null_as_default": 1,
}


def _protobuf_settings(message: str) -> Mapping[str, str | int]:
    """The schema is read from its file: given as text the engine would write a copy into the working folder."""
    schema = files("thorbis_monitor.ingest.formats.otlp").joinpath("schema.proto")
    return {"format_schema": f"{schema}:{message}"}


def _log_statements(encoding: Encoding, input_format: str, settings: Mapping[str, str | int]) -> list[LoadStatement]:
    columns = list(logs.columns(encoding))
    return [LoadStatement("otel_logs", columns, logs.select(encoding), logs.STRUCTURE, input_format, settings)]


def _trace_statements(encoding: Encoding, input_format: str, settings: Mapping[str, str | int]) -> list[LoadStatement]:
    columns = list(traces.columns(encoding))
    return [LoadStatement("otel_traces", columns, traces.select(encoding), traces.STRUCTURE, input_format, settings)]


def _metric_statements(encoding: Encoding, input_format: str, settings: Mapping[str, str | int]) -> list[LoadStatement]:
    return [
        LoadStatement(
            kind.table,
            list(kind.columns(encoding)),
            kind.select(encoding),
            kind.structure,
            input_format,
            settings,
        )
        for kind in metrics.TYPES
    ]


FORMATS = (
    IngestFormat(
        "logs-otlp-protobuf",
        ProtobufFraming(),
        protobuf.accept_logs,
        _log_statements(PROTOBUF, "Protobuf", _protobuf_settings("Logs")),
        protobuf.simplify_logs,
    ),
    IngestFormat(
        "metrics-otlp-protobuf",
        ProtobufFraming(),
        protobuf.accept_metrics,
        _metric_statements(PROTOBUF, "Protobuf", _protobuf_settings("Metrics")),
        protobuf.simplify_metrics,
    ),
    IngestFormat(
        "logs-otlp-json",
        _JSON_FRAMING,
        json.accept_logs,
        _log_statements(JSON, "JSONEachRow", _JSON_SETTINGS),
        json.simplify_logs,
    ),
    IngestFormat(
        "metrics-otlp-json",
        _JSON_FRAMING,
        json.accept_metrics,
        _metric_statements(JSON, "JSONEachRow", _JSON_SETTINGS),
        json.simplify_metrics,
    ),
    IngestFormat(
        "traces-otlp-protobuf",
        ProtobufFraming(),
        protobuf.accept_traces,
        _trace_statements(PROTOBUF, "Protobuf", _protobuf_settings("Traces")),
        protobuf.simplify_traces,
    ),
    IngestFormat(
        "traces-otlp-json",
        _JSON_FRAMING,
        json.accept_traces,
        _trace_statements(JSON, "JSONEachRow", _JSON_SETTINGS),
        json.simplify_traces,
    ),
)
"""What ``/v1/logs``, ``/v1/metrics`` and ``/v1/traces`` take."""
