"""Writing ClickHouse expressions: literals and the few shapes that the formats share."""

import re
from collections.abc import Mapping, Sequence

from thorbis_monitor.store.telemetry.sql import literal

_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")


def identifier(name: str) -> str:
    """Check that a name can stand in a statement as it is.

    Raises:
        ValueError: the name has other characters than lower-case letters, digits and underscores.
    """
    if not _IDENTIFIER.fullmatch(name):
        message = f"{name!r} is not a usable name; write lower-case letters, digits and underscores"
        raise ValueError(message)
    return name


def choose(cases: Sequence[tuple[str, str]], otherwise: str) -> str:
    """The value of the first case whose condition holds; the others are not computed for that row."""
    if not cases:
        return otherwise
    return f"multiIf({', '.join(f'{condition}, {value}' for condition, value in cases)}, {otherwise})"


def translate(subject: str, table: Mapping[str, int], otherwise: str) -> str:
    """The number that belongs to a text, or ``otherwise``."""
    keys = ", ".join(literal(key) for key in table)
    values = ", ".join(str(value) for value in table.values())
    return f"transform({subject}, [{keys}], [{values}], {otherwise})"


def mapping(entries: Mapping[str, str]) -> str:
    """A map of attribute names to the values of expressions."""
    if not entries:
        return "CAST(map(), 'Map(String, String)')"
    return f"map({', '.join(f'{literal(name)}, {value}' for name, value in entries.items())})"
