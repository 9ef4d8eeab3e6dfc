"""A query that a user wrote; each of its rows is a label set."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from thorbis_monitor.analysis.questions.batches import answer_in_batches
from thorbis_monitor.analysis.questions.question import Answer, Group, QuestionError, Reply, check_bound
from thorbis_monitor.analysis.questions.sql_guard import check_query, wrapped
from thorbis_monitor.store.telemetry import Telemetry, TelemetryError

MAX_ROWS = 1000
_MAX_TEXT = 1000
_VALUE = "value"
_CODE = re.compile(r"^Code: \d+\. DB::Exception: ")
_CONTEXT = re.compile(r"[:.] (?:Expected one of|In scope|In query|While)\b| In scope | \([A-Z_]+\)$")


@dataclass(frozen=True, slots=True)
class SqlQuery:
    """A query with the placeholders ``{now:DateTime64(9)}`` and ``{window_start:DateTime64(9)}``.

    Columns of text become labels, all others data; the column ``value`` is the value of the row.
    """

    query: str
    window: timedelta

    @staticmethod
    def answer_all(telemetry: Telemetry, questions: Sequence["SqlQuery"], now: datetime) -> Mapping["SqlQuery", Reply]:
        """Run each query; an error stays with its own."""
        return answer_in_batches(questions, key=id, ask=lambda batch: {batch[0]: _try(telemetry, batch[0], now)})


def _try(telemetry: Telemetry, question: SqlQuery, now: datetime) -> Answer:
    try:
        return _ask(telemetry, question, now)
    except TelemetryError as error:
        raise QuestionError(_reason(error)) from error


def _ask(telemetry: Telemetry, question: SqlQuery, now: datetime) -> Answer:
    parameters = {"now": _moment(now), "window_start": _moment(now - question.window)}
    check_query(telemetry, question.query, parameters)
    names, rows = telemetry.sandboxed(wrapped(question.query, MAX_ROWS + 1), parameters)
    check_bound(rows, MAX_ROWS)
    groups = tuple(_group(names, row) for row in rows)
    seen = {tuple(sorted(group.labels.items())) for group in groups}
    if len(seen) < len(groups):
        raise QuestionError(
            "the query returns several rows with the same labels; add a column of text that tells them apart,"
            " or group the rows"
        )
    return groups


def _group(names: Sequence[str], row: Sequence[Any]) -> Group:
    labels: dict[str, str] = {}
    data: dict[str, Any] = {}
    value = math.nan
    for name, cell in zip(names, row, strict=True):
        if isinstance(cell, bool):
            labels[name] = str(cell).lower()
        elif isinstance(cell, str):
            if cell:
                labels[name] = cell[:_MAX_TEXT]
        elif name == _VALUE and isinstance(cell, int | float | Decimal):
            value = float(cell)
        else:
            data[name] = _plain(cell)
    return Group(labels, value, data=data)


def _plain(cell: object) -> str | int | float | None:
    """A value that JSON can hold."""
    match cell:
        case None | int():
            return cell
        case float() | Decimal():
            return float(cell) if math.isfinite(cell) else str(cell)
        case datetime():
            return (cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell).isoformat()
        case date():
            return cell.isoformat()
        case list() | tuple() | dict():
            return json.dumps(cell, default=str)[:_MAX_TEXT]
        case _:
            return str(cell)[:_MAX_TEXT]


def _reason(error: TelemetryError) -> str:
    """What the engine says, without its codes and without the query in the shape that it was run in."""
    text = _CODE.sub("", str(error))
    text = _CONTEXT.split(text, maxsplit=1)[0]
    return f"the query cannot be run: {text.strip().rstrip(':.')}"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
