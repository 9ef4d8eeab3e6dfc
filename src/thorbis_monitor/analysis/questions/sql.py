"""Pieces of SQL that questions share. Values are always bound, never written into the statement."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from thorbis_monitor.analysis.nanoseconds import to_nanoseconds

MAX_SECONDS = 10
"""How long one statement for rules may run."""

BOUNDS = f"SETTINGS max_execution_time = {MAX_SECONDS}, max_memory_usage = 1000000000"
"""Behind every statement for rules. Inside the statement, because settings given beside it would stay set."""


@dataclass(slots=True)
class Parameters:
    """Collects values to bind under names of its own."""

    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: object, kind: str) -> str:
        """Bind a value of a ClickHouse type and return its placeholder."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{kind}}}"

    def moment(self, value: datetime) -> str:
        """Bind a moment."""
        return f"fromUnixTimestamp64Nano({self.bind(to_nanoseconds(value), 'Int64')}, 'UTC')"


def window_sql(column: str, window: timedelta, now: datetime, parameters: Parameters) -> str:
    """The condition that a time column lies in ``(now - window, now]``."""
    return f"{column} > {parameters.moment(now - window)} AND {column} <= {parameters.moment(now)}"


def drop_empty(labels: dict[str, str]) -> dict[str, str]:
    """A label without a value is no label."""
    return {name: value for name, value in labels.items() if value}
