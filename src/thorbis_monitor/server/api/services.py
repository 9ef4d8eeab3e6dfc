"""What the REST API works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from thorbis_monitor.alerts.book import AlertBook
from thorbis_monitor.alerts.status import RuleStatus
from thorbis_monitor.dashboard.dashboard import Dashboard
from thorbis_monitor.model.clock import Clock
from thorbis_monitor.store.state import State
from thorbis_monitor.store.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class ApiServices:
    """The parts of a running monitor that the API speaks for."""

    telemetry: Telemetry
    state: State
    alerts: AlertBook
    dashboard: Dashboard
    rule_status: Callable[[], Sequence[RuleStatus]]
    clock: Clock
