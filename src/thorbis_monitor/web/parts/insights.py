"""What the figures mean, in words."""

from thorbis_monitor.dashboard.insights import Insight
from thorbis_monitor.web.elements import Text, block, show_if


class Insights:
    """A list of sentences; hidden while there is nothing to say."""

    def __init__(self) -> None:
        """Draw the section; ``show`` fills it."""
        self._shown: tuple[Insight, ...] = ()
        self._section = block("section", "section")
        with self._section:
            with block("section-head"):
                Text("Insights", tag="h2")
            self._list = block("panel insights", "ul")
        show_if(self._section, visible=False)

    def show(self, insights: tuple[Insight, ...]) -> None:
        """Draw the list anew if it changed."""
        if insights == self._shown:
            return
        self._shown = insights
        show_if(self._section, visible=bool(insights))
        self._list.clear()
        with self._list:
            for insight in insights:
                Text(insight.text, f"insight is-{insight.kind.value}", "li")
