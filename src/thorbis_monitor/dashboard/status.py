"""The one word for the state of the system."""

from collections.abc import Mapping
from enum import StrEnum

from thorbis_monitor.model.severity import Severity

_MEDIUM_TOLERATED = 2


class SystemStatus(StrEnum):
    """State of the system as a whole."""

    HEALTHY = "healthy"
    WARNING = "warning"
    CRITICAL = "critical"


def system_status(open_alerts: Mapping[Severity, int]) -> SystemStatus:
    """Critical with any open critical alert; warning with any high one or more than two medium ones."""
    if open_alerts.get(Severity.CRITICAL, 0):
        return SystemStatus.CRITICAL
    if open_alerts.get(Severity.HIGH, 0) or open_alerts.get(Severity.MEDIUM, 0) > _MEDIUM_TOLERATED:
        return SystemStatus.WARNING
    return SystemStatus.HEALTHY
