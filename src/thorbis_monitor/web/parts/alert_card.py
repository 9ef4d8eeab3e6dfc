"""One open alert: what is wrong, since when, and what can be done."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui

from thorbis_monitor.alerts.book import AlertBook
from thorbis_monitor.alerts.errors import AlertConflictError, AlertNotFoundError
from thorbis_monitor.model.alert import Alert
from thorbis_monitor.response.outbox import deliveries_of
from thorbis_monitor.web.components import Moment
from thorbis_monitor.web.elements import Text, block, is_web_address, show_if, value_or_link
from thorbis_monitor.web.parts.alert_detail import AlertDetail, Detail
from thorbis_monitor.web.services import PageServices
from thorbis_monitor.web.visitor import Visitor

_RUNBOOK = ("runbook_url", "runbook")


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person can do with an alert."""

    name: str
    done: str
    run: Callable[[AlertBook, str, str], object]


ACKNOWLEDGE = Act("Acknowledge", "acknowledged", lambda book, alert_id, by: book.acknowledge(alert_id, by))
RESOLVE = Act("Resolve", "resolved", lambda book, alert_id, by: book.resolve(alert_id, by))


class AlertCard:
    """The card of one open alert. It is drawn once; ``show`` changes only what changed."""

    def __init__(self, alert: Alert, services: PageServices, visitor: Visitor) -> None:
        """Draw the card."""
        self._services = services
        self._visitor = visitor
        self._id = alert.id
        self._detail: AlertDetail | None = None
        self._acknowledged: Alert | None = None
        self.root = block(f"alert is-{alert.severity.value}", "article")
        self.root.props["data-alert"] = alert.id
        with self.root:
            self._draw_head(alert)
            if alert.description:
                Text(alert.description, "alert-description", "p")
            _draw_facts(alert)
            self._acknowledgement = block("acknowledgement", "p")
            self._draw_foot(alert)
            self._below = block("below")
        self.show(alert)

    def show(self, alert: Alert) -> None:
        """Show the alert as it is now."""
        show_if(self._acknowledge, visible=alert.acknowledged_at is None)
        show_if(self._acknowledgement, visible=alert.acknowledged_at is not None)
        if alert.acknowledged_at is not None and self._acknowledged is None:
            self._acknowledged = alert
            self.root.classes("is-acknowledged")
            with self._acknowledgement:
                Text(f"Acknowledged by {alert.acknowledged_by} ")
                Moment(alert.acknowledged_at)

    async def refresh_detail(self) -> None:
        """Read the details anew if they are open."""
        if self._detail is not None:
            try:
                self._detail.show(await asyncio.to_thread(self._read))
            except AlertNotFoundError as error:
                self._visitor.warn(str(error))

    def _draw_head(self, alert: Alert) -> None:
        with block("alert-head"):
            Text(alert.severity.value.capitalize(), f"severity is-{alert.severity.value}")
            Text(alert.title, "alert-title", "h3")

    def _draw_foot(self, alert: Alert) -> None:
        with block("alert-foot"):
            self._acknowledge = self._button(ACKNOWLEDGE, "button is-primary")
            self._button(RESOLVE, "button")
            runbook = next((alert.annotations[name] for name in _RUNBOOK if alert.annotations.get(name)), "")
            if is_web_address(runbook):
                value_or_link(runbook, "button is-plain").show("Runbook")
            self._toggle = Text("Details", "button is-plain", "button")
            self._toggle.props["aria-expanded"] = "false"
            self._toggle.on("click", self._toggle_detail)

    def _button(self, act: Act, classes: str) -> ui.element:
        button = Text(act.name, classes, "button")
        button.props["type"] = "button"

        async def clicked() -> None:
            button.props["disabled"] = True
            try:
                await self._perform(act)
            finally:
                button.props.pop("disabled", None)
                button.update()

        button.on("click", clicked)
        return button

    async def _perform(self, act: Act) -> None:
        try:
            await asyncio.to_thread(act.run, self._services.alerts, self._id, self._visitor.name)
        except (AlertNotFoundError, AlertConflictError, ValueError) as error:
            self._visitor.warn(str(error))
        self._services.dashboard.alerts_changed()
        await self._visitor.refresh()

    async def _toggle_detail(self) -> None:
        if self._detail is None:
            with self._below:
                self._detail = AlertDetail(self._write_comment)
            await self.refresh_detail()
        else:
            self._below.clear()
            self._detail = None
        self._toggle.props["aria-expanded"] = "false" if self._detail is None else "true"

    async def _write_comment(self, text: str) -> bool:
        try:
            await asyncio.to_thread(self._services.alerts.comment, self._id, self._visitor.name, text)
        except (AlertNotFoundError, AlertConflictError, ValueError) as error:
            self._visitor.warn(str(error))
            return False
        await self.refresh_detail()
        return True

    def _read(self) -> Detail:
        book = self._services.alerts
        alert, comments = book.get(self._id), book.comments(self._id)
        with self._services.state.read() as connection:
            return alert, tuple(deliveries_of(connection, self._id)), comments


def _draw_facts(alert: Alert) -> None:
    with block("facts"):
        with block("fact", "span"):
            Text("Since ")
            Moment(alert.timestamp, "since")
        with block("fact", "span"):
            Text("Rule ")
            Text(alert.source, "code")
        for name, value in alert.tags.items():
            Text(f"{name}: {value}", "tag")
