"""Condition ``metric``: an aggregate of a metric over the window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from thorbis_monitor.alerts.condition import ConditionKind, Figures
from thorbis_monitor.alerts.forms import LimitForm, MetricForm, NoData, SeriesOrLabels
from thorbis_monitor.alerts.numbers import format_number, in_context
from thorbis_monitor.alerts.outcome import Outcome, Row
from thorbis_monitor.analysis.questions.metric_value import SERIES, MetricValue
from thorbis_monitor.analysis.questions.question import Answer, Group, Question
from thorbis_monitor.config.fields import PositiveDuration
from thorbis_monitor.model.duration import format_duration


class MetricConditionForm(LimitForm, MetricForm):
    """Makes one value of the samples of a metric in a window, and compares it with a limit."""

    window: PositiveDuration = Field(description="How far back samples count.")
    group_by: SeriesOrLabels = Field((), description="One alert for each value of these tags, or `series`.")
    min_samples: int = Field(1, ge=1, description="With fewer samples the condition does not hold.")
    percent_of: Literal["memory_limit"] | None = Field(
        None, description="Compare the value, in bytes, as a percentage of this."
    )
    unit: str = Field("", max_length=20, description="The unit, for texts: ms, bytes, percent, ...")
    no_data: NoData = Field("resolve", description="What becomes of an alert without samples: resolve or keep.")


@dataclass(frozen=True, slots=True)
class MetricCondition:
    """A ``metric`` that is ready to be evaluated."""

    form: MetricConditionForm
    whole: float | None
    """What 100 % is, for ``percent_of``."""

    def words(self) -> str:
        """The condition in words."""
        form, limit = self.form, self.form.limit()
        least = f", with at least {form.min_samples:,} samples" if form.min_samples > 1 else ""
        each = ""
        if form.group_by == (SERIES,):
            each = ", for each series"
        elif form.group_by:
            each = f", for each {' and '.join(form.group_by)}"
        where = "".join(f", {name}={value}" for name, value in sorted(form.where.items()))
        return f"{self._subject()}{where} {limit.comparison.words} {self._limit_words()}{least}{each}"

    def questions(self) -> Sequence[Question]:
        """The value of the metric."""
        return (self._question(),)

    def decide(self, answers: Mapping[Question, Answer]) -> Outcome:
        """The condition holds for every label set whose value is beyond the limit."""
        question = self._question()
        groups = answers[question]
        # Where only label sets beyond the limit were asked for, nothing says whether there were others.
        no_data = not groups and question.limit is None
        rows = tuple(self._row(group) for group in groups)
        return Outcome(rows, no_data=no_data, absent_is_unknown=self.form.no_data == "keep")

    def _question(self) -> MetricValue:
        form = self.form
        narrow = form.group_by and form.no_data == "resolve" and self.whole is None
        return MetricValue(
            names=form.name,
            aggregate=form.aggregate,
            window=form.window,
            where=tuple(sorted(form.where.items())),
            group_by=form.group_by,
            min_samples=form.min_samples,
            limit=form.limit() if narrow else None,
        )

    def _row(self, group: Group) -> Row:
        limit, unit = self.form.limit(), self.form.unit
        data: dict[str, Any] = {
            "value": group.value,
            "threshold": limit.value,
            "samples": group.samples,
            "window": format_duration(self.form.window),
            "aggregate": self.form.aggregate.name,
        }
        if self.whole is None:
            value, holds = group.value, limit.holds(group.value)
            measured = format_number(value, unit)
        else:
            value = group.value * 100 / self.whole
            holds = limit.holds_for_percentage(group.value, self.whole)
            data |= {"percent": value, "limit_bytes": int(self.whole)}
            measured = f"{format_number(value, '%')} of {format_number(self.whole, 'bytes')}"
        samples = f"{group.samples:,} {'sample' if group.samples == 1 else 'samples'}"
        remark = f"(limit {self._limit_words()}, {samples})"
        labels = dict(group.labels)
        subject = self._subject(labels.pop("metric", None) if self.form.group_by == (SERIES,) else None)
        text = f"{_upper(subject)} is {measured}{in_context(labels)} {remark}"
        return Row(group.labels, value, text, data, holds)

    def _subject(self, name: str | None = None) -> str:
        name = name or self.form.names()
        return f"{self.form.aggregate.words} {name} over {format_duration(self.form.window)}"

    def _limit_words(self) -> str:
        value = self.form.limit().value
        if self.whole is None:
            return format_number(value, self.form.unit)
        return f"{format_number(value, '%')} of the memory limit"


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _build(form: MetricConditionForm, figures: Figures) -> MetricCondition:
    return MetricCondition(form, None if form.percent_of is None else float(figures.memory_limit_bytes))


KIND = ConditionKind("metric", MetricConditionForm, _build)
