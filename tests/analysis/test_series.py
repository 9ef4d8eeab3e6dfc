from datetime import UTC, datetime, timedelta

import pytest

from thorbis_monitor.analysis.series import (
    MAX_POINTS,
    REQUESTS,
    RESPONSE_TIME,
    Span,
    error_rate,
    recent_response_time,
    response_time,
    response_time_by_endpoint,
)
from thorbis_monitor.store.telemetry import Telemetry

NOW = datetime(2026, 1, 31, 12, 0, 30, tzinfo=UTC)
SPAN = Span.last(timedelta(minutes=5), timedelta(minutes=1), NOW)
DELTA, CUMULATIVE = 1, 2


def add_gauge(telemetry: Telemetry, at: str, value: float, endpoint: str = "") -> None:
    telemetry.execute(
        "INSERT INTO otel_metrics_gauge (MetricName, TimeUnix, Value, Attributes)"
        f" VALUES ('{RESPONSE_TIME}', '2026-01-31 {at}', {value}, {{'endpoint': '{endpoint}'}})"
    )


def add_histogram(
    telemetry: Telemetry,
    at: str,
    counts: list[int],
    total: float,
    *,
    temporality: int = DELTA,
    start: str = "08:00:00",
    service: str = "shop",
) -> None:
    telemetry.execute(
        "INSERT INTO otel_metrics_histogram (MetricName, ServiceName, StartTimeUnix, TimeUnix, Count, Sum,"
        " BucketCounts, ExplicitBounds, Max, AggregationTemporality)"
        f" VALUES ('{RESPONSE_TIME}', '{service}', '2026-01-31 {start}', '2026-01-31 {at}', {sum(counts)},"
        f" {total}, {counts}, [100, 1000], 5000, {temporality})"
    )


def add_exponential(telemetry: Telemetry, at: str, counts: list[int], total: float) -> None:
    telemetry.execute(
        "INSERT INTO otel_metrics_exponential_histogram (MetricName, TimeUnix, Count, Sum, Scale, ZeroCount,"
        " PositiveOffset, PositiveBucketCounts, AggregationTemporality)"
        f" VALUES ('{RESPONSE_TIME}', '2026-01-31 {at}', {sum(counts)}, {total}, 0, 0, 6, {counts}, {DELTA})"
    )


def add_requests(
    telemetry: Telemetry, at: str, value: float, temporality: int = DELTA, start: str = "08:00:00"
) -> None:
    telemetry.execute(
        "INSERT INTO otel_metrics_sum"
        " (MetricName, StartTimeUnix, TimeUnix, Value, AggregationTemporality, IsMonotonic)"
        f" VALUES ('{REQUESTS}', '2026-01-31 {start}', '2026-01-31 {at}', {value}, {temporality}, 1)"
    )


def add_errors(telemetry: Telemetry, at: str, count: int, severity: int = 17) -> None:
    telemetry.execute(
        "INSERT INTO otel_logs (Timestamp, SeverityNumber, Body)"
        f" SELECT toDateTime64('2026-01-31 {at}', 9, 'UTC'), {severity}, 'x' FROM numbers({count})"
    )


def averages(telemetry: Telemetry) -> list[float | None]:
    return [point.average for point in response_time(telemetry, SPAN)]


def test_steps_are_aligned_to_the_clock_and_end_with_the_running_one() -> None:
    moments = [moment.strftime("%H:%M:%S") for moment in SPAN.moments()]
    assert moments == ["11:56:00", "11:57:00", "11:58:00", "11:59:00", "12:00:00"]


@pytest.mark.parametrize(
    ("window", "step"),
    [
        (timedelta(hours=1), timedelta(milliseconds=500)),
        (timedelta(hours=1), timedelta(seconds=1.5)),
        (timedelta(0), timedelta(seconds=1)),
        (timedelta(seconds=MAX_POINTS + 1), timedelta(seconds=1)),
    ],
)
def test_a_span_with_too_many_or_crooked_steps_is_refused(window: timedelta, step: timedelta) -> None:
    with pytest.raises(ValueError, match="step"):
        Span.last(window, step, NOW)


def test_each_gauge_row_is_one_sample(telemetry: Telemetry) -> None:
    for value in (100, 200, 600):
        add_gauge(telemetry, "11:58:10", value)
    points = response_time(telemetry, SPAN)
    assert [point.samples for point in points] == [0, 0, 3, 0, 0]
    assert points[2].average == 300
    assert points[2].p95 == pytest.approx(600, rel=0.1)
    assert points[3].average is None


def test_a_sample_at_the_start_of_a_step_counts_in_that_step(telemetry: Telemetry) -> None:
    add_gauge(telemetry, "11:56:00", 10)
    add_gauge(telemetry, "12:00:00", 20)
    assert averages(telemetry) == [10, None, None, None, 20]


