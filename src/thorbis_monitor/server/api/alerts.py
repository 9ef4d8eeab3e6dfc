"""Routes for alerts: look them up, take care of them, close them, write on them."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from thorbis_monitor.model.alert import AlertState
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.response.outbox import deliveries_of
from thorbis_monitor.server.api.errors import ApiRoute
from thorbis_monitor.server.api.parameters import Cursor, EmptyIsNone, Limit, Text, When, read_moment
from thorbis_monitor.server.api.schemas import (
    AlertDetailShape,
    AlertShape,
    AlertSummaryShape,
    By,
    CommentShape,
    DeliveryShape,
    Listing,
    NewComment,
    detail,
)
from thorbis_monitor.server.api.services import ApiServices

StateParameter = Annotated[AlertState | None, EmptyIsNone, Query(description="only firing, or only resolved")]
SeverityParameter = Annotated[Severity | None, EmptyIsNone, Query()]
CategoryParameter = Annotated[Category | None, EmptyIsNone, Query()]


def alert_routes(services: ApiServices) -> APIRouter:
    """The routes below /api/alerts."""
    router = APIRouter(prefix="/alerts", tags=["alerts"], route_class=ApiRoute)
    _add_reading(router, services)
    _add_acting(router, services)
    return router


def _add_reading(router: APIRouter, services: ApiServices) -> None:
    book = services.alerts

    @router.get("")
    def list_alerts(
        *,
        state: StateParameter = None,
        severity: SeverityParameter = None,
        category: CategoryParameter = None,
        source: Text = None,
        since: When = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Listing[AlertShape]:
        """List alerts, newest first."""
        page = book.find(
            state=state,
            severity=severity,
            category=category,
            source=source,
            since=read_moment("since", since, services.clock()),
            limit=limit,
            cursor=cursor,
        )
        return Listing(items=[AlertShape.of(alert) for alert in page.items], next=page.next)

    @router.get("/summary")
    def summarize_alerts(since: When = None) -> AlertSummaryShape:
        """Count open alerts by severity and category; with `since`, all that were raised since then."""
        summary = book.summary(read_moment("since", since, services.clock()))
        return AlertSummaryShape.model_validate(summary)

    @router.get("/{alert_id}")
    def read_alert(alert_id: str) -> AlertDetailShape:
        """Look up one alert with its comments and deliveries."""
        alert, comments = book.get(alert_id), book.comments(alert_id)
        with services.state.read() as connection:
            deliveries = deliveries_of(connection, alert_id)
        return detail(
            alert,
            [CommentShape.model_validate(comment) for comment in comments],
            [DeliveryShape.model_validate(delivery) for delivery in deliveries],
        )


def _add_acting(router: APIRouter, services: ApiServices) -> None:
    book = services.alerts

    @router.post("/{alert_id}/ack")
    def acknowledge_alert(alert_id: str, request: Annotated[By | None, Body()] = None) -> AlertShape:
        """Note that somebody takes care of an open alert; the first one to do so stays."""
        alert = book.acknowledge(alert_id, (request or By()).by)
        services.dashboard.alerts_changed()
        return AlertShape.of(alert)

    @router.post("/{alert_id}/resolve")
    def resolve_alert(alert_id: str, request: Annotated[By | None, Body()] = None) -> AlertShape:
        """Close an open alert; it is not raised again while its condition stays true."""
        alert = book.resolve(alert_id, (request or By()).by)
        services.dashboard.alerts_changed()
        return AlertShape.of(alert)

    @router.post("/{alert_id}/comments", status_code=201)
    def comment_alert(alert_id: str, request: NewComment) -> CommentShape:
        """Write a comment on an alert, open or resolved."""
        return CommentShape.model_validate(book.comment(alert_id, request.by, request.text))
