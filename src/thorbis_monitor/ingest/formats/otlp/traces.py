"""OTLP traces into ``otel_traces``."""

from thorbis_monitor.ingest.formats.otlp.values import (
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

_EVENT = f"Tuple(timeUnixNano UInt64, name String, attributes {KEY_VALUES}, droppedAttributesCount UInt32)"
_LINK = (
    f"Tuple(traceId String, spanId String, traceState String, attributes {KEY_VALUES}, "
    "droppedAttributesCount UInt32, flags UInt32)"
)
_SPAN = (
    "Tuple(traceId String, spanId String, traceState String, parentSpanId String, name String, kind Int32, "
    f"startTimeUnixNano UInt64, endTimeUnixNano UInt64, attributes {KEY_VALUES}, droppedAttributesCount UInt32, "
    f"events Array({_EVENT}), droppedEventsCount UInt32, links Array({_LINK}), droppedLinksCount UInt32, "
    "status Tuple(message String, code Int32), flags UInt32)"
)
STRUCTURE = (
    f"resourceSpans Array(Tuple(resource {RESOURCE}, scopeSpans Array(Tuple(scope {SCOPE}, "
    f"spans Array({_SPAN}), schemaUrl String)), schemaUrl String))"
)
_NOTHING_DROPPED = nothing_dropped(
    "sp.droppedAttributesCount",
    "sp.droppedEventsCount",
    "sp.droppedLinksCount",
    "arraySum(sp.events.droppedAttributesCount)",
    "arraySum(sp.links.droppedAttributesCount)",
    "sa_dropped",
    "ra_dropped",
)
_KINDS = "[1, 2, 3, 4, 5], ['Internal', 'Server', 'Client', 'Producer', 'Consumer'], 'Unspecified'"
_CODES = "[1, 2], ['Ok', 'Error'], 'Unset'"


def columns(encoding: Encoding) -> dict[str, str]:
    """Column name to expression over one row per span ``sp``, beside the columns of its resource and scope."""
    start = f"if(sp.startTimeUnixNano = 0, {{arrival}}, {time('sp.startTimeUnixNano')})"
    duration = "if(sp.endTimeUnixNano > sp.startTimeUnixNano, sp.endTimeUnixNano - sp.startTimeUnixNano, 0)"
    return {
        "Timestamp": start,
        "TraceId": encoding.id("sp.traceId"),
        "SpanId": encoding.id("sp.spanId"),
        "ParentSpanId": encoding.id("sp.parentSpanId"),
        "TraceState": "sp.traceState",
        "Flags": f"sp.flags + {_NOTHING_DROPPED}",
        "SpanName": "sp.name",
        "SpanKind": f"transform(sp.kind, {_KINDS})",
        "ServiceName": "ra['service.name']",
        "ResourceAttributes": "ra",
        "ResourceSchemaUrl": "resource_url",
        "ScopeName": "scope_name",
        "ScopeVersion": "scope_version",
        "ScopeAttributes": "sa",
        "ScopeSchemaUrl": "scope_url",
        "SpanAttributes": encoding.attributes("sp.attributes"),
        "Duration": duration,
        "StatusCode": f"transform(sp.status.code, {_CODES})",
        "StatusMessage": "sp.status.message",
        "Events.Timestamp": f"arrayMap(e -> {time('e.timeUnixNano')}, sp.events)",
        "Events.Name": "sp.events.name",
        "Events.Attributes": f"arrayMap(e -> {encoding.attributes('e.attributes')}, sp.events)",
        "Links.TraceId": f"arrayMap(k -> {encoding.id('k.traceId')}, sp.links)",
        "Links.SpanId": f"arrayMap(k -> {encoding.id('k.spanId')}, sp.links)",
        "Links.TraceState": "sp.links.traceState",
        "Links.Attributes": f"arrayMap(k -> {encoding.attributes('k.attributes')}, sp.links)",
        "Links.Flags": "sp.links.flags",
    }


def select(encoding: Encoding) -> str:
    """One row per span."""
    each_scope = scopes(encoding, "resourceSpans", "scopeSpans")
    each_span = unnest(each_scope, "sl.spans", "sp", scope_columns(encoding))
    return f"SELECT {', '.join(columns(encoding).values())} FROM ({each_span})"


TARGETS = (Target("otel_traces", STRUCTURE, columns, select),)
"""The one table of the signal."""
