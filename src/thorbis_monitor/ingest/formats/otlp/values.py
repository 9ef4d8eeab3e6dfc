"""SQL fragments shared by all OTLP statements: attribute values, ids, times."""

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
DROPPED = "otel.dropped_attributes_count"
"""Attribute name for the count of attributes that the sender dropped (OTel mapping to non-OTLP formats)."""


def nothing_dropped(*counts: str) -> str:
    """0; but where a sender counted dropped attributes, the segment is refused so that they become an attribute."""
    return f"throwIf({' OR '.join(f'{count} > 0' for count in counts)}, '{BEYOND_COLUMNS}')"


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