def test_a_delta_histogram_counts_as_it_is(telemetry: Telemetry) -> None:
    add_histogram(telemetry, "11:58:10", [8, 2, 0], 1000)
    add_histogram(telemetry, "11:58:40", [0, 10, 0], 5000)
    point = response_time(telemetry, SPAN)[2]
    assert (point.samples, point.average) == (20, 300)
    assert point.p95 == pytest.approx(1000, rel=0.01)


def test_a_cumulative_histogram_counts_what_was_added_since_the_row_before(telemetry: Telemetry) -> None:
    add_histogram(telemetry, "11:52:10", [100, 0, 0], 5_000, temporality=CUMULATIVE)
    add_histogram(telemetry, "11:58:10", [100, 10, 0], 9_000, temporality=CUMULATIVE)
    add_histogram(telemetry, "11:59:10", [100, 10, 5], 29_000, temporality=CUMULATIVE)
    points = response_time(telemetry, SPAN)
    assert [point.samples for point in points] == [0, 0, 10, 5, 0]
    assert [point.average for point in points[2:4]] == [400, 4000]


def test_the_first_row_of_an_old_process_counts_nothing_that_of_a_new_one_all(telemetry: Telemetry) -> None:
    add_histogram(telemetry, "11:58:10", [9, 0, 0], 90, temporality=CUMULATIVE, service="old")
    add_histogram(telemetry, "11:59:10", [4, 0, 0], 80, temporality=CUMULATIVE, service="new", start="11:59:00")
    assert [point.samples for point in response_time(telemetry, SPAN)] == [0, 0, 0, 4, 0]


def test_a_cumulative_histogram_starts_again_when_its_process_did(telemetry: Telemetry) -> None:
    add_histogram(telemetry, "11:58:10", [50, 0, 0], 500, temporality=CUMULATIVE)
    add_histogram(telemetry, "11:59:10", [3, 0, 0], 60, temporality=CUMULATIVE, start="11:59:01")
    points = response_time(telemetry, SPAN)
    assert (points[3].samples, points[3].average) == (3, 20)


def test_an_exponential_histogram_gives_mean_and_percentile(telemetry: Telemetry) -> None:
    add_exponential(telemetry, "11:58:10", [10, 10], 2400)  # (64, 128] and (128, 256]
    point = response_time(telemetry, SPAN)[2]
    assert (point.samples, point.average) == (20, 120)
    assert point.p95 == pytest.approx(256, rel=0.01)


def test_instruments_of_different_kinds_add_up(telemetry: Telemetry) -> None:
    add_gauge(telemetry, "11:58:10", 100)
    add_histogram(telemetry, "11:58:20", [1, 0, 0], 50)
    add_exponential(telemetry, "11:58:30", [2], 150)
    point = response_time(telemetry, SPAN)[2]
    assert (point.samples, point.average) == (4, 75)


def test_the_error_rate_is_error_records_per_request(telemetry: Telemetry) -> None:
    add_requests(telemetry, "11:58:10", 150)
    add_requests(telemetry, "11:58:20", 50)
    add_errors(telemetry, "11:58:30", 10)
    add_errors(telemetry, "11:58:30", 99, severity=13)
    add_errors(telemetry, "11:59:30", 3)
    points = error_rate(telemetry, SPAN)
    assert (points[2].errors, points[2].requests, points[2].rate) == (10, 200, 0.05)
    assert (points[3].errors, points[3].requests, points[3].rate) == (3, 0, None)


def test_a_cumulative_counter_counts_its_increase_and_survives_a_restart(telemetry: Telemetry) -> None:
    add_requests(telemetry, "11:55:00", 1000, CUMULATIVE)
    add_requests(telemetry, "11:57:10", 1100, CUMULATIVE)
    add_requests(telemetry, "11:58:10", 30, CUMULATIVE, start="11:58:00")
    assert [point.requests for point in error_rate(telemetry, SPAN)] == [0, 100, 30, 0, 0]


def test_recent_response_times_are_none_without_samples(telemetry: Telemetry) -> None:
    since = NOW - timedelta(minutes=5)
    assert recent_response_time(telemetry, since, NOW) is None
    add_gauge(telemetry, "11:58:00", 40)
    recent = recent_response_time(telemetry, since, NOW)
    assert recent is not None
    assert (recent.samples, recent.average, recent.p95) == (1, 40, 40)


def test_response_times_are_grouped_by_endpoint(telemetry: Telemetry) -> None:
    add_gauge(telemetry, "11:58:00", 40, "/a")
    add_gauge(telemetry, "11:58:01", 60, "/a")
    add_gauge(telemetry, "11:58:02", 900, "/b")
    add_gauge(telemetry, "11:58:03", 5, "")
    found = response_time_by_endpoint(telemetry, NOW - timedelta(minutes=5), NOW)
    assert {name: figures.average for name, figures in found.items()} == {"/a": 50, "/b": 900}
