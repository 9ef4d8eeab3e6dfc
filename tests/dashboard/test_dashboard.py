from datetime import timedelta

import pytest

from tests.web.harness import Site
from thorbis_monitor.dashboard.document import IngestSection
from thorbis_monitor.dashboard.status import SystemStatus
from thorbis_monitor.model.clock import utc_now
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.store.state import State
from thorbis_monitor.store.telemetry import Telemetry


@pytest.fixture
def site(telemetry: Telemetry, state: State) -> Site:
    """The parts behind the page, without the page."""
    return Site(telemetry, state)


def test_an_empty_system_is_healthy_and_claims_no_figures(site: Site) -> None:
    document = site.dashboard.document()
    assert document.status is SystemStatus.HEALTHY
    assert (document.alerts.active, document.alerts.items, document.insights) == (0, (), ())
    performance = document.performance
    assert (performance.response_time_average, performance.response_time_p95, performance.error_rate) == (None,) * 3
    assert len(performance.response_time) == len(performance.error_rates) == 60
    assert document.uptime_seconds < 60


def test_open_alerts_come_most_severe_first_and_then_newest_first(site: Site) -> None:
    now = utc_now()
    site.raise_alert("low", Severity.LOW)
    site.raise_alert("older", Severity.CRITICAL, at=now - timedelta(minutes=9))
    site.raise_alert("newer", Severity.CRITICAL, at=now - timedelta(minutes=3))
    document = site.dashboard.document()
    assert [alert.title for alert in document.alerts.items] == ["newer", "older", "low"]
    assert document.status is SystemStatus.CRITICAL
    assert document.alerts.active == 3
    assert document.alerts.by_severity[Severity.CRITICAL] == 2
    assert document.alerts.by_category[Category.ERROR] == 3


def test_what_a_person_did_is_seen_at_once(site: Site) -> None:
    alert = site.raise_alert("slow", Severity.HIGH)
    assert site.dashboard.standing().status is SystemStatus.WARNING
    assert site.dashboard.document().alerts.recently_resolved == ()
    site.book.resolve(alert.id, "maria")
    site.dashboard.alerts_changed()
    document = site.dashboard.document()
    assert document.alerts.items == ()
    assert [alert.resolved_by for alert in document.alerts.recently_resolved] == ["maria"]
    assert site.dashboard.standing().status is SystemStatus.HEALTHY


def test_figures_of_the_last_minutes_come_from_the_store(site: Site) -> None:
    site.telemetry.execute(
        "INSERT INTO otel_metrics_gauge (MetricName, TimeUnix, Value)"
        " SELECT 'api.response_time', now64(9) - 1, 1500 FROM numbers(20)"
    )
    site.telemetry.execute(
        "INSERT INTO otel_metrics_sum (MetricName, TimeUnix, Value, AggregationTemporality)"
        " SELECT 'api.requests.count', now64(9) - 1, 10, 1 FROM numbers(10)"
    )
    site.log("declined", 17, count=5)
    document = site.dashboard.document()
    performance = document.performance
    assert (performance.response_time_average, performance.response_time_p95) == (1500, 1500)
    assert (performance.requests, performance.errors, performance.error_rate) == (100, 5, 0.05)
    texts = [insight.text for insight in document.insights]
    assert "Responses are slow: 1,500 ms on average in the last 5 minutes." in texts
    assert "5 errors in the last hour." in texts
    assert [line.message for line in site.dashboard.newest_logs()] == ["declined"] * 5


def test_what_was_lost_stands_in_the_document(site: Site) -> None:
    site.ingest = IngestSection(received=7, refused=2, dropped=1, dead_letters=3, waiting_bytes=9)
    assert site.dashboard.document().ingest == site.ingest
