"""What comes in, and what of it was lost: always a number."""

from thorbis_monitor.dashboard.document import IngestSection
from thorbis_monitor.web import wording
from thorbis_monitor.web.elements import Text, block, show_if


class IngestLine:
    """One line of figures at the foot of the page."""

    def __init__(self) -> None:
        """Draw the line; ``show`` fills it."""
        self._root = block("ingest panel", "footer")
        with self._root:
            Text("Since start", "ingest-title", "strong")
            self._received = _figure("received", "records and metric points that were taken")
            self._refused = _figure("refused", "records or requests that senders were told were not taken")
            self._dropped = _figure("dropped", "taken, and then lost")
            self._dead = _figure("set aside", "requests that the store would not have; kept in dead-letters")
            self._waiting = _figure("waiting", "taken and on disk, not in the store yet")
            self._error = Text(classes="ingest-error")

    def show(self, ingest: IngestSection) -> None:
        """Show the figures."""
        self._received.show(wording.count(ingest.received))
        self._refused.show(wording.count(ingest.refused))
        self._dropped.show(wording.count(ingest.dropped))
        self._dead.show(wording.count(ingest.dead_letters))
        self._waiting.show(wording.size(ingest.waiting_bytes))
        for figure, lost in (
            (self._refused, ingest.refused),
            (self._dropped, ingest.dropped),
            (self._dead, ingest.dead_letters),
        ):
            figure.classes(add="is-loss" if lost else "", remove="" if lost else "is-loss")
        self._error.show(f"Loading: {ingest.last_error}" if ingest.last_error else "")
        show_if(self._error, visible=bool(ingest.last_error))


def _figure(name: str, explanation: str) -> Text:
    with block("ingest-figure", "span") as root:
        root.props["title"] = explanation
        figure = Text("0", "ingest-number")
        Text(f" {name} ", "quiet")
    return figure
