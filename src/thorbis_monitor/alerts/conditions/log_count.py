"""Condition ``log_count``: how many log records of the window match."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from thorbis_monitor.alerts.condition import ConditionKind, Figures
from thorbis_monitor.alerts.forms import Labels, LimitForm, LogMatchForm
from thorbis_monitor.alerts.numbers import format_number, in_context
from thorbis_monitor.alerts.outcome import Outcome, Row
from thorbis_monitor.analysis.questions.limits import Comparison
from thorbis_monitor.analysis.questions.log_count import LogCount
from thorbis_monitor.analysis.questions.question import Answer, Group, Question
from thorbis_monitor.config.fields import PositiveDuration
from thorbis_monitor.model.duration import format_duration

_COUNT_WORDS = {Comparison.ABOVE: "more than", Comparison.BELOW: "fewer than"}


class LogCountForm(LimitForm, LogMatchForm):
    """Counts the log records of a window that match, and compares their number with a limit."""

    window: PositiveDuration = Field(description="How far back records count.")
    group_by: Labels = Field((), description="One alert for each value of these labels.")


@dataclass(frozen=True, slots=True)
class LogCountCondition:
    """A ``log_count`` that is ready to be evaluated."""

    form: LogCountForm

    def words(self) -> str:
        """The condition in words."""
        limit = self.form.limit()
        comparison = _COUNT_WORDS.get(limit.comparison, limit.comparison.words)
        each = f", for each {' and '.join(self.form.group_by)}" if self.form.group_by else ""
        return f"{comparison} {format_number(limit.value)} {self._subject()}{each}"

    def questions(self) -> Sequence[Question]:
        """How many records match."""
        return (self._question(),)

    def decide(self, answers: Mapping[Question, Answer]) -> Outcome:
        """The condition holds for every label set whose number is beyond the limit."""
        return Outcome(tuple(self._row(group) for group in answers[self._question()]))

    def _question(self) -> LogCount:
        form = self.form
        # Of many label sets only those beyond the limit are of interest; a single number is shown in any case.
        return LogCount(form.window, form.match(), form.group_by, form.limit() if form.group_by else None)

    def _row(self, group: Group) -> Row:
        limit = self.form.limit()
        count = format_number(group.value)
        text = f"{count} {self._subject()}{in_context(group.labels)} (limit {format_number(limit.value)})"
        window = format_duration(self.form.window)
        data = {"value": int(group.value), "threshold": limit.value, "window": window}
        return Row(group.labels, group.value, text, data, limit.holds(group.value))

    def _subject(self) -> str:
        return f"{self.form.words()} in {format_duration(self.form.window)}"


def _build(form: LogCountForm, figures: Figures) -> LogCountCondition:
    del figures
    return LogCountCondition(form)


KIND = ConditionKind("log_count", LogCountForm, _build)
