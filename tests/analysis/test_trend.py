import random

import pytest

from thorbis_monitor.analysis.trend import count_rose, rise, share_rose


def test_a_steady_rise_through_noise_is_found_with_its_amount() -> None:
    noise = random.Random(4)
    values = [1000 + 10 * minute + noise.gauss(0, 20) for minute in range(60)]
    assert rise(values) == pytest.approx(590, rel=0.1)


def test_noise_alone_is_no_rise() -> None:
    found = sum(rise([random.Random(seed * 100 + n).gauss(0, 1) for n in range(60)]) is not None for seed in range(200))
    assert found <= 5


def test_one_outlier_makes_no_rise() -> None:
    assert rise([5.0] * 59 + [5000.0]) is None


def test_a_fall_and_a_short_series_are_no_rise() -> None:
    assert rise([float(-n) for n in range(60)]) is None
    assert rise([1.0, 2.0, 3.0]) is None


def test_large_values_lose_no_precision() -> None:
    assert rise([1e15 + minute for minute in range(60)]) == 59


@pytest.mark.parametrize(
    ("before", "after", "rose"),
    [
        ((10, 1000), (12, 1000), False),
        ((10, 1000), (50, 1000), True),
        ((0, 0), (5, 10), False),
        ((0, 100), (0, 100), False),
    ],
)
def test_a_share_rose_only_if_chance_does_not_explain_it(
    before: tuple[float, float], after: tuple[float, float], *, rose: bool
) -> None:
    assert share_rose(before, after) is rose


def test_a_count_rose_only_if_chance_does_not_explain_it() -> None:
    assert not count_rose(20, 25)
    assert count_rose(20, 40)
