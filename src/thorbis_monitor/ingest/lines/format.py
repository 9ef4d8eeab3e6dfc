"""What a log format is: how a line is recognised, and which expression gives each field.

Everything here is text of SQL that the engine runs over all lines at once; Python never sees a line, except
for the one whose time somebody wants to know (``time_of``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from thorbis_monitor.ingest.lines.severity import INFO
from thorbis_monitor.ingest.lines.sql import choose, identifier
from thorbis_monitor.ingest.lines.times import NO_TIME, Notation
from thorbis_monitor.store.telemetry.sql import literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The expressions of one format, over the column ``line`` and the format's own capture.

    ``program`` names the service where the sender named none. An attribute whose value is empty is left out.
    """

    severity_text: str = "''"
    severity_number: str = str(INFO)
    body: str = "line"
    program: str = "''"
    scope: str = "''"
    trace_id: str = "''"
    span_id: str = "''"
    attributes: str = "CAST(map(), 'Map(String, String)')"
    resource: str = "CAST(map(), 'Map(String, String)')"
    keeps_line: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Lines that the format must take, and lines that it must leave to others."""

    match: tuple[str, ...]
    no_match: tuple[str, ...]


class LineFormat(Protocol):
    """One format. ``rank`` orders the formats: the lowest that takes a line has it."""

    @property
    def name(self) -> str:
        """The name in ``LogAttributes['log.format']``."""

    @property
    def rank(self) -> int:
        """Position in the order of detection."""

    @property
    def examples(self) -> Examples:
        """Lines for and against."""

    @property
    def fields(self) -> Fields:
        """The expressions."""

    @property
    def time(self) -> str:
        """Expression: the line's moment as Nullable(DateTime64(9, 'UTC'))."""

    @property
    def captures(self) -> Mapping[str, str]:
        """Columns that are computed once per line: name to expression over ``line``."""

    @property
    def hit(self) -> str:
        """Condition over the captures: the line has this format."""

    def time_of(self, line: str, reference: datetime) -> datetime | None:
        """The time that one line carries, if it has this format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegexFormat:
    """A format that one regular expression recognises and takes apart.

    ``gate`` is a cheap condition over ``line``: only lines that pass see the expression. ``times`` says which
    groups of the expression hold a time, and how it is written.
    """

    name: str
    rank: int
    gate: str
    pattern: str
    times: tuple[tuple[int, Notation], ...]
    fields: Fields
    examples: Examples
    _compiled: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Compile once; a pattern that Python refuses would also fail in the engine."""
        identifier(self.name)
        object.__setattr__(self, "_compiled", re.compile(self.pattern, re.ASCII))

    @property
    def captures(self) -> Mapping[str, str]:
        """The groups of the expression, nothing where the line is of another format."""
        groups = f"extractGroups(line, {literal(self.pattern)})"
        return {f"c_{self.name}": f"if({self.gate}, {groups}, emptyArrayString())"}

    @property
    def hit(self) -> str:
        """The expression matched."""
        return f"notEmpty(c_{self.name})"

    @property
    def time(self) -> str:
        """The time in the first group that has one."""
        groups = [(f"c_{self.name}[{group}]", notation) for group, notation in self.times]
        return choose([(f"{text} != ''", notation.sql(text)) for text, notation in groups], NO_TIME)

    def time_of(self, line: str, reference: datetime) -> datetime | None:
        """The time in the first group that has one."""
        found = self._compiled.match(line)
        if found is None:
            return None
        times = ((found.group(group), notation) for group, notation in self.times)
        return next((notation.read(text, reference) for text, notation in times if text), None)
