"""Routes for the whole: the unified document, the status, series for charts."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from thorbis_monitor.analysis.series import Span, error_rate, response_time
from thorbis_monitor.dashboard.document import AlertSection, Document
from thorbis_monitor.model.duration import parse_duration
from thorbis_monitor.server.api.errors import ApiError, ApiRoute
from thorbis_monitor.server.api.schemas import (
    AlertShape,
    DashboardAlerts,
    DashboardPerformance,
    DashboardShape,
    ErrorRatePointShape,
    ErrorRateSeries,
    IngestShape,
    InsightShape,
    ResponseTimePointShape,
    ResponseTimeSeries,
    StandingShape,
)
from thorbis_monitor.server.api.services import ApiServices

_LONGEST = timedelta(days=31)

Window = Annotated[str, Query(max_length=20, description="how far back, such as 1h; at most 31 days")]
Step = Annotated[str, Query(max_length=20, description="length of one step, such as 1m")]


def overview_routes(services: ApiServices) -> APIRouter:
    """The routes /api/dashboard, /api/status and /api/series."""
    router = APIRouter(tags=["overview"], route_class=ApiRoute)

    @router.get("/dashboard")
    def read_dashboard() -> DashboardShape:
        """The unified document: status, alerts, performance, insights, ingest. At most two seconds old."""
        return _document(services.dashboard.document())

    @router.get("/status")
    def read_status() -> StandingShape:
        """The state of the system in short."""
        return StandingShape.model_validate(services.dashboard.standing())

    @router.get("/series/response_time")
    def read_response_time(window: Window = "1h", step: Step = "1m") -> ResponseTimeSeries:
        """Mean and 95th percentile of `api.response_time` per step."""
        span = _span(services, window, step)
        points = response_time(services.telemetry, span)
        return ResponseTimeSeries(
            step_seconds=int(span.step.total_seconds()),
            points=[ResponseTimePointShape.model_validate(point) for point in points],
        )

    @router.get("/series/error_rate")
    def read_error_rate(window: Window = "1h", step: Step = "1m") -> ErrorRateSeries:
        """ERROR records over `api.requests.count` per step."""
        span = _span(services, window, step)
        points = error_rate(services.telemetry, span)
        return ErrorRateSeries(
            step_seconds=int(span.step.total_seconds()),
            points=[ErrorRatePointShape.model_validate(point) for point in points],
        )

    return router


def _span(services: ApiServices, window: str, step: str) -> Span:
    try:
        return Span.last(min(parse_duration(window), _LONGEST), parse_duration(step), services.clock())
    except (ValueError, OverflowError) as error:
        raise ApiError(422, "invalid_parameter", str(error), "for example ?window=1h&step=1m") from error


def _document(document: Document) -> DashboardShape:
    return DashboardShape(
        timestamp=document.taken_at,
        status=document.status,
        version=document.version,
        started_at=document.started_at,
        uptime_seconds=document.uptime_seconds,
        alerts=_alerts(document.alerts),
        performance=DashboardPerformance.model_validate(document.performance),
        insights=[InsightShape.model_validate(insight) for insight in document.insights],
        ingest=IngestShape.model_validate(document.ingest),
    )


def _alerts(section: AlertSection) -> DashboardAlerts:
    return DashboardAlerts(
        active=section.active,
        summary={
            "by_severity": {severity.value: count for severity, count in section.by_severity.items()},
            "by_category": {category.value: count for category, count in section.by_category.items()},
        },
        items=[AlertShape.of(alert) for alert in section.items],
        recently_resolved=[AlertShape.of(alert) for alert in section.recently_resolved],
    )
