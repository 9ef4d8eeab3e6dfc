"""Where metrics are: which tables hold rows of a name, and of which kind.

A name usually lives in one table, and reading five of them for it costs several times as much. What was found is
kept as long as nothing was inserted, because old rows only go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from weakref import WeakKeyDictionary

from thorbis_monitor.analysis.questions.sql import BOUNDS, Parameters
from thorbis_monitor.store.telemetry import Telemetry


class Kind(StrEnum):
    """What a row of a metric table stands for."""

    SAMPLE = "sample"
    """One value: a gauge, a delta sum, or a cumulative sum that may fall."""
    COUNTER = "counter"
    """A cumulative sum that only grows."""
    DELTA = "delta"
    """A histogram of the samples since the row before."""
    CUMULATIVE = "cumulative"
    """A histogram or a summary of all samples since the start of the process."""


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Rows of one kind in one table."""

    table: str
    kind: Kind


_KINDS = {
    "otel_metrics_gauge": f"'{Kind.SAMPLE}'",
    "otel_metrics_sum": f"if(AggregationTemporality = 2 AND IsMonotonic, '{Kind.COUNTER}', '{Kind.SAMPLE}')",
    "otel_metrics_histogram": f"if(AggregationTemporality = 1, '{Kind.DELTA}', '{Kind.CUMULATIVE}')",
    "otel_metrics_exponential_histogram": f"if(AggregationTemporality = 1, '{Kind.DELTA}', '{Kind.CUMULATIVE}')",
    "otel_metrics_summary": f"'{Kind.CUMULATIVE}'",
}
_KEPT_FOR = timedelta(minutes=1)

Sources = Mapping[Source, Sequence[str]]
"""The names that are found in each source."""

_State = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found, and what it holds for."""

    state: _State
    names: frozenset[str]
    since: datetime
    at: datetime
    sources: Sources

    def serves(self, state: _State, names: frozenset[str], since: datetime, now: datetime) -> bool:
        fresh = self.at <= now < self.at + _KEPT_FOR and since >= self.since
        return fresh and state == self.state and names <= self.names


_kept: WeakKeyDictionary[Telemetry, _Found] = WeakKeyDictionary()


def find_sources(telemetry: Telemetry, names: Sequence[str], since: datetime, now: datetime) -> Sources:
    """Which of these metrics have rows since then, and where; may name a little more than there is."""
    state = _state(telemetry, since, now)
    wanted = frozenset(names)
    kept = _kept.get(telemetry)
    if kept is None or not kept.serves(state, wanted, since, now):
        tables = [table for table, _, _ in state]
        kept = _Found(state, wanted, since, now, _search(telemetry, tables, names, since))
        _kept[telemetry] = kept
    return {
        source: present for source, found in kept.sources.items() if (present := sorted(wanted.intersection(found)))
    }


def _state(telemetry: Telemetry, since: datetime, now: datetime) -> _State:
    """The metric tables that have anything in these days, with figures that change with every insert."""
    _, rows = telemetry.rows(
        """SELECT table, sum(rows), max(max_block_number) FROM system.parts
        WHERE active AND database = currentDatabase() AND startsWith(table, 'otel_metrics_')
            AND partition_id BETWEEN {start:String} AND {end:String}
        GROUP BY table ORDER BY table""",
        {"start": f"{since:%Y%m%d}", "end": f"{now:%Y%m%d}"},
    )
    return tuple((str(table), int(count), int(block)) for table, count, block in rows if table in _KINDS)


def _search(telemetry: Telemetry, tables: Sequence[str], names: Sequence[str], since: datetime) -> Sources:
    if not tables:
        return {}
    parameters = Parameters()
    wanted = parameters.bind(sorted(names), "Array(String)")
    # Without an end: a row from a clock that is ahead will be inside a window soon.
    after = f"TimeUnix > {parameters.moment(since)}"
    parts = [
        f"SELECT DISTINCT '{table}', {_KINDS[table]}, toString(MetricName) FROM {table}"
        f" WHERE MetricName IN {wanted} AND {after}"
        for table in tables
    ]
    _, rows = telemetry.rows(f"{' UNION ALL '.join(parts)} {BOUNDS}", parameters.values)
    sources: dict[Source, list[str]] = {}
    for table, kind, name in rows:
        sources.setdefault(Source(table, Kind(kind)), []).append(name)
    return sources
