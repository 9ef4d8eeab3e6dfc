"""The top of the page: whose page it is, how the system is, and the figures that matter most."""

from collections.abc import Callable
from datetime import datetime

from nicegui import ui

from thorbis_monitor.dashboard.document import Document
from thorbis_monitor.dashboard.status import SystemStatus
from thorbis_monitor.web import wording
from thorbis_monitor.web.components import Moment, NameField
from thorbis_monitor.web.elements import Text, block, icon, show_if


class TopBar:
    """Name of the product, version, uptime, and who acts."""

    def __init__(self, on_name: Callable[[str], None], document: Document) -> None:
        """Draw the bar."""
        with block("top-bar", "header"):
            with block("brand", "h1"):
                icon("mark")
                Text("Thorbis Monitor")
            with block("about"):
                with block("uptime", "span"):
                    Text("Up ")
                    Moment(document.started_at, "length")
                Text(f"Version {document.version}")
            NameField(on_name)


class Headline:
    """The status in a word, what it comes from, and four figures."""

    def __init__(self, now: datetime) -> None:
        """Draw the section; ``show`` fills it."""
        self._root = block("headline panel", "section")
        self._root.props["aria-label"] = "System status"
        with self._root:
            with block("status"):
                self._icons: dict[SystemStatus, ui.element] = {}
                for status in SystemStatus:
                    self._icons[status] = icon(status.value)
                with block("status-words"):
                    self._word = Text(classes="status-word", tag="strong")
                    self._word.props["role"] = "status"
                    with block("status-why"):
                        self._why = Text()
                        self._since = block("since", "span")
            with block("figures", "dl"):
                self._average = _figure("Response time", "mean of the last 5 minutes")
                self._p95 = _figure("95th percentile", "of the response time, last 5 minutes")
                self._requests = _figure("Requests", "in the last 5 minutes")
                self._errors = _figure("Error rate", "ERROR records per request, last 5 minutes")
        with self._since:
            Text(" The oldest has been open for ")
            self._oldest = Moment(now, "length")
            Text(".")
        show_if(self._since, visible=False)

    def show(self, document: Document) -> None:
        """Show the document's state."""
        for status, drawn in self._icons.items():
            show_if(drawn, visible=status is document.status)
        self._root.classes(
            add=f"is-{document.status.value}",
            remove=" ".join(f"is-{other.value}" for other in SystemStatus if other is not document.status),
        )
        self._word.show(document.status.value.capitalize())
        self._why.show(wording.headline(document.status, document.alerts.by_severity))
        open_since = [alert.timestamp for alert in document.alerts.items]
        show_if(self._since, visible=bool(open_since))
        if open_since:
            self._oldest.show(min(open_since))
        performance = document.performance
        self._average.show(wording.milliseconds(performance.response_time_average))
        self._p95.show(wording.milliseconds(performance.response_time_p95))
        self._requests.show(wording.count(performance.requests) if performance.requests else wording.NOTHING)
        self._errors.show(wording.percent(performance.error_rate))


def _figure(name: str, explanation: str) -> Text:
    with block("figure") as root:
        root.props["title"] = f"{name}: {explanation}"
        Text(name, tag="dt")
        return Text(wording.NOTHING, tag="dd")
