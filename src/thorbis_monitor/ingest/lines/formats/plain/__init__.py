"""The fallback: a line that no format takes is kept whole, at the reference moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from thorbis_monitor.ingest.lines.format import Examples, Fields
from thorbis_monitor.ingest.lines.times import NO_TIME

_EXAMPLES = Examples(match=("hello", "  indented", "\tat com.example.Main.run(Main.java:12)"), no_match=())
_FIELDS = Fields(keeps_line=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainFormat:
    """Takes every line."""

    name: str = "plain"
    rank: int = 1000
    fields: Fields = _FIELDS
    time: str = NO_TIME
    hit: str = "1"
    examples: Examples = _EXAMPLES

    @property
    def captures(self) -> Mapping[str, str]:
        """Nothing is taken apart."""
        return {}

    def time_of(self, line: str, reference: datetime) -> datetime | None:  # noqa: ARG002 - as in every format
        """No time is looked for."""
        return None


FORMAT = PlainFormat()
"""Body is the line."""
