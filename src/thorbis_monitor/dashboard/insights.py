"""What the figures mean, in words. Pure: each function takes figures and gives at most a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from thorbis_monitor.analysis.errors import CommonError
from thorbis_monitor.analysis.memory import MemorySeries
from thorbis_monitor.analysis.series import Distribution, ErrorRatePoint
from thorbis_monitor.analysis.trend import count_rose, rise, share_rose

SLOW_AVERAGE_MS = 1000
SLOW_P95_MS = 2000

_RECENT_STEPS = 5
_FEWEST_REQUESTS = 20
_FEWEST_ERRORS = 5
_LEAST_RISE = 0.05
_QUOTE_LENGTH = 120


class InsightKind(StrEnum):
    """What an insight is about."""

    ERROR_RATE = "error_rate"
    ERRORS = "errors"
    COMMON_ERROR = "common_error"
    RESPONSE_TIME = "response_time"
    SLOW_ENDPOINT = "slow_endpoint"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Insight:
    """One sentence for people."""

    kind: InsightKind
    text: str


def error_rate_rising(points: Sequence[ErrorRatePoint]) -> Insight | None:
    """Compare the last five steps (of a minute) with those before them."""
    before, after = points[:-_RECENT_STEPS], points[-_RECENT_STEPS:]
    asked_before, asked_after = _requests(before), _requests(after)
    wrong_before, wrong_after = _errors(before), _errors(after)
    if wrong_after < _FEWEST_ERRORS:
        return None
    if min(asked_before, asked_after) >= _FEWEST_REQUESTS:
        if not share_rose((wrong_before, asked_before), (wrong_after, asked_after)):
            return None
        text = (
            f"Error rate is rising: {wrong_after / asked_after * 100:.1f} % in the last 5 minutes,"
            f" {wrong_before / asked_before * 100:.1f} % before."
        )
        return Insight(InsightKind.ERROR_RATE, text)
    usual = wrong_before / max(len(before), 1) * _RECENT_STEPS
    if not count_rose(usual, wrong_after):
        return None
    text = f"Errors are rising: {wrong_after:,} in the last 5 minutes, about {usual:,.0f} per 5 minutes before."
    return Insight(InsightKind.ERROR_RATE, text)


def errors_in_words(total: int, common: Sequence[CommonError]) -> list[Insight]:
    """How many errors the last hour had, and which came most often."""
    if not total:
        return []
    insights = [Insight(InsightKind.ERRORS, f"{total:,} {'error' if total == 1 else 'errors'} in the last hour.")]
    if common and common[0].count > 1:
        first = common[0]
        text = f"Most common error: “{_quote(first.message)}” ({first.count:,} times in the last hour)."
        insights.append(Insight(InsightKind.COMMON_ERROR, text))
    return insights


def response_time_high(recent: Distribution | None) -> Insight | None:
    """Mean above a second, or 95th percentile above two."""
    if recent is None:
        return None
    if recent.average > SLOW_AVERAGE_MS:
        text = f"Responses are slow: {recent.average:,.0f} ms on average in the last 5 minutes."
        return Insight(InsightKind.RESPONSE_TIME, text)
    if recent.p95 > SLOW_P95_MS:
        text = f"One response in twenty took longer than {recent.p95:,.0f} ms in the last 5 minutes."
        return Insight(InsightKind.RESPONSE_TIME, text)
    return None


def slowest_endpoint(endpoints: Mapping[str, Distribution]) -> Insight | None:
    """The endpoint with the highest mean, if that is above a second."""
    if not endpoints:
        return None
    name, figures = max(endpoints.items(), key=lambda item: item[1].average)
    if figures.average <= SLOW_AVERAGE_MS:
        return None
    text = f"Slowest endpoint: {_quote(name)}, {figures.average:,.0f} ms on average in the last 15 minutes."
    return Insight(InsightKind.SLOW_ENDPOINT, text)


def memory_rising(series: Sequence[MemorySeries]) -> Insight | None:
    """The memory gauge that rose most over the hour, if it rose steadily and by more than a twentieth."""
    found: list[tuple[float, float, MemorySeries]] = []
    for gauge in series:
        amount = rise(gauge.values)
        if amount is not None and amount > _LEAST_RISE * max(gauge.values[0], 1.0):
            found.append((amount / max(gauge.values[0], 1.0), amount, gauge))
    if not found:
        return None
    _, amount, gauge = max(found, key=lambda item: item[0])
    who = f" of {_quote(gauge.service)}" if gauge.service else ""
    text = (
        f"Memory{who} is trending up: {_megabytes(amount)} more in {len(gauge.values)} minutes"
        f" ({_quote(gauge.name)}); if this goes on it may be a leak."
    )
    return Insight(InsightKind.MEMORY, text)


def _requests(points: Sequence[ErrorRatePoint]) -> float:
    return sum(point.requests for point in points)


def _errors(points: Sequence[ErrorRatePoint]) -> int:
    return sum(point.errors for point in points)


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTE_LENGTH else line[: _QUOTE_LENGTH - 1] + "…"


def _megabytes(size: float) -> str:
    return f"{size / 1_048_576:,.1f} MiB"
