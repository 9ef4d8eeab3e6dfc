"""The peer: the same server, the same spool, but segments are decoded in Python and inserted as Arrow.

``python -m benchmarks.ingest.python_decoding DATA PORT``
"""

import base64
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

import thorbis_monitor.monitor as composition
from thorbis_monitor.ingest.loader import Loader
from thorbis_monitor.ingest.spool.segment import Segment
from thorbis_monitor.plan import read_plan
from thorbis_monitor.server.process import serve

_MAPS = {"ResourceAttributes", "ScopeAttributes", "LogAttributes"}


class PythonLoader(Loader):
    """Decodes with ``opentelemetry-proto`` and hands Arrow tables to the engine."""

    def _load(self, segment: Segment, *, may_simplify: bool = True) -> None:  # noqa: ARG002 - as the product's
        columns: dict[str, list[Any]] = defaultdict(list)
        for payload in self._spool.payloads(segment):
            _decode(ExportLogsServiceRequest.FromString(payload), columns)
        text_map = pa.map_(pa.string(), pa.string())
        table = pa.table(
            {
                name: pa.array(
                    values, text_map if name in _MAPS else pa.timestamp("ns") if "Timestamp" in name else None
                )
                for name, values in columns.items()
            }
        )
        with self._telemetry._borrow(self._telemetry._writer_free) as client:  # noqa: SLF001 - a peer, not a part
            client.insert_arrow("otel_logs", table)
        self._spool.remove(segment)


def _decode(request: ExportLogsServiceRequest, columns: dict[str, list[Any]]) -> None:
    for resource_logs in request.resource_logs:
        resource = _attributes(resource_logs.resource.attributes)
        for scope_logs in resource_logs.scope_logs:
            scope = scope_logs.scope
            scope_attributes = _attributes(scope.attributes)
            for record in scope_logs.log_records:
                columns["Timestamp"].append(record.time_unix_nano or record.observed_time_unix_nano)
                columns["ObservedTimestamp"].append(record.observed_time_unix_nano)
                columns["TraceId"].append(record.trace_id.hex())
                columns["SpanId"].append(record.span_id.hex())
                columns["TraceFlags"].append(record.flags & 0xFF)
                columns["SeverityText"].append(record.severity_text)
                columns["SeverityNumber"].append(record.severity_number)
                columns["ServiceName"].append(dict(resource).get("service.name", ""))
                columns["Body"].append(_text(record.body))
                columns["ResourceSchemaUrl"].append(resource_logs.schema_url)
                columns["ResourceAttributes"].append(resource)
                columns["ScopeSchemaUrl"].append(scope_logs.schema_url)
                columns["ScopeName"].append(scope.name)
                columns["ScopeVersion"].append(scope.version)
                columns["ScopeAttributes"].append(scope_attributes)
                columns["LogAttributes"].append(_attributes(record.attributes))
                columns["EventName"].append(record.event_name)


def _attributes(items: Any) -> list[tuple[str, str]]:
    return [(item.key, _text(item.value)) for item in items] if items else []


def _text(value: AnyValue) -> str:
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return value.string_value
    if kind is None:
        return ""
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    return str(getattr(value, kind))


def main() -> None:
    """Serve with the other loader."""
    composition.Loader = PythonLoader  # type: ignore[misc]
    serve(read_plan(None, {"server.data": Path(sys.argv[1]), "server.port": int(sys.argv[2])}))


if __name__ == "__main__":
    main()
