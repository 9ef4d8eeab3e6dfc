"""Whether something rises: tests that survive noise, as pure functions."""

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import median

_CONFIDENT = 2.58
"""Standard deviations that chance alone exceeds in one of two hundred cases."""

_FEWEST_VALUES = 10


def rise(values: Sequence[float]) -> float | None:
    """By how much a series rose from its first to its last value, None if that may be chance.

    The test is Mann-Kendall's (how many pairs are in rising order), the amount the median slope of all pairs
    (Theil and Sen): neither is moved by a few outliers.
    """
    count = len(values)
    if count < _FEWEST_VALUES:
        return None
    pairs = [(j - i, values[j] - values[i]) for i, j in combinations(range(count), 2)]
    score = sum((change > 0) - (change < 0) for _, change in pairs)
    deviation = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    if (score - 1) / deviation < _CONFIDENT:
        return None
    return median(change / distance for distance, change in pairs) * (count - 1)


def share_rose(before: tuple[float, float], after: tuple[float, float]) -> bool:
    """Whether a share (hits, tries) is higher than before by more than chance explains."""
    (hits_before, tries_before), (hits_after, tries_after) = before, after
    if tries_before <= 0 or tries_after <= 0:
        return False
    pooled = min((hits_before + hits_after) / (tries_before + tries_after), 1.0)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / tries_before + 1 / tries_after))
    difference = hits_after / tries_after - hits_before / tries_before
    return difference > _CONFIDENT * deviation if deviation > 0 else difference > 0


def count_rose(before: float, after: float) -> bool:
    """Whether a count is higher than the count expected from before by more than chance explains."""
    return after - before > _CONFIDENT * math.sqrt(max(before, 1.0))
