"""What counts as a sample: every kind of metric row, as docs/rules.md tells it."""

import random
import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from tests.alerts.bench import NOW, Bench
from thorbis_monitor.analysis.questions.aggregate import Aggregate
from thorbis_monitor.analysis.questions.metric_value import SERIES, MetricValue
from thorbis_monitor.analysis.questions.question import Group

MINUTE = timedelta(minutes=1)
WINDOW = 5 * MINUTE


def ask(
    bench: Bench,
    aggregate: str,
    *,
    name: str = "m",
    window: timedelta = WINDOW,
    where: tuple[tuple[str, str], ...] = (),
    group_by: tuple[str, ...] = (),
) -> tuple[Group, ...]:
    """Ask for an aggregate as of NOW."""
    question = MetricValue((name,), Aggregate.parse(aggregate), window, where, group_by)
    answer = MetricValue.answer_all(bench.telemetry, [question], NOW)[question].answer
    assert isinstance(answer, tuple), answer
    return answer


def value(bench: Bench, aggregate: str, **more: object) -> float | None:
    """The only value, None without any."""
    groups = ask(bench, aggregate, **more)  # type: ignore[arg-type]  # passed on
    assert len(groups) <= 1
    return groups[0].value if groups else None


def minutes_ago(minutes: float) -> datetime:
    return NOW - minutes * MINUTE


def test_a_gauge_row_is_a_sample(bench: Bench) -> None:
    for age, sample in ((4, 1.0), (3, 9.0), (1, 4.0), (2, 6.0)):
        bench.gauge("m", sample, at=minutes_ago(age))
    found = {name: value(bench, name) for name in ("avg", "sum", "min", "max", "count", "last", "p50", "p99")}
    assert found == {"avg": 5, "sum": 20, "min": 1, "max": 9, "count": 4, "last": 4, "p50": 4, "p99": 9}


def test_without_samples_there_is_no_value(bench: Bench) -> None:
    for aggregate in ("avg", "sum", "count", "last", "p95"):
        assert value(bench, aggregate) is None
    bench.gauge("other", 1)
    assert value(bench, "sum") is None


def test_values_that_are_no_numbers_are_no_samples(bench: Bench) -> None:
    bench.gauge("m", float("nan"), float("inf"), 5.0)
    assert value(bench, "avg") == 5
    assert value(bench, "count") == 1


def test_a_delta_sum_row_adds_its_value(bench: Bench) -> None:
    bench.counter("m", 3, 4)
    assert value(bench, "sum") == 7
    assert value(bench, "count") == 2


def test_a_cumulative_counter_counts_its_increase_since_the_row_before_the_window(bench: Bench) -> None:
    for age, total in ((6, 100), (4, 130), (2, 150), (0, 151)):
        bench.counter("m", total, at=minutes_ago(age), delta=False)
    assert value(bench, "sum") == 51
    assert value(bench, "count") == 3
    assert value(bench, "max") == 30


def test_without_a_row_before_the_window_the_first_one_is_the_base(bench: Bench) -> None:
    for age, total in ((30, 10), (4, 130), (2, 150)):
        bench.counter("m", total, at=minutes_ago(age), delta=False)
    assert value(bench, "sum") == 20


def test_a_counter_that_fell_was_reset_and_counts_from_zero(bench: Bench) -> None:
    for age, total in ((6, 100), (4, 130), (3, 7), (2, 9)):
        bench.counter("m", total, at=minutes_ago(age), delta=False)
    assert value(bench, "sum") == 30 + 7 + 2


def test_a_restart_is_seen_by_its_start_time_even_if_the_counter_did_not_fall(bench: Bench) -> None:
    bench.counter("m", 100, at=minutes_ago(6), start=minutes_ago(60), delta=False)
    bench.counter("m", 120, at=minutes_ago(2), start=minutes_ago(3), delta=False)
    assert value(bench, "sum") == 120


def test_a_counter_that_began_inside_the_window_counts_in_full(bench: Bench) -> None:
    bench.counter("m", 40, at=minutes_ago(2), start=minutes_ago(4), delta=False)
    bench.counter("m", 50, at=minutes_ago(1), start=minutes_ago(4), delta=False)
    assert value(bench, "sum") == 50


def test_series_of_a_counter_do_not_mix(bench: Bench) -> None:
    for age, one, two in ((6, 1000, 5), (1, 1010, 8)):
        bench.counter("m", one, at=minutes_ago(age), delta=False, resource={"host.name": "a"})
        bench.counter("m", two, at=minutes_ago(age), delta=False, resource={"host.name": "b"})
    assert value(bench, "sum") == 13


