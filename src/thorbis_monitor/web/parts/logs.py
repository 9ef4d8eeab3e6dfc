"""The newest log records."""

from collections.abc import Sequence

from thorbis_monitor.analysis.logs import LogLine
from thorbis_monitor.web.components import LogLines
from thorbis_monitor.web.elements import Text, block, show_if
from thorbis_monitor.web.parts.start import Example

SHOWN = 60
_MAX_MESSAGE = 1000


class NewestLogs:
    """The newest lines with time, level, component and message."""

    def __init__(self, example: Example) -> None:
        """Draw the section; ``show`` fills it."""
        with block("section", "section"):
            with block("section-head"):
                Text("Newest log lines", tag="h2")
                Text("GET /api/logs searches all of them", "quiet")
            with block("panel logs"):
                self._lines = LogLines()
                self._empty = block("empty")
                with self._empty:
                    example.draw()
        show_if(self._empty, visible=False)

    def show(self, lines: Sequence[LogLine]) -> None:
        """Show these lines."""
        self._lines.show([_line(line) for line in lines[:SHOWN]])
        show_if(self._lines, visible=bool(lines))
        show_if(self._empty, visible=not lines)


def _line(line: LogLine) -> dict[str, str]:
    message = line.message
    return {
        "key": line.key,
        "at": line.timestamp,
        "level": line.level.name,
        "component": line.component or line.service,
        "message": message if len(message) <= _MAX_MESSAGE else message[: _MAX_MESSAGE - 1] + "…",
    }
