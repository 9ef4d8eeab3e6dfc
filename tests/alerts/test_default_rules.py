"""The five default rules fire exactly where the specification says: at, just below and just above."""

from datetime import timedelta

import pytest

from tests.alerts.bench import LIMIT, MICROSECOND, NOW, Bench, default_rule
from thorbis_monitor.alerts.condition import Figures
from thorbis_monitor.alerts.rules import default_rule_set
from thorbis_monitor.analysis.memory import MEMORY_GAUGES
from thorbis_monitor.model.severity import Category, Severity

MINUTES = timedelta(minutes=1)
FIVE_MINUTES = 5 * MINUTES
ERROR, WARN = 17, 13

RESPONSE = default_rule("high_response_time")
MEMORY = default_rule("high_memory_usage")
ERRORS = default_rule("error_rate_spike")
LOGINS = default_rule("authentication_failures")
PAYMENTS = default_rule("payment_processing_failures")


def test_the_default_rules_are_those_of_the_specification() -> None:
    found = {
        compiled.rule.id: (compiled.rule.category, compiled.rule.severity, compiled.rule.cooldown / MINUTES)
        for compiled in default_rule_set(Figures(LIMIT))
    }
    assert found == {
        "high_response_time": (Category.PERFORMANCE, Severity.HIGH, 5),
        "high_memory_usage": (Category.INFRASTRUCTURE, Severity.MEDIUM, 10),
        "error_rate_spike": (Category.ERROR, Severity.HIGH, 3),
        "authentication_failures": (Category.SECURITY, Severity.HIGH, 5),
        "payment_processing_failures": (Category.BUSINESS, Severity.CRITICAL, 1),
    }


def test_no_default_rule_fires_on_nothing(bench: Bench) -> None:
    bench.start(default_rule_set(Figures(LIMIT)))
    assert bench.tick() == []
    assert all(status.evaluations[0].error is None for status in bench.engine.status())


class TestHighResponseTime:
    @pytest.mark.parametrize(("slowest", "fires"), [(1999.9, False), (2000.0, False), (2000.1, True), (30_000.0, True)])
    def test_fires_when_the_mean_is_above_two_seconds(self, bench: Bench, slowest: float, *, fires: bool) -> None:
        bench.gauge("api.response_time", *[2000.0] * 9, slowest)
        assert bench.fires(RESPONSE) is fires

    @pytest.mark.parametrize(("samples", "fires"), [(9, False), (10, True)])
    def test_needs_ten_samples(self, bench: Bench, samples: int, *, fires: bool) -> None:
        bench.gauge("api.response_time", *[5000.0] * samples)
        assert bench.fires(RESPONSE) is fires

    @pytest.mark.parametrize(("samples", "fires"), [(9, False), (10, True)])
    def test_counts_the_samples_inside_histograms(self, bench: Bench, samples: int, *, fires: bool) -> None:
        bench.histogram("api.response_time", samples, samples * 5000.0)
        assert bench.fires(RESPONSE) is fires

    @pytest.mark.parametrize(("total", "fires"), [(20_000.0, False), (20_000.5, True)])
    def test_takes_the_mean_over_histograms_and_single_samples(
        self, bench: Bench, total: float, *, fires: bool
    ) -> None:
        bench.histogram("api.response_time", 9, total - 2000, delta=True)
        bench.gauge("api.response_time", 2000.0)
        assert bench.fires(RESPONSE) is fires

    @pytest.mark.parametrize(
        ("age", "fires"),
        [
            (FIVE_MINUTES, False),
            (FIVE_MINUTES - MICROSECOND, True),
            (timedelta(0), True),
            (-MICROSECOND, False),
        ],
    )
    def test_looks_at_the_last_five_minutes(self, bench: Bench, age: timedelta, *, fires: bool) -> None:
        bench.gauge("api.response_time", *[5000.0] * 10, at=NOW - age)
        assert bench.fires(RESPONSE) is fires

    def test_looks_at_no_other_metric(self, bench: Bench) -> None:
        bench.gauge("api.response_time_total", *[5000.0] * 10)
        assert not bench.fires(RESPONSE)

    def test_says_what_it_found(self, bench: Bench) -> None:
        bench.gauge("api.response_time", *[2340.0] * 12)
        bench.start(RESPONSE)
        bench.tick()
        (alert,) = bench.open_alerts()
        assert alert.title == "High response time"
        assert alert.description == "Mean api.response_time over 5m is 2,340 ms (limit 2,000 ms, 12 samples)"
        assert alert.data == {
            "value": 2340.0,
            "threshold": 2000.0,
            "samples": 12,
            "window": "5m",
            "aggregate": "avg",
        }


