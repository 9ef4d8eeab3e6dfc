"""Open alerts, and those that are over."""

import asyncio

from thorbis_monitor.dashboard.document import AlertSection
from thorbis_monitor.model.alert import Alert
from thorbis_monitor.web import wording
from thorbis_monitor.web.components import Moment
from thorbis_monitor.web.elements import Text, block, icon, show_if
from thorbis_monitor.web.parts.alert_card import AlertCard
from thorbis_monitor.web.services import PageServices
from thorbis_monitor.web.visitor import Visitor


class OpenAlerts:
    """A card per open alert, the most severe first."""

    def __init__(self, services: PageServices, visitor: Visitor) -> None:
        """Draw the section; ``show`` fills it."""
        self._services = services
        self._visitor = visitor
        self._cards: dict[str, AlertCard] = {}
        with block("section", "section"):
            with block("section-head"):
                Text("Open alerts", tag="h2")
                self._count = Text(classes="quiet")
            self._calm = block("panel calm")
            with self._calm:
                icon("healthy")
                Text("No alert is open. Rules are evaluated all the time; what they find appears here.")
            self._list = block("alerts")
            self._more = Text(classes="quiet more", tag="p")

    def show(self, section: AlertSection) -> None:
        """Add new cards, take away those that are over, bring them in order."""
        wanted = {alert.id: alert for alert in section.items}
        for gone in self._cards.keys() - wanted.keys():
            self._cards.pop(gone).root.delete()
        for place, alert in enumerate(section.items):
            self._show_card(alert, place)
        self._count.show(f"{section.active:,}" if section.active else "")
        show_if(self._calm, visible=not section.active)
        hidden = section.active - len(section.items)
        self._more.show(f"{hidden:,} more open alerts: GET /api/alerts?state=firing lists all of them.")
        show_if(self._more, visible=hidden > 0)

    async def refresh_details(self) -> None:
        """Read the details of opened cards anew."""
        await asyncio.gather(*(card.refresh_detail() for card in self._cards.values()))

    def _show_card(self, alert: Alert, place: int) -> None:
        card = self._cards.get(alert.id)
        if card is None:
            with self._list:
                card = self._cards[alert.id] = AlertCard(alert, self._services, self._visitor)
        else:
            card.show(alert)
        if self._list.default_slot.children.index(card.root) != place:
            card.root.move(target_index=place)


class ResolvedAlerts:
    """What was resolved within a day, the latest first."""

    def __init__(self) -> None:
        """Draw the section; ``show`` fills it."""
        self._shown: tuple[Alert, ...] = ()
        self._section = block("section", "section")
        with self._section:
            with block("section-head"):
                Text("Recently resolved", tag="h2")
            self._list = block("panel resolved", "ul")
        show_if(self._section, visible=False)

    def show(self, resolved: tuple[Alert, ...]) -> None:
        """Draw the list anew if it changed."""
        if resolved == self._shown:
            return
        self._shown = resolved
        show_if(self._section, visible=bool(resolved))
        self._list.clear()
        with self._list:
            for alert in resolved:
                with block("resolved-alert", "li"):
                    Text(alert.severity.value.capitalize(), f"severity is-small is-{alert.severity.value}")
                    Text(alert.title, "resolved-title")
                    with block("quiet", "span"):
                        Text(wording.ending(alert.resolved_by))
                        Moment(alert.resolved_at or alert.timestamp)
