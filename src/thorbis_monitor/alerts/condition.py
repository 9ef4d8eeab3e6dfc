"""What a condition is, and how a kind of condition is declared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from thorbis_monitor.alerts.outcome import Outcome
from thorbis_monitor.analysis.questions.question import Answer, Question
from thorbis_monitor.config.fields import Form

F = TypeVar("F", bound=Form)


class Condition(Protocol):
    """A condition that is ready to be evaluated: it asks questions and decides on their answers."""

    def words(self) -> str:
        """The condition in words, for people."""
        ...

    def questions(self) -> Sequence[Question]:
        """What has to be known."""
        ...

    def decide(self, answers: Mapping[Question, Answer]) -> Outcome:
        """Decide, without any I/O, for which label sets the condition holds."""
        ...


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the machine that conditions can refer to."""

    memory_limit_bytes: int


@dataclass(frozen=True, slots=True)
class ConditionKind(Generic[F]):
    """A kind of condition: its name in YAML, the form people fill, and what makes a condition of it.

    A kind is found by being ``KIND`` in a module of ``alerts.conditions``, or by an entry point of the group
    ``thorbis_monitor.conditions`` that names it.
    """

    name: str
    form: type[F]
    build: Callable[[F, Figures], Condition]


AnyKind = ConditionKind[Any]
