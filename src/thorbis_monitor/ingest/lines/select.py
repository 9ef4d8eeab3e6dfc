"""The statement that turns framed lines into rows of ``otel_logs``, all inside the engine.

Layer by layer: take the row apart, let every format that may apply capture its parts, pick the fields of the
first format that took the line, and write the columns. A format's expressions run only for its own lines.
"""

from collections.abc import Sequence
from functools import cache

from thorbis_monitor.ingest.lines.format import LineFormat
from thorbis_monitor.ingest.lines.registry import line_formats
from thorbis_monitor.ingest.lines.sql import choose
from thorbis_monitor.store.telemetry.sql import literal

COLUMNS = (
    "Timestamp",
    "TraceId",
    "SpanId",
    "SeverityText",
    "SeverityNumber",
    "ServiceName",
    "Body",
    "ResourceAttributes",
    "ScopeName",
    "LogAttributes",
)
"""The columns of ``otel_logs`` that ``lines_select`` fills, in its order."""

_RECORD_SEPARATOR = "char(30)"
_MAX_NANOSECONDS = 4_294_967_295 * 1_000_000_000
"""The last moment that the table's own columns can hold (year 2106)."""


def lines_select(source: str) -> str:
    """Write the SELECT over ``source``, a table expression with one String column ``line``.

    The rows are those of ``frame_lines``; a row that begins with a record separator (a mark of the spool) and
    a row without a line are left out, everything else becomes one record.
    """
    formats = tuple(line_formats())
    return f"{_RECORD} FROM (\n{_fields(formats)} FROM (\n{_detected(formats)} FROM (\n{_rows(source)})))"


def _rows(source: str) -> str:
    """Shift, reference, service, origin, cut length and line as columns."""
    first, second = "position(row, '\\t') AS t1", "position(row, '\\t', t1 + 1) AS t2"
    third, fourth = "position(row, '\\t', t2 + 1) AS t3", "position(row, '\\t', t3 + 1) AS t4"
    return (
        "SELECT toInt64OrZero(substring(row, 1, t1 - 1)) AS shift_ms,\n"
        " toDateTime64(toFloat64OrZero(substring(row, t1 + 1, t2 - t1 - 1)), 3, 'UTC') AS reference,\n"
        " substring(row, t2 + 1, t3 - t2 - 1) AS service,\n"
        " splitByChar('\\x1F', substring(row, t3 + 1, t4 - t3 - 1)) AS origins,\n"
        " origins[1] AS origin, origins[2] AS cut, substring(row, t4 + 1) AS line\n"
        f"FROM (SELECT toValidUTF8(line) AS row, {first}, {second}, {third}, {fourth}\n"
        f" FROM {source} WHERE NOT startsWith(line, {_RECORD_SEPARATOR}))\nWHERE line != ''"
    )


@cache
def _detected(formats: Sequence[LineFormat]) -> str:
    """The captures of every format, and the number of the one that has the line, from 1.

    ``indexOf`` over an array needs every capture of every row. Were they only used under conditions, the
    engine would compute a capture anew in each branch that uses it: measured, ten times slower.
    """
    captures: dict[str, str] = {}
    for line_format in formats:
        captures |= line_format.captures
    columns = "".join(f", {expression} AS {name}\n" for name, expression in captures.items())
    hits = ", ".join(f"({line_format.hit}) != 0" for line_format in formats)
    return f"SELECT *\n{columns}, indexOf([{hits}], 1) AS format"


@cache
def _fields(formats: Sequence[LineFormat]) -> str:
    """Each field by the format that has the line."""

    def by_format(values: Sequence[str]) -> str:
        cases = [(f"format = {index}", value) for index, value in enumerate(values[:-1], 1)]
        return choose(cases, values[-1])

    every = [line_format.fields for line_format in formats]
    names = ", ".join(literal(line_format.name) for line_format in formats)
    kept = ", ".join(str(index) for index, fields in enumerate(every, 1) if fields.keeps_line)
    return f"""SELECT shift_ms, reference, service, origin, cut, [{names}][format] AS name,
 if(format IN ({kept}), line, '') AS original,
 {by_format([line_format.time for line_format in formats])} AS time,
 {by_format([fields.trace_id for fields in every])} AS trace,
 {by_format([fields.span_id for fields in every])} AS span,
 {by_format([fields.severity_text for fields in every])} AS severity,
 {by_format([fields.severity_number for fields in every])} AS number,
 {by_format([fields.program for fields in every])} AS program,
 {by_format([fields.body for fields in every])} AS body,
 {by_format([fields.scope for fields in every])} AS scope,
 {by_format([fields.resource for fields in every])} AS resource,
 {by_format([fields.attributes for fields in every])} AS attributes"""


_SHIFTED = (
    f"least(toUnixTimestamp64Nano(ifNull(time, toDateTime64(reference, 9, 'UTC'))), {_MAX_NANOSECONDS})"
    " + shift_ms * 1000000"
)
"""The parsed time, else the reference, in nanoseconds."""

_RECORD = f"""SELECT
 fromUnixTimestamp64Nano(toInt64(greatest(0, least({_SHIFTED}, {_MAX_NANOSECONDS}))), 'UTC') AS Timestamp,
 trace AS TraceId,
 span AS SpanId,
 multiIf(severity != '', severity, number >= 17, 'ERROR', number >= 13, 'WARN', 'INFO') AS SeverityText,
 number AS SeverityNumber,
 multiIf(service != '', service, program != '', program, origin) AS ServiceName,
 body AS Body,
 mapFilter((k, v) -> v != '', mapUpdate(resource, map('service.name', ServiceName))) AS ResourceAttributes,
 scope AS ScopeName,
 mapFilter((k, v) -> v != '', mapUpdate(attributes, map('log.format', name, 'log.file.name', origin,
  'log.record.original_length', cut, 'log.record.original', original))) AS LogAttributes"""
