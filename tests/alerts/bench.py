"""A rule engine on real stores, with a clock that the test sets and every announcement noted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import Connection

from thorbis_monitor.alerts.book import AlertBook
from thorbis_monitor.alerts.condition import Figures
from thorbis_monitor.alerts.engine import AlertEngine
from thorbis_monitor.alerts.rules import CompiledRule, RuleSource, compile_rules, default_rule_set
from thorbis_monitor.alerts.status import RuleStatus
from thorbis_monitor.config.document import read_text
from thorbis_monitor.model.alert import Alert, AlertChange, ChangeKind
from thorbis_monitor.model.counters import Counters
from thorbis_monitor.store.state import State
from thorbis_monitor.store.telemetry import Telemetry

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LIMIT = 1_000_000_000
FIGURES = Figures(memory_limit_bytes=LIMIT)
MICROSECOND = timedelta(microseconds=1)


class VirtualClock:
    """A clock that stands until the test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def read_rules(text: str) -> tuple[CompiledRule, ...]:
    """Rules out of YAML, without the default ones."""
    root, mistakes = read_text(text, "rules.yaml", {})
    assert not mistakes
    compilation = compile_rules(
        [RuleSource(root.entries["rules"])], FIGURES, read_text("off: false", "", {})[0].entries["off"]
    )
    assert not compilation.mistakes, "\n".join(map(str, compilation.mistakes))
    return compilation.rules


def read_condition(text: str, more: str = "") -> tuple[CompiledRule, ...]:
    """One rule ``watched`` with this condition (YAML in one line)."""
    head = f"rules: [{{id: watched, category: error, severity: high, cooldown: 0s, {more}"
    return read_rules(f"{head} condition: {text}}}]")


def default_rule(rule_id: str) -> tuple[CompiledRule, ...]:
    """One of the default rules as it comes."""
    return tuple(compiled for compiled in default_rule_set(FIGURES) if compiled.rule.id == rule_id)


