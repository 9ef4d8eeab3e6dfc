"""OTLP logs into ``otel_logs``."""

from thorbis_monitor.ingest.formats.otlp.values import (
    ANY_VALUE,
    KEY_VALUES,
    RESOURCE,
    SCOPE,
    Encoding,
    Target,
    nothing_dropped,
    scope_columns,
    scopes,
    time,
    unnest,
)

_RECORD = (
    "Tuple(timeUnixNano UInt64, observedTimeUnixNano UInt64, severityNumber Int32, severityText String, "
    f"body {ANY_VALUE}, attributes {KEY_VALUES}, droppedAttributesCount UInt32, flags UInt32, "
    "traceId String, spanId String, eventName String)"
)
STRUCTURE = (
    f"resourceLogs Array(Tuple(resource {RESOURCE}, scopeLogs Array(Tuple(scope {SCOPE}, "
    f"logRecords Array({_RECORD}), schemaUrl String)), schemaUrl String))"
)


_NOTHING_DROPPED = nothing_dropped("lr.droppedAttributesCount", "sa_dropped", "ra_dropped")


def columns(encoding: Encoding) -> dict[str, str]:
    """Column name to expression over one row per record ``lr``, beside the columns of its resource and scope."""
    observed = f"if(lr.observedTimeUnixNano = 0, {{arrival}}, {time('lr.observedTimeUnixNano')})"
    return {
        "Timestamp": f"if(lr.timeUnixNano = 0, {observed}, {time('lr.timeUnixNano')})",
        "ObservedTimestamp": observed,
        "TraceId": encoding.id("lr.traceId"),
        "SpanId": encoding.id("lr.spanId"),
        "TraceFlags": f"toUInt8(bitAnd(lr.flags, 255) + {_NOTHING_DROPPED})",
        "SeverityText": "lr.severityText",
        "SeverityNumber": "toUInt8(greatest(0, least(24, lr.severityNumber)))",
        "ServiceName": "ra['service.name']",
        "Body": encoding.text("lr.body"),
        "ResourceSchemaUrl": "resource_url",
        "ResourceAttributes": "ra",
        "ScopeSchemaUrl": "scope_url",
        "ScopeName": "scope_name",
        "ScopeVersion": "scope_version",
        "ScopeAttributes": "sa",
        "LogAttributes": encoding.attributes("lr.attributes"),
        "EventName": "lr.eventName",
    }


def select(encoding: Encoding) -> str:
    """One row per record."""
    each_scope = scopes(encoding, "resourceLogs", "scopeLogs")
    each_record = unnest(each_scope, "sl.logRecords", "lr", scope_columns(encoding))
    return f"SELECT {', '.join(columns(encoding).values())} FROM ({each_record})"


TARGETS = (Target("otel_logs", STRUCTURE, columns, select),)
"""The one table of the signal."""