class TestHighMemoryUsage:
    @pytest.mark.parametrize("name", MEMORY_GAUGES)
    @pytest.mark.parametrize(
        ("used", "fires"), [(LIMIT * 0.8 - 1, False), (LIMIT * 0.8, False), (LIMIT * 0.8 + 1, True)]
    )
    def test_fires_above_four_fifths_of_the_limit(self, bench: Bench, name: str, used: float, *, fires: bool) -> None:
        bench.gauge(name, used)
        assert bench.fires(MEMORY) is fires

    @pytest.mark.parametrize(("last", "fires"), [(LIMIT * 0.9, True), (LIMIT * 0.5, False)])
    def test_the_latest_value_decides(self, bench: Bench, last: float, *, fires: bool) -> None:
        bench.gauge("memory.rss.gauge", LIMIT * (1.4 - last / LIMIT), at=NOW - timedelta(seconds=1))
        bench.gauge("memory.rss.gauge", last)
        assert bench.fires(MEMORY) is fires

    @pytest.mark.parametrize(("age", "fires"), [(MINUTES, False), (MINUTES - MICROSECOND, True)])
    def test_looks_at_the_last_minute(self, bench: Bench, age: timedelta, *, fires: bool) -> None:
        bench.gauge("memory.rss.gauge", LIMIT * 0.9, at=NOW - age)
        assert bench.fires(MEMORY) is fires

    def test_each_series_has_an_alert_of_its_own(self, bench: Bench) -> None:
        bench.gauge("memory.rss.gauge", LIMIT * 0.9, service="api", tags={"worker": "1"})
        bench.gauge("memory.rss.gauge", LIMIT * 0.95, service="api", tags={"worker": "2"})
        bench.gauge("memory.rss.gauge", LIMIT * 0.7, service="billing")
        bench.start(MEMORY)
        bench.tick()
        assert {(alert.tags["service"], alert.tags["worker"]) for alert in bench.open_alerts()} == {
            ("api", "1"),
            ("api", "2"),
        }

    def test_the_up_down_counter_of_opentelemetry_is_a_level(self, bench: Bench) -> None:
        bench.counter("process.memory.usage", LIMIT * 0.9, delta=False, monotonic=False)
        assert bench.fires(MEMORY)

    def test_a_point_without_a_recorded_value_is_no_value(self, bench: Bench) -> None:
        bench.gauge("memory.rss.gauge", LIMIT * 0.9, at=NOW - timedelta(seconds=5))
        bench.gauge("memory.rss.gauge", 0.0, flags=1)
        assert bench.fires(MEMORY)


class TestErrorRateSpike:
    @pytest.mark.parametrize(("errors", "fires"), [(4, False), (5, False), (6, True)])
    def test_fires_above_five_per_cent(self, bench: Bench, errors: int, *, fires: bool) -> None:
        bench.logs(errors, severity=ERROR)
        bench.counter("api.requests.count", 60, 40)
        assert bench.fires(ERRORS) is fires

    @pytest.mark.parametrize(("requests", "errors", "fires"), [(1999, 100, True), (2000, 100, False)])
    def test_compares_exactly(self, bench: Bench, requests: int, errors: int, *, fires: bool) -> None:
        bench.logs(errors, severity=ERROR)
        bench.counter("api.requests.count", requests)
        assert bench.fires(ERRORS) is fires

    @pytest.mark.parametrize(("requests", "fires"), [(99, False), (100, True)])
    def test_needs_a_hundred_requests(self, bench: Bench, requests: int, *, fires: bool) -> None:
        bench.logs(90, severity=ERROR)
        bench.counter("api.requests.count", requests)
        assert bench.fires(ERRORS) is fires

    def test_only_errors_count(self, bench: Bench) -> None:
        bench.logs(50, severity=WARN)
        bench.counter("api.requests.count", 100)
        assert not bench.fires(ERRORS)

    def test_errors_without_requests_are_no_rate(self, bench: Bench) -> None:
        bench.logs(1000, severity=ERROR)
        assert not bench.fires(ERRORS)
        bench.start(ERRORS)
        bench.tick()
        assert bench.status().state == "no_data"

    @pytest.mark.parametrize(("age", "fires"), [(FIVE_MINUTES, False), (FIVE_MINUTES - MICROSECOND, True)])
    def test_looks_at_the_last_five_minutes(self, bench: Bench, age: timedelta, *, fires: bool) -> None:
        bench.logs(6, severity=ERROR, at=NOW - age)
        bench.counter("api.requests.count", 100)
        assert bench.fires(ERRORS) is fires

    def test_requests_are_counted_in_cumulative_counters_too(self, bench: Bench) -> None:
        bench.logs(6, severity=ERROR)
        bench.counter("api.requests.count", 1000, at=NOW - 6 * MINUTES, delta=False)
        bench.counter("api.requests.count", 1100, delta=False)
        assert bench.fires(ERRORS)
        bench.counter("api.requests.count", 1120, delta=False, at=NOW + MICROSECOND)
        bench.clock.now = NOW + MICROSECOND
        assert not bench.fires(ERRORS)