class Bench:
    """Stores with a rule engine on them."""

    def __init__(self, telemetry: Telemetry, state: State) -> None:
        self.telemetry = telemetry
        self.state = state
        self.clock = VirtualClock()
        self.changes: list[AlertChange] = []
        self.counters = Counters()
        self._ids = count(1)
        self.book = AlertBook(state, self.announce, self.clock, self.new_id)
        self.engine = self.start(())

    def new_id(self) -> str:
        return f"{next(self._ids):032d}"

    def announce(self, connection: Connection, change: AlertChange) -> None:
        assert connection.in_transaction()
        self.changes.append(change)

    def start(
        self,
        rules: Sequence[CompiledRule],
        *,
        grace: timedelta = timedelta(0),
        on_change: Callable[[Connection, AlertChange], None] | None = None,
    ) -> AlertEngine:
        """A new engine on the same stores, as after a restart."""
        self.engine = AlertEngine(
            rules,
            self.telemetry,
            self.state,
            on_change or self.announce,
            self.clock,
            self.new_id,
            self.counters,
            startup_grace=grace,
            # A busy machine must not make a rule pause.
            slow_after=timedelta(hours=1),
        )
        return self.engine

    def tick(self, after: timedelta = timedelta(0)) -> list[tuple[ChangeKind, str]]:
        """Move the clock and evaluate; returns what was announced, as kinds and rules."""
        self.clock.now += after
        before = len(self.changes)
        self.engine.tick()
        return [(change.kind, change.alert.source) for change in self.changes[before:]]

    def fires(self, rules: Sequence[CompiledRule]) -> bool:
        """Whether a single evaluation of a rule, on empty state, raises an alert."""
        self.start(rules)
        self.engine.tick()
        status = self.status()
        assert status.evaluations[0].error is None, status.evaluations[0].error
        fired = bool(self.changes)
        self.engine.replace_rules(())
        self.engine.tick()
        self.changes.clear()
        return fired

    def status(self) -> RuleStatus:
        """How the first rule does."""
        return self.engine.status()[0]

    def open_alerts(self) -> list[Alert]:
        return [alert for alert in self.book.find().items if alert.resolved_at is None]

    def forget(self) -> None:
        """Take all telemetry away."""
        for table in ("otel_logs", "otel_metrics_gauge", "otel_metrics_sum", "otel_metrics_histogram"):
            self.telemetry.execute(f"TRUNCATE TABLE {table}")

    def logs(
        self,
        number: int,
        body: str = "x",
        *,
        severity: int = 9,
        at: datetime | None = None,
        service: str = "api",
        attributes: Mapping[str, str] | None = None,
        resource: Mapping[str, str] | None = None,
    ) -> None:
        self._insert(
            "otel_logs (Timestamp, SeverityNumber, ServiceName, Body, LogAttributes, ResourceAttributes)",
            f"{moment(at or self.clock.now)}, {severity}, {text(service)}, {text(body)},"
            f" {mapping(attributes)}, {mapping(resource)}",
            number,
        )

    def gauge(
        self,
        name: str,
        *values: float,
        at: datetime | None = None,
        service: str = "api",
        tags: Mapping[str, str] | None = None,
        flags: int = 0,
    ) -> None:
        for value in values:
            self._insert(
                "otel_metrics_gauge (TimeUnix, ServiceName, MetricName, Attributes, Value, Flags)",
                f"{moment(at or self.clock.now)}, {text(service)}, {text(name)}, {mapping(tags)},"
                f" {number_text(value)}, {flags}",
            )

    def counter(
        self,
        name: str,
        *values: float,
        at: datetime | None = None,
        start: datetime | None = None,
        delta: bool = True,
        monotonic: bool = True,
        tags: Mapping[str, str] | None = None,
        resource: Mapping[str, str] | None = None,
    ) -> None:
        columns = "TimeUnix, StartTimeUnix, ServiceName, MetricName, Attributes, ResourceAttributes, Value"
        for value in values:
            self._insert(
                f"otel_metrics_sum ({columns}, AggregationTemporality, IsMonotonic)",
                f"{moment(at or self.clock.now)}, {moment(start)}, 'api', {text(name)}, {mapping(tags)},"
                f" {mapping(resource)}, {number_text(value)}, {1 if delta else 2}, {monotonic}",
            )

    def histogram(  # noqa: PLR0913  a row has as many columns
        self,
        name: str,
        samples: int,
        total: float,
        *,
        at: datetime | None = None,
        start: datetime | None = None,
        delta: bool = True,
        buckets: Sequence[int] = (),
        bounds: Sequence[float] = (),
        extremes: tuple[float, float] = (0, 0),
        tags: Mapping[str, str] | None = None,
    ) -> None:
        self._insert(
            "otel_metrics_histogram (TimeUnix, StartTimeUnix, ServiceName, MetricName, Attributes,"
            " Count, Sum, BucketCounts, ExplicitBounds, Min, Max, AggregationTemporality)",
            f"{moment(at or self.clock.now)}, {moment(start)}, 'api', {text(name)}, {mapping(tags)},"
            f" {samples}, {number_text(total)}, {list(buckets)}, {list(bounds)}, {extremes[0]}, {extremes[1]},"
            f" {1 if delta else 2}",
        )

    def _insert(self, target: str, values: str, number: int = 1) -> None:
        # Equal rows are inserted on purpose: each is a record of its own.
        self.telemetry.execute(
            f"INSERT INTO {target} SETTINGS insert_deduplicate = 0 SELECT {values} FROM numbers({number})"
        )


def moment(at: datetime | None) -> str:
    """A moment in SQL."""
    at = at or datetime(1970, 1, 1, tzinfo=UTC)
    return f"toDateTime64('{at:%Y-%m-%d %H:%M:%S.%f}', 9, 'UTC')"


def text(value: str) -> str:
    """A text in SQL."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def mapping(values: Mapping[str, str] | None) -> str:
    """A map in SQL."""
    pairs = ", ".join(f"{text(name)}, {text(value)}" for name, value in (values or {}).items())
    return f"map({pairs})" if pairs else "CAST(map(), 'Map(String, String)')"


def number_text(value: float) -> str:
    """A number in SQL, exactly."""
    return f"toFloat64('{value!r}')"
