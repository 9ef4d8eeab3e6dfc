"""Puts the unified document together, each part as often as it is worth, and shares it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from thorbis_monitor.alerts.book import AlertBook
from thorbis_monitor.analysis.errors import count_errors, most_common_errors
from thorbis_monitor.analysis.logs import LogFilter, LogLine, find_logs
from thorbis_monitor.analysis.memory import memory_by_minute
from thorbis_monitor.analysis.series import (
    Span,
    error_rate,
    recent_response_time,
    response_time,
    response_time_by_endpoint,
)
from thorbis_monitor.dashboard.document import (
    AlertSection,
    Document,
    IngestSection,
    PerformanceSection,
    Standing,
)
from thorbis_monitor.dashboard.insights import (
    Insight,
    error_rate_rising,
    errors_in_words,
    memory_rising,
    response_time_high,
    slowest_endpoint,
)
from thorbis_monitor.dashboard.shared import Shared
from thorbis_monitor.dashboard.status import system_status
from thorbis_monitor.model.alert import Alert, AlertState
from thorbis_monitor.model.clock import Clock
from thorbis_monitor.store.telemetry import Telemetry

MOST_OPEN_ALERTS = 100
NEWEST_LOG_LINES = 100

_MOST_RESOLVED = 10
_RESOLVED_WITHIN = timedelta(hours=24)
_DOCUMENT_AGE = timedelta(seconds=2)
_CHARTS_AGE = timedelta(seconds=5)
_INSIGHTS_AGE = timedelta(seconds=15)
_RECENT = timedelta(minutes=5)
_ENDPOINTS_WITHIN = timedelta(minutes=15)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


class Dashboard:
    """The one source of what pages and the REST API show. Thread-safe; methods block.

    Nothing is computed while nobody asks, and never more often than every two seconds.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        alerts: AlertBook,
        ingest: Callable[[], IngestSection],
        clock: Clock,
        version: str,
    ) -> None:
        """Read the stores; ``ingest`` gives the present figures of what comes in."""
        self._telemetry = telemetry
        self._alerts = alerts
        self._ingest = ingest
        self._version = version
        self._started_at = clock()
        self._summary = Shared(self._summarize, _DOCUMENT_AGE, clock)
        self._document = Shared(self._compose, _DOCUMENT_AGE, clock)
        self._performance = Shared(self._measure, _CHARTS_AGE, clock)
        self._insights = Shared(self._interpret, _INSIGHTS_AGE, clock)
        self._newest = Shared(self._read_newest, _DOCUMENT_AGE, clock)

    def document(self) -> Document:
        """The unified document, at most two seconds old."""
        return self._document.get()

    def standing(self) -> Standing:
        """The state of the system in short; asks the state database alone."""
        return self._summary.get()

    def newest_logs(self) -> tuple[LogLine, ...]:
        """The newest log records, newest first, at most two seconds old."""
        return self._newest.get()

    def alerts_changed(self) -> None:
        """Show what a person did to an alert at once."""
        self._document.forget()
        self._summary.forget()

    def forget_all(self) -> None:
        """Compute everything anew, because the stores were changed as a whole (a restored backup, a test)."""
        for shared in (self._summary, self._document, self._performance, self._insights, self._newest):
            shared.forget()

    def _summarize(self, now: datetime) -> Standing:
        summary = self._alerts.summary()
        return Standing(
            status=system_status(summary.by_severity),
            version=self._version,
            started_at=self._started_at,
            uptime_seconds=self._uptime(now),
            active_alerts=summary.active,
        )

    def _uptime(self, now: datetime) -> float:
        return max(0.0, (now - self._started_at).total_seconds())

    def _compose(self, now: datetime) -> Document:
        alerts = self._read_alerts(now)
        performance = self._performance.get()
        return Document(
            taken_at=now,
            status=system_status(alerts.by_severity),
            version=self._version,
            started_at=self._started_at,
            uptime_seconds=self._uptime(now),
            alerts=alerts,
            performance=performance,
            insights=self._insights.get(),
            ingest=self._ingest(),
        )

    def _read_alerts(self, now: datetime) -> AlertSection:
        summary = self._alerts.summary()
        found = self._alerts.find(state=AlertState.FIRING, limit=MOST_OPEN_ALERTS).items
        ended = self._alerts.find(state=AlertState.RESOLVED, since=now - _RESOLVED_WITHIN, limit=MOST_OPEN_ALERTS).items
        return AlertSection(
            active=summary.active,
            by_severity=summary.by_severity,
            by_category=summary.by_category,
            items=tuple(sorted(found, key=lambda alert: alert.severity.rank)),
            recently_resolved=tuple(sorted(ended, key=_resolved_at, reverse=True)[:_MOST_RESOLVED]),
        )

    def _measure(self, now: datetime) -> PerformanceSection:
        span = Span.last(_HOUR, _MINUTE, now)
        recent = recent_response_time(self._telemetry, now - _RECENT, now)
        rates = error_rate(self._telemetry, span)
        minutes = int(_RECENT / _MINUTE)
        requests = sum(point.requests for point in rates[-minutes:])
        errors = sum(point.errors for point in rates[-minutes:])
        return PerformanceSection(
            response_time_average=recent.average if recent else None,
            response_time_p95=recent.p95 if recent else None,
            response_time_samples=recent.samples if recent else 0,
            requests=requests,
            errors=errors,
            error_rate=errors / requests if requests > 0 else None,
            response_time=response_time(self._telemetry, span),
            error_rates=rates,
        )

    def _interpret(self, now: datetime) -> tuple[Insight, ...]:
        performance = self._performance.get()
        recent = recent_response_time(self._telemetry, now - _RECENT, now)
        found = [
            error_rate_rising(performance.error_rates),
            response_time_high(recent),
            slowest_endpoint(response_time_by_endpoint(self._telemetry, now - _ENDPOINTS_WITHIN, now)),
            memory_rising(memory_by_minute(self._telemetry, now - _HOUR, now)),
            *errors_in_words(
                count_errors(self._telemetry, now - _HOUR, now),
                most_common_errors(self._telemetry, now - _HOUR, now),
            ),
        ]
        return tuple(insight for insight in found if insight)

    def _read_newest(self, now: datetime) -> tuple[LogLine, ...]:
        return find_logs(self._telemetry, LogFilter(), now, NEWEST_LOG_LINES).items


def _resolved_at(alert: Alert) -> datetime:
    return alert.resolved_at or alert.timestamp
