"""Asking questions together, so that one bad question cannot spoil the answers of the others."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from thorbis_monitor.analysis.questions.question import Answer, QuestionError
from thorbis_monitor.store.telemetry import TelemetryError

Q = TypeVar("Q", bound=Hashable)
Ask = Callable[[Sequence[Q]], Mapping[Q, Answer]]


def answer_in_batches(questions: Sequence[Q], key: Callable[[Q], Hashable], ask: Ask[Q]) -> dict[Q, Answer | Exception]:
    """Ask questions with equal keys in one go; if that fails, each alone: the error finds its owner."""
    batches: dict[Hashable, list[Q]] = defaultdict(list)
    for question in dict.fromkeys(questions):
        batches[key(question)].append(question)
    answers: dict[Q, Answer | Exception] = {}
    for batch in batches.values():
        answers |= _ask(batch, ask)
    return answers


def _ask(batch: Sequence[Q], ask: Ask[Q]) -> dict[Q, Answer | Exception]:
    try:
        return dict(ask(batch))
    except (TelemetryError, QuestionError) as error:
        if len(batch) == 1:
            return {batch[0]: error}
    answers: dict[Q, Answer | Exception] = {}
    for question in batch:
        answers |= _ask([question], ask)
    return answers
