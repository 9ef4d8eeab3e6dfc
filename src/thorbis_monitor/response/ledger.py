"""Taking deliveries from the outbox and recording what became of them.

A delivery is held by a lease. While ``pending`` with a lease it is prepared, and once the lease ran out
anyone may take it again. Immediately before the message leaves it becomes ``sending``; if its lease runs out
then, it may have arrived and becomes ``unconfirmed``. Every change is a conditional update whose row count is
checked.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, and_, exists, func, or_, select, update

from thorbis_monitor.model.alert import ChangeKind
from thorbis_monitor.response.retry import Delivered, Failed, Retry, Step
from thorbis_monitor.response.status import Status
from thorbis_monitor.store.state.tables import deliveries

_INTERRUPTED = "the courier ended in the middle of the hand-over"
_earlier = deliveries.alias("earlier")


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds a delivery, and until when. Each attempt holds under a name of its own.

    The name is ``COURIER.NUMBER``, so that what a courier held can be found.
    """

    holder: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that the caller holds now."""

    id: str
    receiver: str
    attempt: int
    created_at: datetime
    payload: dict[str, Any]


def due(connection: Connection, receivers: Collection[str], now: datetime, limit: int) -> list[tuple[str, str]]:
    """Ids and receivers of deliveries whose time has come, the longest waiting first."""
    query = (
        select(deliveries.c.id, deliveries.c.receiver)
        .where(_takeable(now), deliveries.c.receiver.in_(receivers), deliveries.c.next_attempt_at <= now)
        .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
        .limit(limit)
    )
    return [(row.id, row.receiver) for row in connection.execute(query)]


def next_due(connection: Connection, receivers: Collection[str], now: datetime) -> datetime | None:
    """When the next delivery can be taken."""
    query = select(func.min(deliveries.c.next_attempt_at)).where(_takeable(now), deliveries.c.receiver.in_(receivers))
    found: datetime | None = connection.execute(query).scalar()
    return found


def next_lapse(connection: Connection) -> datetime | None:
    """When the next lease runs out."""
    held = or_(deliveries.c.status == Status.SENDING.value, deliveries.c.status == Status.PENDING.value)
    found: datetime | None = connection.execute(select(func.min(deliveries.c.leased_until)).where(held)).scalar()
    return found


def claim(connection: Connection, delivery_id: str, lease: Lease, now: datetime) -> Claimed | None:
    """Take a delivery; None when another was faster."""
    taken = connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, _free(now), deliveries.c.next_attempt_at <= now)
        .values(leased_by=lease.holder, leased_until=lease.until, attempts=deliveries.c.attempts + 1)
    )
    if taken.rowcount != 1:
        return None
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()
    return Claimed(row.id, row.receiver, row.attempts, row.created_at, row.payload)


def hand_over(connection: Connection, delivery_id: str, lease: Lease) -> bool:
    """Commit to sending now; False when the delivery is no longer held, and so must not be sent."""
    changed = connection.execute(
        _held(delivery_id, lease.holder, [Status.PENDING]).values(status=Status.SENDING.value, leased_until=lease.until)
    )
    return changed.rowcount == 1


def record(connection: Connection, delivery_id: str, holder: str, step: Step, now: datetime) -> bool:
    """Write what became of an attempt; False when the delivery is no longer the holder's.

    A confirmation that comes late is still recorded.
    """
    over = {"leased_until": None, "finished_at": now}
    changes: dict[str, object]
    statuses = [Status.PENDING, Status.SENDING]
    if isinstance(step, Delivered):
        statuses.append(Status.UNCONFIRMED)
        changes = {"status": Status.DELIVERED.value, "error": None, **over}
    elif isinstance(step, Retry):
        free = {"leased_by": None, "leased_until": None}
        changes = {"status": Status.PENDING.value, "error": step.reason, "next_attempt_at": step.at, **free}
    else:
        status = Status.FAILED if isinstance(step, Failed) else Status.UNCONFIRMED
        changes = {"status": status.value, "error": step.reason, **over}
    return connection.execute(_held(delivery_id, holder, statuses).values(changes)).rowcount == 1


def sweep(connection: Connection, now: datetime, resend: Collection[str]) -> dict[str, int]:
    """Finish deliveries whose lease ran out in the middle of the hand-over; return how many, by receiver."""
    return _interrupted(connection, deliveries.c.leased_until <= now, now, resend)


def release(connection: Connection, courier: str, now: datetime, resend: Collection[str]) -> dict[str, int]:
    """Give back what an ended courier held; return how many it may have sent, by receiver."""
    its_own = deliveries.c.leased_by.startswith(f"{courier}.", autoescape=True)
    connection.execute(
        update(deliveries)
        .where(deliveries.c.status == Status.PENDING.value, its_own)
        .values(leased_by=None, leased_until=None)
    )
    return _interrupted(connection, its_own, now, resend)


def fail_orphans(connection: Connection, receivers: Iterable[str], now: datetime, age: timedelta) -> int:
    """Finish deliveries to receivers that are no longer configured, once they are old; return how many."""
    changed = connection.execute(
        update(deliveries)
        .where(_free(now), deliveries.c.receiver.not_in(list(receivers)), deliveries.c.created_at <= now - age)
        .values(
            status=Status.FAILED.value,
            finished_at=now,
            error="the receiver is no longer configured",
        )
    )
    return changed.rowcount


def _interrupted(
    connection: Connection, which: ColumnElement[bool], now: datetime, resend: Collection[str]
) -> dict[str, int]:
    """Messages that may have left: not sent again, except to receivers that rather hear twice than never."""
    lapsed = and_(deliveries.c.status == Status.SENDING.value, which)
    query = select(deliveries.c.receiver, func.count()).where(lapsed).group_by(deliveries.c.receiver)
    counts = {receiver: int(count) for receiver, count in connection.execute(query)}
    if not counts:
        return counts
    connection.execute(
        update(deliveries)
        .where(lapsed, deliveries.c.receiver.in_(resend))
        .values(
            status=Status.PENDING.value,
            leased_by=None,
            leased_until=None,
            next_attempt_at=now,
            error=f"{_INTERRUPTED}; sent again, as the receiver asks for",
        )
    )
    # The holder stays written: should it live and confirm after all, that is recorded.
    connection.execute(
        update(deliveries)
        .where(lapsed, deliveries.c.receiver.not_in(resend))
        .values(
            status=Status.UNCONFIRMED.value,
            leased_until=None,
            finished_at=now,
            error=f"{_INTERRUPTED}; not sent again, because it may have arrived",
        )
    )
    return counts


def _free(now: datetime) -> ColumnElement[bool]:
    return and_(
        deliveries.c.status == Status.PENDING.value,
        or_(deliveries.c.leased_until.is_(None), deliveries.c.leased_until <= now),
    )


def _takeable(now: datetime) -> ColumnElement[bool]:
    """Free, and not the end of an alert whose beginning is still on its way to the same receiver."""
    unfinished = exists().where(
        _earlier.c.alert_id == deliveries.c.alert_id,
        _earlier.c.receiver == deliveries.c.receiver,
        _earlier.c.change == ChangeKind.FIRING.value,
        _earlier.c.finished_at.is_(None),
    )
    return and_(_free(now), or_(deliveries.c.change == ChangeKind.FIRING.value, ~unfinished))


def _held(delivery_id: str, holder: str, statuses: Iterable[Status]) -> Update:
    return update(deliveries).where(
        deliveries.c.id == delivery_id,
        deliveries.c.leased_by == holder,
        deliveries.c.status.in_([status.value for status in statuses]),
    )
