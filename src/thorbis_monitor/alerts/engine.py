"""The engine: evaluates rules, keeps the state of their alerts, and announces every change."""

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from thorbis_monitor.alerts.book import OnChange, add_comment
from thorbis_monitor.alerts.evaluation import Result, error_text, evaluate
from thorbis_monitor.alerts.instance import Instance, Phase
from thorbis_monitor.alerts.instance_store import Known, read_all, read_locked, write_retirement, write_step
from thorbis_monitor.alerts.lifecycle import RESOLVED_BY, Moment, advance, retire
from thorbis_monitor.alerts.outcome import Outcome
from thorbis_monitor.alerts.pace import SLOW_AFTER, Pace
from thorbis_monitor.alerts.records import Comment
from thorbis_monitor.alerts.rules import CompiledRule
from thorbis_monitor.alerts.status import Evaluation, RuleRecord, RuleStatus
from thorbis_monitor.model.alert import AlertChange
from thorbis_monitor.model.clock import Clock, NewId
from thorbis_monitor.model.counters import Counters
from thorbis_monitor.store.state import State
from thorbis_monitor.store.telemetry import Telemetry

STARTUP_GRACE = timedelta(seconds=30)
"""How long after a start an alert from before it stays open: what came in between may still be on its way."""

_EVALUATIONS = "thorbis_rule_evaluations_total"
_ERRORS = "thorbis_rule_evaluation_errors_total"
_CHANGES = "thorbis_alert_changes_total"

_log = logging.getLogger(__name__)


