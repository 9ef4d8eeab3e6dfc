"""What is known about a rule while it runs: its last evaluations and where it stands."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from thorbis_monitor.model.rule import Rule

KEPT_EVALUATIONS = 50


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation: when, how long it took, and what came of it."""

    at: datetime
    duration_ms: float
    value: float | None
    """The value of the first label set for which the condition held, else of the first that was seen."""
    holding: int
    """For how many label sets the condition held."""
    no_data: bool = False
    error: str | None = None


class RuleState(StrEnum):
    """Where a rule stands, the worst of its label sets first."""

    ERROR = "error"
    FIRING = "firing"
    PENDING = "pending"
    NO_DATA = "no_data"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """A rule and how it does. ``evaluations`` are the last ones, newest first."""

    rule: Rule
    state: RuleState
    firing: int
    pending: int
    evaluations: tuple[Evaluation, ...]
    errors: int
    """How many evaluations failed since the start."""

    @property
    def last(self) -> Evaluation | None:
        """The newest evaluation."""
        return self.evaluations[0] if self.evaluations else None


class RuleRecord:
    """Collects the evaluations of one rule; not thread-safe."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._evaluations: deque[Evaluation] = deque(maxlen=KEPT_EVALUATIONS)
        self._firing = 0
        self._pending = 0
        self._errors = 0

    def note(self, evaluation: Evaluation) -> None:
        """Remember an evaluation."""
        self._evaluations.appendleft(evaluation)
        if evaluation.error is not None:
            self._errors += 1

    def count(self, firing: int, pending: int) -> None:
        """Remember how many label sets are firing, and how many wait."""
        self._firing, self._pending = firing, pending

    def status(self) -> RuleStatus:
        """The rule and how it does."""
        evaluations = tuple(self._evaluations)
        return RuleStatus(self.rule, self._state(), self._firing, self._pending, evaluations, self._errors)

    def _state(self) -> RuleState:
        if not self._evaluations:
            return RuleState.FIRING if self._firing else RuleState.UNKNOWN
        last = self._evaluations[0]
        if last.error is not None:
            return RuleState.ERROR
        if self._firing:
            return RuleState.FIRING
        if self._pending:
            return RuleState.PENDING
        return RuleState.NO_DATA if last.no_data else RuleState.INACTIVE
