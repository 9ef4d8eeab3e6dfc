"""An alert: one condition that became true for one label set, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from thorbis_monitor.model.severity import Category, Severity


class AlertState(StrEnum):
    """Whether the alert is open or over."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert. Times are aware datetimes in UTC.

    ``source`` is the id of the rule, ``tags`` are the rule's labels and the label set that fired,
    ``data`` holds the values that made it fire, ``fingerprint`` identifies (rule, label set) across alerts.
    """

    id: str
    source: str
    fingerprint: str
    severity: Severity
    category: Category
    title: str
    description: str
    timestamp: datetime
    tags: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None

    @property
    def state(self) -> AlertState:
        """Firing until resolved."""
        return AlertState.RESOLVED if self.resolved_at else AlertState.FIRING


class ChangeKind(StrEnum):
    """The state changes that people are told about."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One state change of one alert; (alert id, kind) occurs at most once."""

    kind: ChangeKind
    alert: Alert
