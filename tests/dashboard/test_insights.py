from datetime import UTC, datetime, timedelta

from thorbis_monitor.analysis.errors import CommonError
from thorbis_monitor.analysis.memory import MemorySeries
from thorbis_monitor.analysis.series import Distribution, ErrorRatePoint
from thorbis_monitor.dashboard.insights import (
    error_rate_rising,
    errors_in_words,
    memory_rising,
    response_time_high,
    slowest_endpoint,
)

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
MIB = 1_048_576


def minutes(errors: list[int], requests: float) -> list[ErrorRatePoint]:
    return [
        ErrorRatePoint(NOON + timedelta(minutes=place), count, requests, count / requests if requests else None)
        for place, count in enumerate(errors)
    ]


def test_a_rising_error_rate_is_told_with_both_figures() -> None:
    insight = error_rate_rising(minutes([1] * 55 + [10] * 5, 100))
    assert insight is not None
    assert insight.text == "Error rate is rising: 10.0 % in the last 5 minutes, 1.0 % before."


def test_a_steady_error_rate_is_not_told() -> None:
    assert error_rate_rising(minutes([10] * 60, 100)) is None
    assert error_rate_rising(minutes([0] * 55 + [1] * 4 + [0], 100)) is None


def test_without_requests_the_number_of_errors_is_told() -> None:
    insight = error_rate_rising(minutes([0] * 55 + [4] * 5, 0))
    assert insight is not None
    assert insight.text == "Errors are rising: 20 in the last 5 minutes, about 0 per 5 minutes before."


def test_errors_are_told_in_number_and_with_the_most_common_message() -> None:
    texts = [insight.text for insight in errors_in_words(1234, [CommonError("card\ndeclined", 900)])]
    assert texts == [
        "1,234 errors in the last hour.",
        "Most common error: “card declined” (900 times in the last hour).",
    ]
    assert errors_in_words(0, []) == []


def test_a_long_message_is_cut() -> None:
    (_, insight) = errors_in_words(2, [CommonError("x" * 500, 2)])
    assert len(insight.text) < 200


def test_slow_responses_are_told_above_the_limits_only() -> None:
    assert response_time_high(None) is None
    assert response_time_high(Distribution(10, 1000, 2000)) is None
    slow = response_time_high(Distribution(10, 1000.6, 1500))
    assert slow is not None
    assert slow.text == "Responses are slow: 1,001 ms on average in the last 5 minutes."
    some = response_time_high(Distribution(10, 300, 2001))
    assert some is not None
    assert some.text == "One response in twenty took longer than 2,001 ms in the last 5 minutes."


def test_the_slowest_endpoint_is_told_above_a_second_only() -> None:
    assert slowest_endpoint({}) is None
    assert slowest_endpoint({"/a": Distribution(5, 1000, 1)}) is None
    insight = slowest_endpoint({"/a": Distribution(5, 1500, 1), "/b": Distribution(5, 1700, 1)})
    assert insight is not None
    assert insight.text == "Slowest endpoint: /b, 1,700 ms on average in the last 15 minutes."


def test_memory_that_rises_steadily_is_told() -> None:
    steady = MemorySeries("mail", "memory.usage.gauge", tuple([100.0 * MIB] * 60))
    leaking = MemorySeries("shop", "memory.usage.gauge", tuple((100 + n) * float(MIB) for n in range(60)))
    insight = memory_rising([steady, leaking])
    assert insight is not None
    assert insight.text.startswith("Memory of shop is trending up: 59.0 MiB more in 60 minutes")
    assert memory_rising([steady]) is None
