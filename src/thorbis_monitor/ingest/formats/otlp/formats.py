"""The OTLP formats: three signals in two encodings."""

from collections.abc import Mapping, Sequence
from importlib.resources import files

from thorbis_monitor.ingest.formats.base import IngestFormat, LoadStatement
from thorbis_monitor.ingest.formats.otlp import json, logs, metrics, protobuf, traces
from thorbis_monitor.ingest.formats.otlp.values import JSON, PROTOBUF, Encoding, Target
from thorbis_monitor.ingest.spool.framing import JSON_LINES, ProtobufFraming

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


def _protobuf(targets: Sequence[Target], message: str) -> list[LoadStatement]:
    return _statements(targets, PROTOBUF, "Protobuf", _protobuf_settings(message))


def _json(targets: Sequence[Target]) -> list[LoadStatement]:
    return _statements(targets, JSON, "JSONEachRow", _JSON_SETTINGS)


def _statements(
    targets: Sequence[Target], encoding: Encoding, input_format: str, settings: Mapping[str, str | int]
) -> list[LoadStatement]:
    return [
        LoadStatement(
            target.table,
            list(target.columns(encoding)),
            target.select(encoding),
            target.structure,
            input_format,
            settings,
        )
        for target in targets
    ]


FORMATS = (
    IngestFormat(
        "logs-otlp-protobuf",
        ProtobufFraming(),
        protobuf.accept_logs,
        _protobuf(logs.TARGETS, "Logs"),
        protobuf.simplify_logs,
    ),
    IngestFormat(
        "metrics-otlp-protobuf",
        ProtobufFraming(),
        protobuf.accept_metrics,
        _protobuf(metrics.TARGETS, "Metrics"),
        protobuf.simplify_metrics,
    ),
    IngestFormat(
        "logs-otlp-json",
        JSON_LINES,
        json.accept_logs,
        _json(logs.TARGETS),
        json.simplify_logs,
    ),
    IngestFormat(
        "metrics-otlp-json",
        JSON_LINES,
        json.accept_metrics,
        _json(metrics.TARGETS),
        json.simplify_metrics,
    ),
    IngestFormat(
        "traces-otlp-protobuf",
        ProtobufFraming(),
        protobuf.accept_traces,
        _protobuf(traces.TARGETS, "Traces"),
        protobuf.simplify_traces,
    ),
    IngestFormat(
        "traces-otlp-json",
        JSON_LINES,
        json.accept_traces,
        _json(traces.TARGETS),
        json.simplify_traces,
    ),
)
"""What ``/v1/logs``, ``/v1/metrics`` and ``/v1/traces`` take."""
