"""Aggregates over points (see metric_points)."""

import re
from dataclasses import dataclass
from typing import Self

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,3})?)")
_WORDS = {
    "avg": "mean",
    "sum": "sum of",
    "min": "smallest",
    "max": "largest",
    "count": "samples of",
    "last": "latest",
}
_SQL = {
    "avg": "sumIf(s, {0}) / sumIf(n, {0})",
    "sum": "sumIf(s, {0})",
    "min": "minIf(lo, {0})",
    "max": "maxIf(hi, {0})",
    "count": "toFloat64(sumIf(n, {0}))",
    "last": "argMaxIf(v, (TimeUnix, v), {0})",
}


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One of avg, sum, min, max, count, last, or a percentile such as p95 or p99.9."""

    name: str

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read an aggregate.

        Raises:
            ValueError: there is none of this name.
        """
        if name not in _SQL and not _PERCENTILE.fullmatch(name):
            raise ValueError(f"{name!r} is not an aggregate; write one of {', '.join(_SQL)}, or a percentile like p95")
        return cls(name)

    @property
    def quantile(self) -> float | None:
        """The quantile between 0 and 1, None for other aggregates."""
        found = _PERCENTILE.fullmatch(self.name)
        return float(found.group(1)) / 100 if found else None

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        if self.quantile is None:
            return _WORDS[self.name]
        return f"{self.name.removeprefix('p')}th percentile of"

    def sql(self, condition: str) -> str:
        """The aggregate of the points for which a condition holds."""
        if self.quantile is None:
            return _SQL[self.name].format(condition)
        return f"quantileExactWeightedArrayIf({self.quantile!r})(qv, qw, {condition})"
