"""Comparisons of a value with a limit."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Comparison(StrEnum):
    """How a value is compared with its limit."""

    ABOVE = "above"
    BELOW = "below"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"

    @property
    def sign(self) -> str:
        """The operator in SQL and in formulas."""
        return _SIGNS[self]

    @property
    def words(self) -> str:
        """The comparison in a sentence: ``above 5``, ``at least 5``."""
        return self.value.replace("_", " ")


_SIGNS = {Comparison.ABOVE: ">", Comparison.BELOW: "<", Comparison.AT_LEAST: ">=", Comparison.AT_MOST: "<="}
_TESTS: Mapping[Comparison, Callable[[float, float], bool]] = {
    Comparison.ABOVE: operator.gt,
    Comparison.BELOW: operator.lt,
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A comparison with a fixed value."""

    comparison: Comparison
    value: float

    def holds(self, value: float) -> bool:
        """Whether a value is beyond the limit."""
        return _TESTS[self.comparison](value, self.value)

    def holds_for_percentage(self, part: float, whole: float) -> bool:
        """Whether ``part`` of ``whole`` in per cent is beyond the limit; exact for counts (no division)."""
        return whole > 0 and _TESTS[self.comparison](part * 100, self.value * whole)