class TestAuthenticationFailures:
    @pytest.mark.parametrize(("records", "fires"), [(50, False), (51, True)])
    def test_fires_above_fifty_records(self, bench: Bench, records: int, *, fires: bool) -> None:
        bench.logs(records, "authentication failed for user ada")
        assert bench.fires(LOGINS) is fires

    @pytest.mark.parametrize(
        ("body", "fires"),
        [
            ("Authentication FAILED", True),
            ("failed: AuthenticationError", True),
            ("authentication failure", False),
            ("login failed", False),
            ("authentication succeeded", False),
        ],
    )
    def test_the_message_has_both_words_in_any_case(self, bench: Bench, body: str, *, fires: bool) -> None:
        bench.logs(51, body, severity=WARN)
        assert bench.fires(LOGINS) is fires

    @pytest.mark.parametrize(
        ("age", "fires"),
        [(FIVE_MINUTES, False), (FIVE_MINUTES - MICROSECOND, True), (-MICROSECOND, False)],
    )
    def test_looks_at_the_last_five_minutes(self, bench: Bench, age: timedelta, *, fires: bool) -> None:
        bench.logs(50, "authentication failed")
        bench.logs(1, "authentication failed", at=NOW - age)
        assert bench.fires(LOGINS) is fires


class TestPaymentProcessingFailures:
    @pytest.mark.parametrize(("records", "fires"), [(5, False), (6, True)])
    def test_fires_above_five_errors_of_the_component(self, bench: Bench, records: int, *, fires: bool) -> None:
        bench.logs(records, "card declined", severity=ERROR, attributes={"component": "payment"})
        assert bench.fires(PAYMENTS) is fires

    @pytest.mark.parametrize(("records", "fires"), [(5, False), (6, True)])
    def test_fires_above_five_errors_with_the_word(self, bench: Bench, records: int, *, fires: bool) -> None:
        bench.logs(records, "PayMent gateway timed out", severity=ERROR)
        assert bench.fires(PAYMENTS) is fires

    def test_a_record_that_has_both_counts_once(self, bench: Bench) -> None:
        bench.logs(3, "payment declined", severity=ERROR, attributes={"component": "payment"})
        bench.logs(2, "payment declined", severity=ERROR)
        assert not bench.fires(PAYMENTS)
        bench.logs(1, "x", severity=ERROR, attributes={"component": "Payment"})
        assert bench.fires(PAYMENTS)

    def test_only_errors_count(self, bench: Bench) -> None:
        bench.logs(100, "payment slow", severity=WARN, attributes={"component": "payment"})
        assert not bench.fires(PAYMENTS)

    def test_other_components_do_not_count(self, bench: Bench) -> None:
        bench.logs(100, "declined", severity=ERROR, attributes={"component": "payments-archive"})
        assert not bench.fires(PAYMENTS)

    @pytest.mark.parametrize(("age", "fires"), [(FIVE_MINUTES, False), (FIVE_MINUTES - MICROSECOND, True)])
    def test_looks_at_the_last_five_minutes(self, bench: Bench, age: timedelta, *, fires: bool) -> None:
        bench.logs(6, "payment", severity=ERROR, at=NOW - age)
        assert bench.fires(PAYMENTS) is fires