@pytest.mark.parametrize("seed", range(5))
def test_increases_match_a_plain_walk_over_any_counter(bench: Bench, seed: int) -> None:
    generator = random.Random(seed)
    total, expected, before = 50.0, 0.0, None
    for second in range(500, -1, -25):
        total = generator.choice([total + generator.randrange(20), float(generator.randrange(10))])
        at = NOW - timedelta(seconds=second)
        bench.counter("m", total, at=at, delta=False)
        if at > NOW - WINDOW and before is not None:
            expected += total if total < before else total - before
        before = total
    assert value(bench, "sum") == expected


def test_a_sum_that_may_fall_is_a_level(bench: Bench) -> None:
    for age, level in ((4, 10), (2, 30), (1, 20)):
        bench.counter("m", level, at=minutes_ago(age), delta=False, monotonic=False)
    assert value(bench, "last") == 20
    assert value(bench, "avg") == 20
    assert value(bench, "max") == 30


def test_a_delta_histogram_stands_for_its_samples(bench: Bench) -> None:
    bench.histogram("m", 3, 30, extremes=(5, 15), at=minutes_ago(2))
    bench.histogram("m", 1, 50, at=minutes_ago(1))
    bench.histogram("m", 0, 0)
    found = {name: value(bench, name) for name in ("avg", "sum", "count", "min", "max", "last")}
    assert found == {"avg": 20, "sum": 80, "count": 4, "min": 5, "max": 50, "last": 50}


def test_a_cumulative_histogram_stands_for_what_was_added(bench: Bench) -> None:
    bench.histogram("m", 100, 1000, at=minutes_ago(6), delta=False)
    bench.histogram("m", 110, 3000, at=minutes_ago(3), delta=False)
    bench.histogram("m", 4, 40, at=minutes_ago(1), delta=False)
    assert value(bench, "count") == 14
    assert value(bench, "sum") == 2040
    assert value(bench, "avg") == 2040 / 14


def test_percentiles_of_single_samples_are_exact(bench: Bench) -> None:
    samples = random.Random(7).choices(range(1000), k=101)
    bench.gauge("m", *map(float, samples))
    assert value(bench, "p50") == statistics.median(samples)
    assert value(bench, "p99.9") == max(samples)


def test_percentiles_of_histograms_are_the_upper_bound_of_their_bucket(bench: Bench) -> None:
    bounds = [10.0, 100.0, 1000.0]
    bench.histogram("m", 100, 5000, buckets=[50, 40, 9, 1], bounds=bounds, extremes=(1, 4000))
    assert [value(bench, name) for name in ("p50", "p90", "p99", "p99.9")] == [10, 100, 1000, 4000]


def test_percentiles_of_cumulative_histograms_are_those_of_what_was_added(bench: Bench) -> None:
    bounds = [10.0, 100.0]
    bench.histogram("m", 1000, 0, buckets=[1000, 0, 0], bounds=bounds, at=minutes_ago(6), delta=False)
    bench.histogram("m", 1010, 900, buckets=[1001, 9, 0], bounds=bounds, at=minutes_ago(1), delta=False)
    assert value(bench, "p50") == 100
    assert value(bench, "p5") == 10


def exponential(
    bench: Bench,
    samples: Sequence[float],
    scale: int,
    *,
    at: datetime = NOW,
    delta: bool = True,
) -> None:
    """An exponential histogram of positive samples, built by the formula of its specification."""
    indices = [bucket_of(sample, scale) for sample in samples]
    offset = min(indices)
    counts = [indices.count(index) for index in range(offset, max(indices) + 1)]
    bench.telemetry.execute(
        "INSERT INTO otel_metrics_exponential_histogram (TimeUnix, ServiceName, MetricName, Count, Sum,"
        " Scale, PositiveOffset, PositiveBucketCounts, AggregationTemporality) VALUES"
        f" ('{at:%Y-%m-%d %H:%M:%S}', 'api', 'm', {len(samples)}, {sum(samples)},"
        f" {scale}, {offset}, {counts}, {1 if delta else 2})"
    )


def bucket_of(sample: float, scale: int) -> int:
    """The index of the bucket (base**index, base**(index + 1)]."""
    base = 2.0 ** (2.0**-scale)
    index = -200
    while base ** (index + 1) < sample:
        index += 1
    return index


