"""To whom an alert was sent, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from thorbis_monitor.store.state import State
from thorbis_monitor.store.state.tables import deliveries

_MOST = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message about one state change to one receiver."""

    id: str
    receiver: str
    change: str
    status: str
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    error: str | None


def deliveries_of(state: State, alert_id: str) -> tuple[Delivery, ...]:
    """The messages about an alert, oldest first."""
    query = (
        select(
            deliveries.c.id,
            deliveries.c.receiver,
            deliveries.c.change,
            deliveries.c.status,
            deliveries.c.attempts,
            deliveries.c.created_at,
            deliveries.c.finished_at,
            deliveries.c.error,
        )
        .where(deliveries.c.alert_id == alert_id)
        .order_by(deliveries.c.created_at, deliveries.c.id)
        .limit(_MOST)
    )
    with state.read() as connection:
        return tuple(Delivery(**row) for row in connection.execute(query).mappings())
