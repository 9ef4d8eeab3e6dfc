"""What the unified document holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from thorbis_monitor.analysis.series import ErrorRatePoint, ResponseTimePoint
from thorbis_monitor.dashboard.insights import Insight
from thorbis_monitor.dashboard.status import SystemStatus
from thorbis_monitor.model.alert import Alert
from thorbis_monitor.model.severity import Category, Severity


@dataclass(frozen=True, slots=True)
class AlertSection:
    """Open alerts, the most severe first, and those that were resolved lately.

    ``items`` is bounded, the counts are not.
    """

    active: int
    by_severity: Mapping[Severity, int]
    by_category: Mapping[Category, int]
    items: tuple[Alert, ...]
    recently_resolved: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class PerformanceSection:
    """Figures of the last five minutes (None: nothing was reported) and series of the last hour by minute."""

    response_time_average: float | None
    response_time_p95: float | None
    response_time_samples: float
    requests: float
    errors: int
    error_rate: float | None
    response_time: tuple[ResponseTimePoint, ...]
    error_rates: tuple[ErrorRatePoint, ...]


@dataclass(frozen=True, slots=True)
class IngestSection:
    """What came in since the start of the server, and what of it is not in the store.

    ``refused``: records or requests that senders were told were not taken. ``dropped``: what was taken and
    then lost. ``dead_letters``: requests set aside because the store would not have them. ``waiting_bytes``:
    acknowledged, on disk, not in the store yet.
    """

    received: int = 0
    refused: int = 0
    dropped: int = 0
    dead_letters: int = 0
    waiting_bytes: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of the system in short."""

    status: SystemStatus
    version: str
    started_at: datetime
    uptime_seconds: float
    active_alerts: int


@dataclass(frozen=True, slots=True)
class Document:
    """The state of everything at one moment."""

    taken_at: datetime
    status: SystemStatus
    version: str
    started_at: datetime
    uptime_seconds: float
    alerts: AlertSection
    performance: PerformanceSection
    insights: tuple[Insight, ...]
    ingest: IngestSection
