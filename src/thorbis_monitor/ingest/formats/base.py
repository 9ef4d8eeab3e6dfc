"""What a format has to provide."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from thorbis_monitor.ingest.spool.framing import Framing


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that may be stored: the bytes for the spool and how many records they hold."""

    payload: bytes
    records: int


@dataclass(frozen=True, slots=True)
class LoadStatement:
    """Fills one table from one segment.

    ``select`` is a query with the columns ``columns`` over ``{source}``, a table expression whose rows have
    ``structure``, read in the engine's ``input_format``. ``{arrival}`` is the segment's time of arrival as an
    expression of type DateTime64(9).
    """

    table: str
    columns: Sequence[str]
    select: str
    structure: str
    input_format: str
    settings: Mapping[str, str | int] = field(default_factory=dict)


def _unchanged(payload: bytes) -> bytes:
    """Nothing in a payload of most formats is beyond the engine."""
    return payload


@dataclass(frozen=True, slots=True)
class IngestFormat:
    """One format of one signal.

    ``accept`` checks a request body (and the query string of its URL) without looping over its records in
    Python and raises ``RefusedError``;
    ``simplify`` rewrites a payload that is valid but that the engine cannot express; it returns the payload
    itself when there is nothing to rewrite.
    """

    kind: str
    framing: Framing
    accept: Callable[[bytes, str], Accepted]
    statements: Sequence[LoadStatement]
    simplify: Callable[[bytes], bytes] = _unchanged


BEYOND_COLUMNS = "a value is beyond the columns"
"""The engine's statement raises this text (``throwIf``) when a segment needs ``simplify``."""
