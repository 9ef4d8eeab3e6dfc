"""The life of alerts as one pure step: what was known and what was found make what is known now.

inactive -> pending (``for``) -> firing -> (``keep_firing_for``) -> resolved
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from thorbis_monitor.alerts.fingerprint import fingerprint
from thorbis_monitor.alerts.instance import Instance, Phase
from thorbis_monitor.alerts.outcome import Outcome, Row
from thorbis_monitor.alerts.texts import fill
from thorbis_monitor.model.alert import Alert, AlertChange, ChangeKind
from thorbis_monitor.model.clock import NewId
from thorbis_monitor.model.rule import Rule

RESOLVED_BY = "thorbis-monitor"
"""Who resolves an alert when its condition is clear."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a step led to: the state of every label set that has any, and what people are told."""

    instances: Mapping[str, Instance]
    changes: tuple[AlertChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """When a step happens. Alerts last true before ``hold_before`` are not resolved yet (docs/rules.md)."""

    now: datetime
    hold_before: datetime | None = None


def advance(rule: Rule, outcome: Outcome, known: Mapping[str, Instance], moment: Moment, new_id: NewId) -> Step:
    """Take one step: ``known`` holds the label sets with state, by fingerprint."""
    found = {fingerprint(rule.id, row.labels): row for row in outcome.rows}
    instances: dict[str, Instance] = {}
    changes: list[AlertChange] = []
    for key in {**known, **found}:
        row, before = found.get(key), known.get(key)
        if row is None and before is not None and outcome.absent_is_unknown:
            instances[key] = before
            continue
        after: Instance | None
        if row is not None and row.holds:
            before = before or Instance(rule.id, key, dict(row.labels))
            after, change = _holding(rule, row, before, moment.now, new_id)
        elif before is not None:
            after, change = _clear(rule, before, moment)
        else:
            continue
        if change is not None:
            changes.append(change)
        if after is not None:
            instances[key] = after
    return Step(instances, tuple(changes))


def retire(instance: Instance, now: datetime) -> AlertChange | None:
    """End the alert of a label set whose rule is gone."""
    return _resolution(instance.alert, now) if instance.alert else None


def _holding(
    rule: Rule, row: Row, before: Instance, now: datetime, new_id: NewId
) -> tuple[Instance, AlertChange | None]:
    """The condition holds for a label set."""
    since = before.active_since or now
    after = replace(before, active_since=since, last_true_at=now, value=row.value)
    if before.dismissed:
        return replace(after, phase=Phase.INACTIVE), None
    if before.alert is not None:
        return replace(after, phase=Phase.FIRING, alert=_refreshed(before.alert, rule, row)), None
    if now - since < rule.for_:
        return replace(after, phase=Phase.PENDING), None
    if before.last_fired_at is not None and now - before.last_fired_at < rule.cooldown:
        return replace(after, phase=Phase.COOLDOWN), None
    alert = _raised(rule, row, before.fingerprint, now, new_id)
    fired = replace(after, phase=Phase.FIRING, alert=alert, last_fired_at=now)
    return fired, AlertChange(ChangeKind.FIRING, alert)


def _clear(rule: Rule, before: Instance, moment: Moment) -> tuple[Instance | None, AlertChange | None]:
    """The condition does not hold for a label set; None instead of state that is not needed any more."""
    now = moment.now
    if before.alert is not None and _stays_open(rule, before, moment):
        return before, None
    change = _resolution(before.alert, now) if before.alert else None
    after = replace(before, phase=Phase.INACTIVE, active_since=None, alert=None, dismissed=False)
    cooling = before.last_fired_at is not None and now - before.last_fired_at < rule.cooldown
    return after if cooling else None, change


def _stays_open(rule: Rule, before: Instance, moment: Moment) -> bool:
    if before.last_true_at is None:
        return False
    held = moment.hold_before is not None and before.last_true_at < moment.hold_before
    return held or moment.now - before.last_true_at < rule.keep_firing_for


def _raised(rule: Rule, row: Row, key: str, now: datetime, new_id: NewId) -> Alert:
    annotations = {name: fill(text, row) for name, text in rule.annotations.items()}
    if rule.description:
        annotations.setdefault("description", rule.description)
    if rule.runbook_url:
        annotations["runbook_url"] = rule.runbook_url
    return Alert(
        id=new_id(),
        source=rule.id,
        fingerprint=key,
        severity=rule.severity,
        category=rule.category,
        title=fill(rule.name, row),
        description=row.text,
        timestamp=now,
        tags={**row.labels, **rule.labels},
        data=dict(row.data),
        annotations=annotations,
    )


def _refreshed(alert: Alert, rule: Rule, row: Row) -> Alert:
    """The open alert with what was found last; who it is about and how bad it is stay as they were raised."""
    filled = {name: fill(text, row) for name, text in rule.annotations.items()}
    return replace(
        alert,
        title=fill(rule.name, row),
        description=row.text,
        data=dict(row.data),
        annotations={**alert.annotations, **filled},
    )


def _resolution(alert: Alert, now: datetime) -> AlertChange:
    return AlertChange(ChangeKind.RESOLVED, replace(alert, resolved_at=now, resolved_by=RESOLVED_BY))
