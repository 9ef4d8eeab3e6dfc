import pytest

from thorbis_monitor.dashboard.status import SystemStatus, system_status
from thorbis_monitor.model.severity import Severity

CRITICAL, WARNING, HEALTHY = SystemStatus.CRITICAL, SystemStatus.WARNING, SystemStatus.HEALTHY


@pytest.mark.parametrize(
    ("open_alerts", "status"),
    [
        ({}, HEALTHY),
        ({Severity.LOW: 50, Severity.INFO: 50}, HEALTHY),
        ({Severity.MEDIUM: 2}, HEALTHY),
        ({Severity.MEDIUM: 3}, WARNING),
        ({Severity.HIGH: 1}, WARNING),
        ({Severity.HIGH: 0, Severity.CRITICAL: 0}, HEALTHY),
        ({Severity.CRITICAL: 1, Severity.HIGH: 5}, CRITICAL),
    ],
)
def test_the_status_follows_the_open_alerts(open_alerts: dict[Severity, int], status: SystemStatus) -> None:
    assert system_status(open_alerts) is status
