"""How often rules get their turn: a slow one comes last and less often, so that it cannot hold back the others."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from thorbis_monitor.alerts.rules import CompiledRule

SLOW_AFTER = timedelta(seconds=3)
"""An evaluation that takes longer is slow."""

_PAUSE = 9
"""How many times its own duration a slow rule pauses: it may use a tenth of the time."""


class Pace:
    """Remembers which rules are slow. Not thread-safe."""

    def __init__(self, slow_after: timedelta) -> None:
        self._slow_after = slow_after
        self._next: dict[str, datetime] = {}

    def turns(self, rules: Sequence[CompiledRule], now: datetime) -> list[Sequence[CompiledRule]]:
        """The rules that are due: first all quick ones together, then each slow one by itself."""
        quick = [compiled for compiled in rules if compiled.rule.id not in self._next]
        slow = [compiled for compiled in rules if self._next.get(compiled.rule.id, _NEVER) <= now]
        return [turn for turn in (quick, *([compiled] for compiled in slow)) if turn]

    def note(self, rule_id: str, now: datetime, took: timedelta) -> None:
        """Remember how long an evaluation took."""
        if took > self._slow_after:
            self._next[rule_id] = now + took * (_PAUSE + 1)
        else:
            self._next.pop(rule_id, None)


_NEVER = datetime.max.replace(tzinfo=UTC)
