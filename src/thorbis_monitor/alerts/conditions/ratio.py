"""Condition ``ratio``: one count or metric as a percentage of another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from thorbis_monitor.alerts.condition import ConditionKind, Figures
from thorbis_monitor.alerts.forms import Labels, LimitForm, LogMatchForm, MetricForm, NoData
from thorbis_monitor.alerts.numbers import format_number, in_context
from thorbis_monitor.alerts.outcome import Outcome, Row
from thorbis_monitor.analysis.questions.limits import Comparison, Limit
from thorbis_monitor.analysis.questions.log_count import LogCount
from thorbis_monitor.analysis.questions.metric_value import MetricValue
from thorbis_monitor.analysis.questions.question import Answer, Group, Question
from thorbis_monitor.config.fields import Form, PositiveDuration
from thorbis_monitor.model.duration import format_duration


class TermForm(Form):
    """One side of a ratio: a number of log records, or a metric."""

    log_count: LogMatchForm | None = Field(None, description="The number of log records that match.")
    metric: MetricForm | None = Field(None, description="An aggregate of a metric.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.log_count is None) == (self.metric is None):
            raise ValueError("one source is needed; write either log_count or metric")
        return self

    def words(self) -> str:
        """The term in words."""
        if self.log_count is not None:
            return self.log_count.words()
        if self.metric is not None:
            return f"{self.metric.aggregate.words} {self.metric.names()}"
        raise AssertionError("checked by the form")

    def question(
        self, window: timedelta, group_by: tuple[str, ...], limit: Limit | None = None
    ) -> LogCount | MetricValue:
        """The question behind the term."""
        if self.log_count is not None:
            return LogCount(window, self.log_count.match(), group_by, limit)
        if self.metric is not None:
            where = tuple(sorted(self.metric.where.items()))
            form = self.metric
            return MetricValue(form.name, form.aggregate, window, where, group_by, limit=limit)
        raise AssertionError("checked by the form")


class RatioForm(LimitForm):
    """Divides one value by another and compares the percentage with a limit."""

    window: PositiveDuration = Field(description="How far back both sides count.")
    numerator: TermForm = Field(description="What is counted.")
    denominator: TermForm = Field(description="What it is compared with: 100 %.")
    min_denominator: float = Field(1, gt=0, description="With a smaller denominator the condition does not hold.")
    group_by: Labels = Field((), description="One alert for each value of these labels, which both sides have.")
    no_data: NoData = Field(
        "resolve", description="What becomes of an alert when the denominator is too small: resolve or keep."
    )


@dataclass(frozen=True, slots=True)
class RatioCondition:
    """A ``ratio`` that is ready to be evaluated."""

    form: RatioForm

    def words(self) -> str:
        """The condition in words."""
        form, limit = self.form, self.form.limit()
        each = f", for each {' and '.join(form.group_by)}" if form.group_by else ""
        least = f", with at least {format_number(form.min_denominator)} of the latter"
        return f"{self._subject()} {limit.comparison.words} {format_number(limit.value, '%')}{least}{each}"

    def questions(self) -> Sequence[Question]:
        """Both sides."""
        return (self._numerator(), self._denominator())

    def decide(self, answers: Mapping[Question, Answer]) -> Outcome:
        """The condition holds where the percentage is beyond the limit and the denominator large enough."""
        parts = {_key(group): group.value for group in answers[self._numerator()]}
        wholes = answers[self._denominator()]
        rows = tuple(self._row(parts.get(_key(whole), 0.0), whole) for whole in wholes)
        return Outcome(rows, no_data=not wholes, absent_is_unknown=self.form.no_data == "keep")

    def _numerator(self) -> LogCount | MetricValue:
        return self.form.numerator.question(self.form.window, self.form.group_by)

    def _denominator(self) -> LogCount | MetricValue:
        least = Limit(Comparison.AT_LEAST, self.form.min_denominator)
        return self.form.denominator.question(self.form.window, self.form.group_by, least)

    def _row(self, part: float, whole: Group) -> Row:
        limit = self.form.limit()
        percent = part * 100 / whole.value
        text = (
            f"{_upper(self._subject())} is {format_number(percent, '%')}{in_context(whole.labels)}"
            f" (limit {format_number(limit.value, '%')},"
            f" {format_number(part)} of {format_number(whole.value)})"
        )
        data = {
            "value": percent,
            "threshold": limit.value,
            "numerator": part,
            "denominator": whole.value,
            "window": format_duration(self.form.window),
        }
        return Row(whole.labels, percent, text, data, limit.holds_for_percentage(part, whole.value))

    def _subject(self) -> str:
        window = format_duration(self.form.window)
        return f"{self.form.numerator.words()} per {self.form.denominator.words()} over {window}"


def _key(group: Group) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(group.labels.items()))


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _build(form: RatioForm, figures: Figures) -> RatioCondition:
    del figures
    return RatioCondition(form)


KIND = ConditionKind("ratio", RatioForm, _build)
