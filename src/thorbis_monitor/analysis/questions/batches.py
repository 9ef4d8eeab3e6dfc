"""Asking questions together, so that one bad question cannot spoil the answers of the others."""

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

from thorbis_monitor.analysis.questions.question import Answer, QuestionError, Reply
from thorbis_monitor.store.telemetry import TelemetryError

Q = TypeVar("Q", bound=Hashable)
Ask = Callable[[Sequence[Q]], Mapping[Q, Answer]]


def answer_in_batches(questions: Sequence[Q], key: Callable[[Q], Hashable], ask: Ask[Q]) -> dict[Q, Reply]:
    """Ask questions with equal keys in one go; if that fails, each alone: the error finds its owner."""
    batches: dict[Hashable, list[Q]] = defaultdict(list)
    for question in dict.fromkeys(questions):
        batches[key(question)].append(question)
    replies: dict[Q, Reply] = {}
    for batch in batches.values():
        replies |= _ask(batch, ask)
    return replies


def _ask(batch: Sequence[Q], ask: Ask[Q]) -> dict[Q, Reply]:
    started = time.perf_counter()
    try:
        answers = ask(batch)
    except (TelemetryError, QuestionError) as error:
        if len(batch) == 1:
            return {batch[0]: Reply(error, _since(started))}
    else:
        took = _since(started)
        return {question: Reply(answers[question], took) for question in batch}
    replies: dict[Q, Reply] = {}
    for question in batch:
        replies |= _ask([question], ask)
    return replies


def _since(started: float) -> float:
    """Milliseconds since a moment of the performance counter."""
    return (time.perf_counter() - started) * 1000
