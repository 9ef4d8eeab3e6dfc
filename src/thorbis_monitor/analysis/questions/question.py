"""What a question is, and what an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from thorbis_monitor.store.telemetry import Telemetry

MAX_GROUPS = 10_000
"""The most label sets that one answer may hold."""


class QuestionError(Exception):
    """A question could not be answered; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Group:
    """The answer for one label set. ``samples`` is how many values it rests on."""

    labels: Mapping[str, str]
    value: float
    samples: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


Answer: TypeAlias = tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a question: its answer or the reason why there is none, and how long it took."""

    answer: Answer | Exception
    duration_ms: float


class Question(Protocol):
    """A question about telemetry: a frozen, hashable value. Equal questions are asked once."""

    @staticmethod
    def answer_all(telemetry: Telemetry, questions: Sequence[Any], now: datetime) -> Mapping[Any, Reply]:
        """Answer several questions of this kind as of ``now``; one that fails is answered by its error.

        What is asked together takes its time together: each of its replies has the whole duration.
        """
        ...


def check_bound(rows: Sequence[object], bound: int = MAX_GROUPS) -> None:
    """Refuse an answer with more groups than the bound.

    Raises:
        QuestionError: it has more.
    """
    if len(rows) > bound:
        raise QuestionError(
            f"there are more than {bound:,} label sets; group by fewer labels, or narrow the condition down"
        )
