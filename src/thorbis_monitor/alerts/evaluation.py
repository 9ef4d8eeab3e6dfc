"""Asking what the rules have to know, and letting each decide; an error stays with its rule."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from thorbis_monitor.alerts.outcome import Outcome
from thorbis_monitor.alerts.rules import CompiledRule
from thorbis_monitor.analysis.questions.question import Answer, Question, QuestionError, Reply
from thorbis_monitor.store.telemetry import Telemetry, TelemetryError

MAX_LABEL_SETS = 1000
"""The most label sets of one rule for which its condition may hold."""

_MAX_ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one rule, or the reason why there is none."""

    outcome: Outcome | None
    error: str | None
    duration_ms: float


def evaluate(telemetry: Telemetry, rules: Sequence[CompiledRule], now: datetime) -> list[Result]:
    """Evaluate rules as of ``now``; the results are in the order of the rules."""
    questions: dict[Question, None] = {}
    for compiled in rules:
        questions.update(dict.fromkeys(compiled.condition.questions()))
    replies = _ask(telemetry, list(questions), now)
    return [_decide(compiled, replies) for compiled in rules]


def _ask(telemetry: Telemetry, questions: Sequence[Question], now: datetime) -> Mapping[Question, Reply]:
    """Ask the questions of each kind together."""
    kinds: dict[type[Question], list[Question]] = defaultdict(list)
    for question in questions:
        kinds[type(question)].append(question)
    replies: dict[Question, Reply] = {}
    for kind, asked in kinds.items():
        try:
            replies.update(kind.answer_all(telemetry, asked, now))
        except Exception as error:  # noqa: BLE001  a kind of question may come from a foreign package
            replies.update(dict.fromkeys(asked, Reply(error, 0.0)))
    return replies


def _decide(compiled: CompiledRule, replies: Mapping[Question, Reply]) -> Result:
    asked = {question: replies[question] for question in compiled.condition.questions()}
    took = sum(reply.duration_ms for reply in asked.values())
    answers: dict[Question, Answer] = {}
    for question, reply in asked.items():
        if isinstance(reply.answer, Exception):
            return Result(None, error_text(reply.answer), took)
        answers[question] = reply.answer
    try:
        outcome = compiled.condition.decide(answers)
    except Exception as error:  # noqa: BLE001  a condition may come from a foreign package
        return Result(None, error_text(error), took)
    holding = sum(row.holds for row in outcome.rows)
    if holding > MAX_LABEL_SETS:
        text = (
            f"the rule {compiled.rule.id!r} holds for {holding:,} label sets, more than {MAX_LABEL_SETS:,};"
            " group by fewer labels, or narrow the condition down"
        )
        return Result(None, text, took)
    return Result(outcome, None, took)


def error_text(error: Exception) -> str:
    """An error in a length that fits a page."""
    known = isinstance(error, QuestionError | TelemetryError)
    text = str(error) if known else f"{type(error).__name__}: {error}"
    return text[:_MAX_ERROR_LENGTH]