def test_exponential_histograms_know_their_percentiles_to_the_width_of_a_bucket(bench: Bench) -> None:
    samples = [1.5, 3.0, 3.0, 6.0, 100.0]
    exponential(bench, samples, 2)
    for name, sample in (("p1", 1.5), ("p50", 3.0), ("p99", 100.0)):
        found = value(bench, name)
        assert found is not None
        assert sample <= found <= sample * 2 ** (2**-2) + 1e-9
    assert value(bench, "count") == 5


def test_cumulative_exponential_histograms_are_compared_across_a_change_of_scale(bench: Bench) -> None:
    before = [1.5] * 50 + [300.0] * 5
    exponential(bench, before, 3, at=minutes_ago(6), delta=False)
    exponential(bench, [*before, *[20.0] * 10], 1, at=minutes_ago(1), delta=False)
    assert value(bench, "count") == 10
    assert value(bench, "avg") == pytest.approx(20)
    for name in ("p1", "p50", "p99"):
        found = value(bench, name)
        assert found is not None
        assert 20 <= found <= 20 * 2 ** (2**-1)


def test_a_summary_stands_for_what_was_added(bench: Bench) -> None:
    for age, samples, total in ((6, 10, 100), (1, 14, 300)):
        bench.telemetry.execute(
            "INSERT INTO otel_metrics_summary (TimeUnix, ServiceName, MetricName, Count, Sum)"
            f" VALUES ('{minutes_ago(age):%Y-%m-%d %H:%M:%S}', 'api', 'm', {samples}, {total})"
        )
    assert value(bench, "avg") == 50
    assert value(bench, "count") == 4


def test_tags_narrow_down_and_group(bench: Bench) -> None:
    bench.gauge("m", 1, tags={"endpoint": "/a", "method": "GET"})
    bench.gauge("m", 3, tags={"endpoint": "/a", "method": "PUT"})
    bench.gauge("m", 5, tags={"endpoint": "/b", "method": "GET"}, service="billing")
    bench.gauge("m", 9)
    assert value(bench, "sum", where=(("method", "GET"),)) == 6
    assert value(bench, "sum", where=(("service", "billing"),)) == 5
    found = {tuple(group.labels.items()): group.value for group in ask(bench, "sum", group_by=("endpoint",))}
    assert found == {(): 9, (("endpoint", "/a"),): 4, (("endpoint", "/b"),): 5}


def test_a_series_is_told_by_name_service_tags_and_what_identifies_the_resource(bench: Bench) -> None:
    for host, pid in (("a", "1"), ("b", "2"), ("b", "3")):
        resource = {"host.name": host, "process.pid": pid}
        bench.counter("m", 1, tags={"disk": "sda"}, resource=resource)
    found = {(group.labels["resource.host.name"], group.value) for group in ask(bench, "sum", group_by=(SERIES,))}
    assert found == {("a", 1), ("b", 2)}
    labels = ask(bench, "sum", group_by=(SERIES,))[0].labels
    assert labels.keys() == {"metric", "service", "disk", "resource.host.name"}


def test_windows_may_cross_midnight(bench: Bench) -> None:
    midnight = NOW.replace(hour=0)
    bench.gauge("m", 1, at=midnight - MINUTE)
    bench.gauge("m", 3, at=midnight + MINUTE)
    question = MetricValue(("m",), Aggregate("sum"), WINDOW)
    (group,) = MetricValue.answer_all(bench.telemetry, [question], midnight + 2 * MINUTE)[question].answer  # type: ignore[misc]  # an answer
    assert group.value == 4


def test_a_metric_that_comes_later_is_found(bench: Bench) -> None:
    bench.gauge("other", 1)
    assert value(bench, "sum") is None
    bench.gauge("m", 1)
    assert value(bench, "sum") == 1
    bench.counter("m", 5)
    assert value(bench, "sum") == 6
    bench.histogram("m", 1, 7)
    assert value(bench, "sum") == 13


def test_a_sample_from_a_clock_that_is_ahead_counts_when_its_time_has_come(bench: Bench) -> None:
    second = timedelta(seconds=1)
    bench.gauge("m", 1, at=NOW + second)
    question = MetricValue(("m",), Aggregate("sum"), WINDOW)
    for now, samples in ((NOW, 0), (NOW + second, 1)):
        answer = MetricValue.answer_all(bench.telemetry, [question], now)[question].answer
        assert isinstance(answer, tuple)
        assert len(answer) == samples
