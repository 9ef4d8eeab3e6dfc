"""Condition ``sql``: a query whose every row is an alert."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from thorbis_monitor.alerts.condition import ConditionKind, Figures
from thorbis_monitor.alerts.numbers import format_number, in_context
from thorbis_monitor.alerts.outcome import Outcome, Row
from thorbis_monitor.analysis.questions.question import Answer, Group, Question
from thorbis_monitor.analysis.questions.sql_guard import check_text
from thorbis_monitor.analysis.questions.sql_query import SqlQuery
from thorbis_monitor.config.fields import Form, PositiveDuration
from thorbis_monitor.model.duration import format_duration

_PLACEHOLDER = re.compile(r"\{\s*(\w+)\s*:")
_PLACEHOLDERS = {"now", "window_start"}


def _check(query: str) -> str:
    query = query.strip().removesuffix(";").rstrip()
    check_text(query)
    unknown = sorted(set(_PLACEHOLDER.findall(query)) - _PLACEHOLDERS)
    if unknown:
        raise ValueError(
            f"the placeholder {{{unknown[0]}:...}} has no value;"
            " write {now:DateTime64(9)} or {window_start:DateTime64(9)}"
        )
    return query


class SqlForm(Form):
    """Runs a SELECT on the telemetry tables; columns of text become labels, numbers data."""

    query: Annotated[str, AfterValidator(_check)] = Field(description="One SELECT; each row is an alert.")
    window: PositiveDuration = Field(timedelta(minutes=5), description="What {window_start:...} goes back.")


@dataclass(frozen=True, slots=True)
class SqlCondition:
    """A ``sql`` that is ready to be evaluated."""

    form: SqlForm

    def words(self) -> str:
        """The condition in words."""
        return f"each row of a query over {format_duration(self.form.window)}"

    def questions(self) -> Sequence[Question]:
        """The rows of the query."""
        return (self._question(),)

    def decide(self, answers: Mapping[Question, Answer]) -> Outcome:
        """The condition holds for each row."""
        return Outcome(tuple(self._row(group) for group in answers[self._question()]))

    def _question(self) -> SqlQuery:
        return SqlQuery(self.form.query, self.form.window)

    def _row(self, group: Group) -> Row:
        context = in_context(group.labels)
        window = format_duration(self.form.window)
        if math.isfinite(group.value):
            data = {"value": group.value, **group.data, "window": window}
            text = f"The query found the value {format_number(group.value)}{context}"
            return Row(group.labels, group.value, text, data)
        return Row(group.labels, None, f"The query found a row{context}", {**group.data, "window": window})


def _build(form: SqlForm, figures: Figures) -> SqlCondition:
    del figures
    return SqlCondition(form)


KIND = ConditionKind("sql", SqlForm, _build)
