"""Label sets with state in the state database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, and_, delete, insert, select, update

from thorbis_monitor.alerts.instance import Instance, Phase
from thorbis_monitor.alerts.lifecycle import Step
from thorbis_monitor.alerts.records import alert_from_row, row_from_alert
from thorbis_monitor.model.alert import Alert, ChangeKind
from thorbis_monitor.store.state.tables import alerts, rule_instances

Known = Mapping[str, Instance]

_OPEN = and_(alerts.c.id == rule_instances.c.alert_id, alerts.c.resolved_at.is_(None))
_ALERT_COLUMNS = [column.label(f"alert__{column.name}") for column in alerts.columns]


def read_all(connection: Connection) -> Mapping[str, Known]:
    """The label sets with state of every rule, by rule id and fingerprint."""
    known: dict[str, dict[str, Instance]] = defaultdict(dict)
    for row in connection.execute(_query()).mappings():
        instance = _instance(row)
        known[instance.rule_id][instance.fingerprint] = instance
    return known


def read_locked(connection: Connection, rule_id: str) -> Known:
    """The label sets with state of one rule; nobody else changes them before the transaction ends."""
    query = _query().where(rule_instances.c.rule_id == rule_id).with_for_update(of=rule_instances)
    instances = (_instance(row) for row in connection.execute(query).mappings())
    return {instance.fingerprint: instance for instance in instances}


def write_step(connection: Connection, rule_id: str, before: Known, step: Step, now: datetime) -> None:
    """Store what a step changed: alerts raised, refreshed and resolved, and the state of label sets."""
    fired = [change.alert for change in step.changes if change.kind is ChangeKind.FIRING]
    if fired:
        connection.execute(insert(alerts), [row_from_alert(alert) for alert in fired])
    for change in step.changes:
        if change.kind is ChangeKind.RESOLVED:
            _resolve(connection, change.alert)
    for instance in step.instances.values():
        previous = before.get(instance.fingerprint)
        if previous is not None and previous.alert and instance.alert and previous.alert != instance.alert:
            _refresh(connection, instance.alert)
    _write_instances(connection, rule_id, before, step.instances, now)


def write_retirement(connection: Connection, instance: Instance, alert: Alert | None) -> None:
    """Forget a label set, and store the end of its alert."""
    if alert is not None:
        _resolve(connection, alert)
    _delete(connection, instance.rule_id, [instance.fingerprint])


def _query() -> Select[tuple[object, ...]]:
    return select(rule_instances, *_ALERT_COLUMNS).outerjoin(alerts, _OPEN)


def _instance(row: RowMapping) -> Instance:
    alert = None
    if row["alert__id"] is not None:
        prefix = "alert__"
        alert = alert_from_row({key.removeprefix(prefix): row[key] for key in row if key.startswith(prefix)})
    phase = Phase(row["phase"])
    if phase is Phase.FIRING and alert is None:
        # The alert was removed from the database behind our back; the label set starts anew.
        phase = Phase.INACTIVE
    return Instance(
        rule_id=row["rule_id"],
        fingerprint=row["fingerprint"],
        labels=row["labels"],
        phase=phase,
        active_since=row["active_since"],
        last_true_at=row["last_true_at"],
        last_fired_at=row["last_fired_at"],
        alert=alert,
        dismissed=row["dismissed"],
        value=row["value"],
    )


def _resolve(connection: Connection, alert: Alert) -> None:
    done = connection.execute(
        update(alerts)
        .where(alerts.c.id == alert.id, alerts.c.resolved_at.is_(None))
        .values(resolved_at=alert.resolved_at, resolved_by=alert.resolved_by)
    )
    if done.rowcount != 1:
        raise RuntimeError(f"the alert {alert.id} was resolved by somebody else at the same moment")


def _refresh(connection: Connection, alert: Alert) -> None:
    row = row_from_alert(alert)
    values = {name: row[name] for name in ("title", "description", "data", "annotations")}
    connection.execute(update(alerts).where(alerts.c.id == alert.id, alerts.c.resolved_at.is_(None)).values(values))


def _write_instances(connection: Connection, rule_id: str, before: Known, after: Known, now: datetime) -> None:
    gone = [key for key in before if key not in after]
    changed = [instance for key, instance in after.items() if before.get(key) != instance]
    known = [instance.fingerprint for instance in changed if instance.fingerprint in before]
    _delete(connection, rule_id, gone + known)
    if changed:
        connection.execute(insert(rule_instances), [_row(instance, now) for instance in changed])


def _delete(connection: Connection, rule_id: str, fingerprints: Iterable[str]) -> None:
    keys = list(fingerprints)
    for start in range(0, len(keys), _KEYS_PER_STATEMENT):
        some = keys[start : start + _KEYS_PER_STATEMENT]
        connection.execute(
            delete(rule_instances).where(rule_instances.c.rule_id == rule_id, rule_instances.c.fingerprint.in_(some))
        )


_KEYS_PER_STATEMENT = 500


def _row(instance: Instance, now: datetime) -> dict[str, object]:
    return {
        "rule_id": instance.rule_id,
        "fingerprint": instance.fingerprint,
        "labels": dict(instance.labels),
        "phase": instance.phase.value,
        "active_since": instance.active_since,
        "last_true_at": instance.last_true_at,
        "last_fired_at": instance.last_fired_at,
        "alert_id": instance.alert.id if instance.alert else None,
        "dismissed": instance.dismissed,
        "value": instance.value,
        "updated_at": now,
    }
