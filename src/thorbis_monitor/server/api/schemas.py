"""The shapes of the API's answers and requests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from thorbis_monitor.dashboard.insights import InsightKind
from thorbis_monitor.dashboard.status import SystemStatus
from thorbis_monitor.model.alert import Alert, AlertState, ChangeKind
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.response.status import Status

DEFAULT_NAME = "operator"

T = TypeVar("T")


class Shape(BaseModel):
    """An answer, read from the attributes of ours."""

    model_config = ConfigDict(from_attributes=True)


class Listing(Shape, Generic[T]):
    """One page of a list; ``next`` is the cursor of the page after it, null at the end."""

    items: list[T]
    next: str | None


class AlertShape(Shape):
    """An alert."""

    id: str
    severity: Severity
    category: Category
    title: str
    description: str
    timestamp: datetime
    source: str
    tags: dict[str, str]
    data: dict[str, Any]
    annotations: dict[str, str]
    state: AlertState
    resolved: bool
    resolved_at: datetime | None
    resolved_by: str | None
    acknowledged: bool
    acknowledged_at: datetime | None
    acknowledged_by: str | None

    @classmethod
    def of(cls, alert: Alert) -> "AlertShape":
        """Write an alert."""
        return cls(**_alert_fields(alert))


class CommentShape(Shape):
    """A comment on an alert."""

    id: str
    author: str
    text: str
    created_at: datetime


class DeliveryShape(Shape):
    """One message about an alert to one receiver."""

    id: str
    receiver: str
    change: ChangeKind
    status: Status
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    error: str | None


class AlertDetailShape(AlertShape):
    """An alert with what people wrote on it and to whom it was sent."""

    comments: list[CommentShape]
    deliveries: list[DeliveryShape]


class AlertSummaryShape(Shape):
    """How many alerts are open, by severity and category."""

    active: int
    by_severity: dict[Severity, int]
    by_category: dict[Category, int]


class By(BaseModel):
    """Who does it."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field(default=DEFAULT_NAME, min_length=1, max_length=200, pattern=r"\S")


class NewComment(By):
    """A comment to write."""

    text: str = Field(min_length=1, max_length=10_000, pattern=r"\S")


class LogShape(Shape):
    """A log record."""

    timestamp: str = Field(json_schema_extra={"format": "date-time"})
    level: int
    level_name: str
    message: str
    service: str
    component: str
    trace_id: str
    span_id: str
    attributes: dict[str, str]
    resource: dict[str, str]


class ResponseTimePointShape(Shape):
    """Response times of one step in milliseconds, null without samples."""

    timestamp: datetime
    samples: float
    average: float | None
    p95: float | None


class ErrorRatePointShape(Shape):
    """Error records, requests and their ratio (1 = every request), null without requests."""

    timestamp: datetime
    errors: int
    requests: float
    rate: float | None


class ResponseTimeSeries(Shape):
    """Response time over time."""

    unit: str = "ms"
    step_seconds: int
    points: list[ResponseTimePointShape]


class ErrorRateSeries(Shape):
    """Error rate over time."""

    unit: str = "ratio"
    step_seconds: int
    points: list[ErrorRatePointShape]


class StandingShape(Shape):
    """The state of the system in short."""

    status: SystemStatus
    version: str
    started_at: datetime
    uptime_seconds: float
    active_alerts: int


class DashboardAlerts(Shape):
    """Open alerts, the most severe first, and those resolved within a day."""

    active: int
    summary: Mapping[str, Mapping[str, int]]
    items: list[AlertShape]
    recently_resolved: list[AlertShape]


class DashboardPerformance(Shape):
    """Figures of the last five minutes and series of the last hour by minute."""

    response_time_average: float | None
    response_time_p95: float | None
    response_time_samples: float
    requests: float
    errors: int
    error_rate: float | None
    response_time: list[ResponseTimePointShape]
    error_rates: list[ErrorRatePointShape]


class InsightShape(Shape):
    """One sentence about what the figures mean."""

    kind: InsightKind
    text: str


class IngestShape(Shape):
    """What came in since the start, and what of it is not in the store."""

    received: int
    refused: int
    dropped: int
    dead_letters: int
    waiting_bytes: int
    last_error: str | None


class DashboardShape(Shape):
    """The unified document."""

    timestamp: datetime
    status: SystemStatus
    version: str
    started_at: datetime
    uptime_seconds: float
    alerts: DashboardAlerts
    performance: DashboardPerformance
    insights: list[InsightShape]
    ingest: IngestShape


def detail(alert: Alert, comments: list[CommentShape], deliveries: list[DeliveryShape]) -> AlertDetailShape:
    """Write an alert with all that belongs to it."""
    return AlertDetailShape(**_alert_fields(alert), comments=comments, deliveries=deliveries)


def _alert_fields(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "severity": alert.severity,
        "category": alert.category,
        "title": alert.title,
        "description": alert.description,
        "timestamp": alert.timestamp,
        "source": alert.source,
        "tags": dict(alert.tags),
        "data": dict(alert.data),
        "annotations": dict(alert.annotations),
        "state": alert.state,
        "resolved": alert.resolved_at is not None,
        "resolved_at": alert.resolved_at,
        "resolved_by": alert.resolved_by,
        "acknowledged": alert.acknowledged_at is not None,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by,
    }
