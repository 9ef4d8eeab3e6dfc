"""How many log records of a window match."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from thorbis_monitor.analysis.questions.batches import answer_in_batches
from thorbis_monitor.analysis.questions.limits import Limit
from thorbis_monitor.analysis.questions.question import MAX_GROUPS, Answer, Group, Reply, check_bound
from thorbis_monitor.analysis.questions.sql import BOUNDS, Parameters, drop_empty, window_sql
from thorbis_monitor.model.level import Level
from thorbis_monitor.store.telemetry import Telemetry

_RESOURCE = "resource."


@dataclass(frozen=True, slots=True)
class LogMatch:
    """Which records count: all that is given has to hold; texts are compared without regard to case."""

    levels: tuple[Level, ...] = ()
    components: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    contains_all: tuple[str, ...] = ()
    contains_any: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    any_of: tuple["LogMatch", ...] = ()

    def sql(self, parameters: Parameters) -> str:
        """The condition on a row of ``otel_logs``."""
        terms = []
        if self.levels:
            terms.append(f"Level IN {parameters.bind([int(level) for level in self.levels], 'Array(UInt8)')}")
        for column, wanted in (("Component", self.components), ("ServiceName", self.services)):
            if wanted:
                words = parameters.bind(list(wanted), "Array(String)")
                terms.append(f"has(arrayMap(word -> lowerUTF8(word), {words}), lowerUTF8({column}))")
        terms += [_contains(text, parameters) for text in self.contains_all]
        if self.contains_any:
            terms.append(_either(_contains(text, parameters) for text in self.contains_any))
        for name, value in self.attributes:
            terms.append(f"{label_sql(name, parameters)} = {parameters.bind(value, 'String')}")
        if self.any_of:
            terms.append(_either(alternative.sql(parameters) for alternative in self.any_of))
        return " AND ".join(terms) or "1"


@dataclass(frozen=True, slots=True)
class LogCount:
    """The number of matching records, per label set; with ``limit``, only of label sets beyond it."""

    window: timedelta
    match: LogMatch
    group_by: tuple[str, ...] = ()
    limit: Limit | None = None

    @staticmethod
    def answer_all(telemetry: Telemetry, questions: Sequence["LogCount"], now: datetime) -> Mapping["LogCount", Reply]:
        """Count in one scan whatever has the same window and the same labels."""
        return answer_in_batches(
            questions,
            key=lambda question: (question.window, question.group_by),
            ask=lambda batch: _ask(telemetry, batch, now),
        )


def label_sql(name: str, parameters: Parameters) -> str:
    """The value of a label of a log record, as text."""
    match name:
        case "service":
            return "toString(ServiceName)"
        case "component":
            return "toString(Component)"
        case "level":
            names = parameters.bind([level.name for level in Level], "Array(String)")
            return f"arrayElement({names}, Level + 1)"
        case _ if name.startswith(_RESOURCE):
            return f"ResourceAttributes[{parameters.bind(name.removeprefix(_RESOURCE), 'String')}]"
        case _:
            return f"LogAttributes[{parameters.bind(name, 'String')}]"


def _ask(telemetry: Telemetry, batch: Sequence[LogCount], now: datetime) -> Mapping[LogCount, Answer]:
    parameters = Parameters()
    window, group_by = batch[0].window, batch[0].group_by
    matches = [question.match.sql(parameters) for question in batch]
    columns = [f"{label_sql(name, parameters)} AS l{index}" for index, name in enumerate(group_by)]
    columns += [f"countIf({match}) AS c{index}" for index, match in enumerate(matches)]
    # The sorting key holds whole seconds; naming them lets the engine skip what is outside the window.
    start, end = parameters.moment(now - window), parameters.moment(now)
    where = f"{window_sql('Timestamp', window, now, parameters)} AND TimestampTime >= toDateTime({start})"
    where += f" AND TimestampTime <= toDateTime({end})"
    grouping = ""
    if group_by:
        where += f" AND {_either(matches)}"
        names = ", ".join(f"l{index}" for index in range(len(group_by)))
        having = _either(_beyond(question, index, parameters) for index, question in enumerate(batch))
        grouping = f"GROUP BY {names} HAVING {having} LIMIT {MAX_GROUPS + 1}"
    _, rows = telemetry.rows(
        f"SELECT {', '.join(columns)} FROM otel_logs WHERE {where} {grouping} {BOUNDS}", parameters.values
    )
    check_bound(rows)
    answers = {}
    for index, question in enumerate(batch):
        column = len(group_by) + index
        answers[question] = tuple(
            Group(drop_empty(dict(zip(group_by, row, strict=False))), float(row[column]), int(row[column]))
            for row in rows
            if question.limit is None or question.limit.holds(row[column])
        )
    return answers


def _beyond(question: LogCount, index: int, parameters: Parameters) -> str:
    if question.limit is None:
        return f"c{index} > 0"
    return f"c{index} {question.limit.comparison.sign} {parameters.bind(question.limit.value, 'Float64')}"


def _contains(text: str, parameters: Parameters) -> str:
    return f"positionCaseInsensitiveUTF8(Body, {parameters.bind(text, 'String')}) > 0"


def _either(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)})"
