"""The outbox: messages are written in the transaction of the change that they tell about."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select

from thorbis_monitor.model.alert import AlertChange, ChangeKind
from thorbis_monitor.model.clock import Clock, NewId
from thorbis_monitor.response.message import to_payload
from thorbis_monitor.response.receivers import Receiver
from thorbis_monitor.response.status import Status
from thorbis_monitor.store.state.tables import deliveries

_LIST_LIMIT = 1_000
_SHOWN = [column for column in deliveries.c if column.name != "payload"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to a receiver, as lists show it."""

    id: str
    alert_id: str
    change: ChangeKind
    receiver: str
    status: Status
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    finished_at: datetime | None
    error: str | None


class Outbox:
    """Writes one delivery per receiver that wants to know; the courier takes them from there."""

    def __init__(self, receivers: Iterable[Receiver], clock: Clock, new_id: NewId, external_url: str) -> None:
        """``external_url`` is the address at which people open the pages; messages link there."""
        self._receivers = tuple(receivers)
        self._clock = clock
        self._new_id = new_id
        self._external_url = external_url

    def replace_receivers(self, receivers: Iterable[Receiver]) -> None:
        """Announce to these from now on (the configuration was read again)."""
        self._receivers = tuple(receivers)

    def announce(self, connection: Connection, change: AlertChange) -> None:
        """Write the deliveries of a change; a second call for the same change adds nothing.

        That an alert is over is told only to those who were told that it began.
        """
        wanted = [receiver.name for receiver in self._receivers if receiver.wants(change.alert, change.kind)]
        if not wanted:
            return
        told = _told(connection, change.alert.id)
        if change.kind is ChangeKind.RESOLVED:
            wanted = [name for name in wanted if (ChangeKind.FIRING, name) in told]
        new = [name for name in wanted if (change.kind, name) not in told]
        if not new:
            return
        now = self._clock()
        payload = to_payload(change, self._external_url)
        rows = [
            {
                "id": self._new_id(),
                "alert_id": change.alert.id,
                "change": change.kind.value,
                "receiver": name,
                "payload": payload,
                "status": Status.PENDING.value,
                "attempts": 0,
                "created_at": now,
                "next_attempt_at": now,
            }
            for name in new
        ]
        connection.execute(insert(deliveries), rows)


def recent_deliveries(
    connection: Connection, limit: int = 100, statuses: Iterable[Status] | None = None
) -> list[Delivery]:
    """The newest deliveries, the latest first."""
    query = select(*_SHOWN).order_by(deliveries.c.id.desc()).limit(min(limit, _LIST_LIMIT))
    if statuses is not None:
        query = query.where(deliveries.c.status.in_([status.value for status in statuses]))
    return [_delivery(row) for row in connection.execute(query).mappings()]


def deliveries_of(connection: Connection, alert_id: str) -> list[Delivery]:
    """What was told about an alert and to whom, in order."""
    query = select(*_SHOWN).where(deliveries.c.alert_id == alert_id).order_by(deliveries.c.id).limit(_LIST_LIMIT)
    return [_delivery(row) for row in connection.execute(query).mappings()]


def count_by_status(connection: Connection) -> dict[Status, int]:
    """How many deliveries there are of each status."""
    query = select(deliveries.c.status, func.count()).group_by(deliveries.c.status)
    counts = {status: int(count) for status, count in connection.execute(query)}
    return {status: counts.get(status.value, 0) for status in Status}


def count_pending(connection: Connection) -> int:
    """How many deliveries are not finished."""
    unfinished = [Status.PENDING.value, Status.SENDING.value]
    query = select(func.count()).where(deliveries.c.status.in_(unfinished))
    return int(connection.execute(query).scalar_one())


def _told(connection: Connection, alert_id: str) -> set[tuple[str, str]]:
    query = select(deliveries.c.change, deliveries.c.receiver).where(deliveries.c.alert_id == alert_id)
    return {(change, receiver) for change, receiver in connection.execute(query)}


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        alert_id=row["alert_id"],
        change=ChangeKind(row["change"]),
        receiver=row["receiver"],
        status=Status(row["status"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        next_attempt_at=row["next_attempt_at"],
        finished_at=row["finished_at"],
        error=row["error"],
    )
