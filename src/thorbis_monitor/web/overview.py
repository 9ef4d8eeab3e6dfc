"""The overview page: what is wrong, since when, and what can be done about it."""

import asyncio
import logging

from nicegui import ui
from sqlalchemy.exc import SQLAlchemyError

from thorbis_monitor.analysis.logs import LogLine
from thorbis_monitor.dashboard.document import Document
from thorbis_monitor.store.telemetry import TelemetryError
from thorbis_monitor.web import wording
from thorbis_monitor.web.elements import Text, block, show_if
from thorbis_monitor.web.parts.alerts import OpenAlerts, ResolvedAlerts
from thorbis_monitor.web.parts.charts import Charts
from thorbis_monitor.web.parts.ingest import IngestLine
from thorbis_monitor.web.parts.insights import Insights
from thorbis_monitor.web.parts.logs import NewestLogs
from thorbis_monitor.web.parts.start import logs_example
from thorbis_monitor.web.parts.top import Headline, TopBar
from thorbis_monitor.web.services import PageServices
from thorbis_monitor.web.visitor import Visitor

REFRESH_SECONDS = 2.0

_log = logging.getLogger(__name__)

View = tuple[Document, tuple[LogLine, ...]]


class Overview:
    """One open page. It shows the shared document and sends the browser only what changed."""

    def __init__(self, services: PageServices, address: str, view: View) -> None:
        """Draw the page with its first content; ``address`` is where senders reach this server."""
        self._services = services
        self._title = ""
        page = block("page")
        visitor = Visitor(page)
        visitor.refresh = self.refresh
        document = view[0]
        with page:
            TopBar(visitor.rename, document)
            self._trouble = Text(classes="trouble panel", tag="p")
            self._headline = Headline(document.taken_at)
            with block("columns"):
                with block("column is-wide"):
                    self._open = OpenAlerts(services, visitor)
                    self._resolved = ResolvedAlerts()
                with block("column"):
                    self._charts = Charts(address)
                    self._insights = Insights()
            self._logs = NewestLogs(logs_example(address))
            self._ingest = IngestLine()
        show_if(self._trouble, visible=False)
        self._show(view)
        ui.timer(REFRESH_SECONDS, self.refresh, immediate=False)

    async def refresh(self) -> None:
        """Show the present state."""
        try:
            self._show(await asyncio.to_thread(read_view, self._services))
            await self._open.refresh_details()
        except (TelemetryError, SQLAlchemyError):
            _log.exception("the page could not be brought up to date")
            self._trouble.show(
                "This page is not up to date: the store did not answer. It tries again every"
                f" {REFRESH_SECONDS:.0f} seconds; the log of the server has the reason."
            )
            show_if(self._trouble, visible=True)
        else:
            show_if(self._trouble, visible=False)

    def _show(self, view: View) -> None:
        document, lines = view
        self._headline.show(document)
        self._open.show(document.alerts)
        self._resolved.show(document.alerts.recently_resolved)
        self._charts.show(document.performance)
        self._insights.show(document.insights)
        self._logs.show(lines)
        self._ingest.show(document.ingest)
        title = wording.tab_title(document.status, document.alerts.active)
        if title != self._title:
            self._title = title
            ui.page_title(title)


def read_view(services: PageServices) -> View:
    """What the page shows; blocks while the shared document is computed."""
    return services.dashboard.document(), services.dashboard.newest_logs()
