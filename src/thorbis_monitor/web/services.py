"""What the pages work with."""

from dataclasses import dataclass

from thorbis_monitor.alerts.book import AlertBook
from thorbis_monitor.dashboard.dashboard import Dashboard
from thorbis_monitor.store.state import State


@dataclass(frozen=True, slots=True)
class PageServices:
    """The parts of a running monitor that the pages show and act on."""

    dashboard: Dashboard
    alerts: AlertBook
    state: State
