"""SQL fragments shared by all OTLP statements: attribute values, ids, times."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from thorbis_monitor.ingest.formats.base import BEYOND_COLUMNS

ANY_VALUE = (
    "Tuple(stringValue Nullable(String), boolValue Nullable(Bool), intValue Nullable(Int64), "
    "doubleValue Nullable(Float64), arrayValue Nullable(String), kvlistValue Nullable(String), "
    "bytesValue Nullable(String))"
)
"""Nullable tells an absent member of the oneof from a zero."""

KEY_VALUES = f"Array(Tuple(key String, value {ANY_VALUE}))"
RESOURCE = f"Tuple(attributes {KEY_VALUES}, droppedAttributesCount UInt32)"
SCOPE = f"Tuple(name String, version String, attributes {KEY_VALUES}, droppedAttributesCount UInt32)"
DROPPED_PREFIX = "otel."
"""Counts of what the sender dropped become attributes such as ``otel.dropped_attributes_count`` (the mapping of
OpenTelemetry to formats without such fields)."""


def nothing_dropped(*counts: str) -> str:
    """0; but where a sender counted dropped attributes, the segment is refused so that they become an attribute."""
    return f"throwIf({' + '.join(counts)} > 0, '{BEYOND_COLUMNS}')"


def unnest(inner: str, array: str, item: str, keep: Mapping[str, str]) -> str:
    """One row per item of an array of the inner query, beside what is kept of the row that held it.

    What is kept is taken out before the array is unfolded: a row that held thousands of items is not copied
    for each of them.
    """
    kept = ", ".join(f"{expression} AS {name}" for name, expression in keep.items())
    return (
        f"SELECT {', '.join([*keep, f'arrayJoin(items) AS {item}'])}\n"
        f"FROM (SELECT {', '.join(filter(None, [kept, f'{array} AS items']))} FROM ({inner}))"
    )


@dataclass(frozen=True, slots=True)
class Encoding:
    """What differs between the encodings: how ids and bytes read."""

    id_template: str
    bytes_template: str

    def id(self, value: str) -> str:
        """A trace or span id as lower-case hex."""
        return self.id_template.format(value)

    def text(self, value: str) -> str:
        """Any value as text; values that hold values refuse the segment so that it is simplified."""
        nested = f"isNotNull({value}.arrayValue) OR isNotNull({value}.kvlistValue)"
        return (
            f"coalesce({value}.stringValue, toString({value}.intValue), toString({value}.doubleValue), "
            f"toString({value}.boolValue), {self.bytes_template.format(value + '.bytesValue')}, "
            f"if(throwIf({nested}, '{BEYOND_COLUMNS}') = 0, '', ''))"
        )

    def attributes(self, key_values: str) -> str:
        """A list of key-values as a map."""
        return f"mapFromArrays({key_values}.key, arrayMap(v -> {self.text('v')}, {key_values}.value))"


PROTOBUF = Encoding("lower(hex({}))", "base64Encode({})")
JSON = Encoding("lower({})", "{}")


def time(nanoseconds: str) -> str:
    """A moment given in nanoseconds since the epoch."""
    return f"fromUnixTimestamp64Nano(toInt64({nanoseconds}), 'UTC')"


def scopes(encoding: Encoding, resources: str, scopes_of: str) -> str:
    """One row per scope ``sl`` of a request, beside the columns of its resource."""
    each_resource = unnest("SELECT * FROM {source}", resources, "rl", {})
    columns = {
        "ra": encoding.attributes("rl.resource.attributes"),
        "ra_dropped": "rl.resource.droppedAttributesCount",
        "resource_url": "rl.schemaUrl",
    }
    return unnest(each_resource, f"rl.{scopes_of}", "sl", columns)


def scope_columns(encoding: Encoding) -> dict[str, str]:
    """What is kept of a scope and its resource for each of its records."""
    return {
        "ra": "ra",
        "ra_dropped": "ra_dropped",
        "resource_url": "resource_url",
        "sa": encoding.attributes("sl.scope.attributes"),
        "sa_dropped": "sl.scope.droppedAttributesCount",
        "scope_name": "sl.scope.name",
        "scope_version": "sl.scope.version",
        "scope_url": "sl.schemaUrl",
    }


@dataclass(frozen=True, slots=True)
class Target:
    """A table that requests of a signal fill: ``columns`` gives name and expression, ``select`` the whole query."""

    table: str
    structure: str
    columns: Callable[[Encoding], Mapping[str, str]]
    select: Callable[[Encoding], str]
