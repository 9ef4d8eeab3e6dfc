"""Log lines: ``POST /ingest/logs``."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from thorbis_monitor.ingest.formats.base import Accepted, LoadStatement
from thorbis_monitor.ingest.formats.ndjson.lines import (
    RESOURCE,
    TIME,
    Line,
    OddLineError,
    accept_lines,
    moment,
    present,
)

_LEVEL_NAMES = {
    "error": 0,
    "err": 0,
    "fatal": 0,
    "critical": 0,
    "panic": 0,
    "emergency": 0,
    "alert": 0,
    "warn": 1,
    "warning": 1,
    "notice": 2,
    "info": 2,
    "information": 2,
    "informational": 2,
    "debug": 3,
    "trace": 4,
    "verbose": 4,
}
_Text = str | int | float | bool | None


class ErrorPart(Struct, forbid_unknown_fields=True):
    """What went wrong."""

    name: str | None = None
    message: str | None = None
    stack: str | None = None
    code: _Text = None
    cause: Raw | None = None


class PerformancePart(Struct, forbid_unknown_fields=True, rename="camel"):
    """Duration in ms, memory in MB, CPU in percent."""

    duration: float | None = None
    memory_usage: float | None = None
    cpu_usage: float | None = None


class BusinessPart(Struct, forbid_unknown_fields=True, rename="camel"):
    """Ids of the business."""

    tenant_id: _Text = None
    work_order_id: _Text = None
    customer_id: _Text = None
    transaction_id: _Text = None


class LogLine(Struct, forbid_unknown_fields=True, rename="camel"):
    """One log record on the wire."""

    message: str
    level: Literal[0, 1, 2, 3, 4] = 2
    timestamp: datetime | None = None
    environment: str | None = None
    service: str | None = None
    user_id: _Text = None
    session_id: _Text = None
    request_id: _Text = None
    trace_id: str | None = None
    span_id: str | None = None
    component: str | None = None
    function: str | None = None
    data: dict[str, Raw] | None = None
    error: ErrorPart | None = None
    performance: PerformancePart | None = None
    business: BusinessPart | None = None


_decoder = msgspec.json.Decoder(LogLine)
_KNOWN = frozenset(LogLine.__struct_encode_fields__)
_PARTS: dict[str, frozenset[str]] = {
    "error": frozenset(ErrorPart.__struct_encode_fields__),
    "performance": frozenset(PerformancePart.__struct_encode_fields__),
    "business": frozenset(BusinessPart.__struct_encode_fields__),
}


def accept(body: bytes, _query: str = "") -> Accepted:
    """Check a body of log lines."""
    return accept_lines(body, [_decoder], rewrite)


def rewrite(line: Line) -> Line:
    """Bring an odd line into the usual shape: what has no place of its own goes to ``data``."""
    if "message" not in line:
        raise OddLineError('the key "message" is missing')
    usual = {key: value for key, value in line.items() if key in _KNOWN}
    data = dict(usual["data"]) if isinstance(usual.get("data"), dict) else {}
    if "data" in usual and not isinstance(usual["data"], dict | None):
        data["data"] = usual["data"]
    data |= {key: value for key, value in line.items() if key not in _KNOWN and key not in data}
    for part, known in _PARTS.items():
        _rewrite_part(usual, part, known, data)
    if not isinstance(usual["message"], str):
        usual["message"] = msgspec.json.encode(usual["message"]).decode()
    if "level" in usual:
        usual["level"] = _level(usual["level"])
    if isinstance(usual.get("timestamp"), int | float):
        usual["timestamp"] = moment(usual["timestamp"])
    usual["data"] = data or None
    return usual


def _rewrite_part(usual: Line, part: str, known: frozenset[str], data: dict[str, Any]) -> None:
    value = usual.get(part)
    if isinstance(value, dict):
        data |= {f"{part}.{key}": item for key, item in value.items() if key not in known}
        usual[part] = {key: item for key, item in value.items() if key in known}
    elif value is not None:
        data[part] = usual.pop(part)


def _level(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 4:  # noqa: PLR2004 - TRACE is 4
        return value
    if isinstance(value, str) and value.strip().lower() in _LEVEL_NAMES:
        return _LEVEL_NAMES[value.strip().lower()]
    raise OddLineError(f"level {value!r} is neither a number from 0 (ERROR) to 4 (TRACE) nor the name of a level")


_STRUCTURE = (
    '"~" Array(UInt64), timestamp String, level Nullable(UInt8), message String, environment String, service String, '
    "userId String, sessionId String, requestId String, traceId String, spanId String, component String, "
    '"function" String, data String, '
    "error Tuple(name String, message String, stack String, code String, cause String), "
    "performance Tuple(duration Nullable(Float64), memoryUsage Nullable(Float64), cpuUsage Nullable(Float64)), "
    "business Tuple(tenantId String, workOrderId String, customerId String, transactionId String)"
)
_OWN_ATTRIBUTES = {
    "user.id": "userId",
    "session.id": "sessionId",
    "request.id": "requestId",
    "component": "component",
    "function": '"function"',
    "exception.type": "error.name",
    "exception.message": "error.message",
    "exception.stacktrace": "error.stack",
    "error.code": "error.code",
    "exception.cause": "error.cause",
    "performance.duration": "ifNull(toString(performance.duration), '')",
    "performance.memoryUsage": "ifNull(toString(performance.memoryUsage), '')",
    "performance.cpuUsage": "ifNull(toString(performance.cpuUsage), '')",
    "business.tenantId": "business.tenantId",
    "business.workOrderId": "business.workOrderId",
    "business.customerId": "business.customerId",
    "business.transactionId": "business.transactionId",
}


_DATA = "CAST(JSONExtractKeysAndValues(data, 'String'), 'Map(LowCardinality(String), String)')"
_LEVEL = "ifNull(level, 2)"
_COLUMNS = {
    "Timestamp": TIME,
    "ObservedTimestamp": TIME,
    "TraceId": "lower(traceId)",
    "SpanId": "lower(spanId)",
    "SeverityText": f"transform({_LEVEL}, [0, 1, 2, 3, 4], ['ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'], 'INFO')",
    "SeverityNumber": f"toUInt8(transform({_LEVEL}, [0, 1, 2, 3, 4], [17, 13, 9, 5, 1], 9))",
    "ServiceName": "service",
    "Body": "message",
    "ResourceAttributes": RESOURCE,
    "LogAttributes": f"if(data = '', {present(_OWN_ATTRIBUTES)}, mapConcat({_DATA}, {present(_OWN_ATTRIBUTES)}))",
}
STATEMENT = LoadStatement(
    "otel_logs",
    list(_COLUMNS),
    f"SELECT {', '.join(_COLUMNS.values())} FROM {{source}} WHERE empty(`~`)",
    _STRUCTURE,
    "JSONEachRow",
    {
        "input_format_skip_unknown_fields": 1,
        "input_format_json_read_numbers_as_strings": 1,
        "input_format_json_read_bools_as_strings": 1,
        "input_format_json_read_objects_as_strings": 1,
        "input_format_json_read_arrays_as_strings": 1,
        "input_format_json_defaults_for_missing_elements_in_named_tuple": 1,
        "input_format_null_as_default": 1,
    },
)
"""One row per line; a line without a time gets the time of its arrival."""