class AlertEngine:
    """Evaluates rules when told to (``tick``). Thread-safe; ticks run one at a time."""

    def __init__(  # noqa: PLR0913  the parts that an engine connects, and two settings
        self,
        rules: Sequence[CompiledRule],
        telemetry: Telemetry,
        state: State,
        on_change: OnChange,
        clock: Clock,
        new_id: NewId,
        counters: Counters,
        *,
        startup_grace: timedelta = STARTUP_GRACE,
        slow_after: timedelta = SLOW_AFTER,
    ) -> None:
        """Evaluate rules on telemetry; ``on_change`` is called in the transaction of each change."""
        self._telemetry = telemetry
        self._state = state
        self._on_change = on_change
        self._clock = clock
        self._new_id = new_id
        self._counters = counters
        self._grace = startup_grace
        self._pace = Pace(slow_after)
        self._started_at: datetime | None = None
        self._ticking = threading.Lock()
        self._lock = threading.Lock()
        self._rules: tuple[CompiledRule, ...] = ()
        self._records: dict[str, RuleRecord] = {}
        counters.describe(_EVALUATIONS, "Evaluations of rules.")
        counters.describe(_ERRORS, "Evaluations of rules that failed.")
        counters.describe(_CHANGES, "Alerts raised and resolved.")
        self.replace_rules(rules)

    def replace_rules(self, rules: Sequence[CompiledRule]) -> None:
        """Go on with other rules; alerts of rules that are gone are resolved by the next tick."""
        enabled = tuple(compiled for compiled in rules if compiled.rule.enabled)
        with self._lock:
            old = self._records
            self._rules = enabled
            self._records = {compiled.rule.id: RuleRecord(compiled.rule) for compiled in rules}
            for rule_id, record in self._records.items():
                if rule_id in old and old[rule_id].rule == record.rule:
                    self._records[rule_id] = old[rule_id]

    def status(self) -> list[RuleStatus]:
        """Every rule and how it does, in the order of the rules; never waits for a tick."""
        with self._lock:
            return [record.status() for record in self._records.values()]

    def tick(self) -> None:
        """Evaluate every enabled rule that is due once, as of now. Blocks."""
        with self._ticking:
            now = self._clock()
            moment = self._moment(now)
            with self._lock:
                rules = self._rules
            with self._state.read() as connection:
                known = read_all(connection)
            self._retire_missing(rules, known, now)
            for turn in self._pace.turns(rules, now):
                for compiled, result in zip(turn, evaluate(self._telemetry, turn, now), strict=True):
                    self._pace.note(compiled.rule.id, now, timedelta(milliseconds=result.duration_ms))
                    self._apply(compiled, result, known.get(compiled.rule.id, {}), moment)

    def _moment(self, now: datetime) -> Moment:
        if self._started_at is None:
            self._started_at = now
        in_grace = now - self._started_at < self._grace
        return Moment(now, self._started_at if in_grace else None)

    def _apply(self, compiled: CompiledRule, result: Result, known: Known, moment: Moment) -> None:
        """Take the step of one rule; whatever fails is noted, and no other rule suffers."""
        rule_id, error, instances = compiled.rule.id, result.error, known
        if result.outcome is not None:
            try:
                instances = self._step(compiled, result.outcome, known, moment)
            except Exception as failure:  # noqa: BLE001  nothing that a rule leads to may stop the others
                _log.exception("the state of rule %s could not be stored", rule_id)
                error = f"the state of the rule could not be stored: {error_text(failure)}"
        self._counters.add(_EVALUATIONS, rule=rule_id)
        if error is not None:
            self._counters.add(_ERRORS, rule=rule_id)
        with self._lock:
            record = self._records.get(rule_id)
            if record is not None:
                record.note(_evaluation(moment.now, result, error))
                firing = sum(instance.firing for instance in instances.values())
                waiting = {Phase.PENDING, Phase.COOLDOWN}
                record.count(firing, sum(instance.phase in waiting for instance in instances.values()))

    def _step(self, compiled: CompiledRule, outcome: Outcome, known: Known, moment: Moment) -> Mapping[str, Instance]:
        """Advance the state of one rule in one transaction, together with what follows from it."""
        if not known and not any(row.holds for row in outcome.rows):
            return known
        rule = compiled.rule
        with self._state.begin() as connection:
            before = read_locked(connection, rule.id)
            step = advance(rule, outcome, before, moment, self._new_id)
            write_step(connection, rule.id, before, step, moment.now)
            self._announce(connection, step.changes)
        self._count(step.changes)
        return step.instances

    def _retire_missing(self, rules: Sequence[CompiledRule], known: Mapping[str, Known], now: datetime) -> None:
        """End the alerts of rules that are gone or turned off, and say why."""
        present = {compiled.rule.id for compiled in rules}
        for rule_id in sorted(known.keys() - present):
            try:
                self._count(self._retire(rule_id, now))
            except Exception:  # noqa: BLE001  a former rule may not stop the present ones
                _log.exception("the alerts of the former rule %s could not be resolved", rule_id)

    def _retire(self, rule_id: str, now: datetime) -> list[AlertChange]:
        changes = []
        with self._state.begin() as connection:
            for instance in read_locked(connection, rule_id).values():
                change = retire(instance, now)
                write_retirement(connection, instance, change.alert if change else None)
                if change is not None:
                    changes.append(change)
                    add_comment(connection, self._farewell(change, now))
            self._announce(connection, changes)
        return changes

    def _farewell(self, change: AlertChange, now: datetime) -> Comment:
        text = f"Resolved because the rule {change.alert.source!r} was removed or turned off."
        return Comment(self._new_id(), change.alert.id, RESOLVED_BY, text, now)

    def _announce(self, connection: Connection, changes: Sequence[AlertChange]) -> None:
        for change in changes:
            self._on_change(connection, change)

    def _count(self, changes: Sequence[AlertChange]) -> None:
        for change in changes:
            self._counters.add(_CHANGES, rule=change.alert.source, change=change.kind.value)


def _evaluation(now: datetime, result: Result, error: str | None) -> Evaluation:
    rows = result.outcome.rows if result.outcome else ()
    shown = [row for row in rows if row.holds] or list(rows)
    values = [row.value for row in shown if row.value is not None]
    return Evaluation(
        at=now,
        duration_ms=round(result.duration_ms, 3),
        value=values[0] if values else None,
        holding=sum(row.holds for row in rows),
        no_data=result.outcome is not None and result.outcome.no_data,
        error=error,
    )
