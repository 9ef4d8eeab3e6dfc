"""Leases: who may send, and what becomes of what was interrupted; on every state database."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.response.alerts_to_tell import NOON, firing, outbox, receiver, resolved
from thorbis_monitor.model.clock import new_id
from thorbis_monitor.response import ledger
from thorbis_monitor.response.ledger import Claimed, Lease
from thorbis_monitor.response.outbox import Delivery, recent_deliveries
from thorbis_monitor.response.retry import Delivered, Failed, Retry, Unconfirmed
from thorbis_monitor.response.status import Status
from thorbis_monitor.store.state import State

LEASE = Lease("c1.1", NOON + timedelta(minutes=1))
OTHER = Lease("c2.1", NOON + timedelta(minutes=1))
LATER = NOON + timedelta(minutes=2)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[State]:
    """An empty state database of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("state")
        return
    url = request.getfixturevalue("postgres_url")
    schema = f"s{new_id()}"
    admin = State(url, migrate=False)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    admin.close()
    database = State(f"{url}&options=-csearch_path%3D{schema}")
    yield database
    database.close()


def announce(database: State, *receivers: str) -> None:
    with database.begin() as connection:
        outbox(*(receiver(name) for name in receivers)).announce(connection, firing())


def claim(database: State, lease: Lease = LEASE, delivery: str = "d0001") -> Claimed | None:
    with database.begin() as connection:
        return ledger.claim(connection, delivery, lease, NOON)


def hand_over(database: State, lease: Lease = LEASE) -> bool:
    with database.begin() as connection:
        return ledger.hand_over(connection, "d0001", lease)


def the_delivery(database: State) -> Delivery:
    with database.read() as connection:
        return recent_deliveries(connection)[-1]


def test_a_delivery_is_claimed_once(database: State) -> None:
    announce(database, "ops")
    claimed = claim(database)
    assert claimed is not None
    assert (claimed.receiver, claimed.attempt, claimed.payload["kind"]) == ("ops", 1, "firing")
    assert claim(database, OTHER) is None


def test_a_lease_that_ran_out_before_the_hand_over_frees_the_delivery(database: State) -> None:
    announce(database, "ops")
    claim(database)
    with database.begin() as connection:
        assert ledger.due(connection, ["ops"], NOON, 10) == []
        assert ledger.due(connection, ["ops"], LATER, 10) == [("d0001", "ops")]
        again = ledger.claim(connection, "d0001", OTHER, LATER)
    assert again is not None
    assert again.attempt == 2
    assert not hand_over(database), "the first holder must not send any more"


def test_only_the_holder_hands_over_and_only_once(database: State) -> None:
    announce(database, "ops")
    claim(database)
    assert not hand_over(database, OTHER)
    assert hand_over(database)
    assert not hand_over(database)
    assert the_delivery(database).status is Status.SENDING


@pytest.mark.parametrize(
    ("step", "status"),
    [
        (Delivered(), Status.DELIVERED),
        (Retry(LATER, "busy"), Status.PENDING),
        (Failed("gone"), Status.FAILED),
        (Unconfirmed("silence"), Status.UNCONFIRMED),
    ],
)
def test_the_outcome_is_recorded_by_the_holder_alone(
    database: State, step: Delivered | Retry | Failed | Unconfirmed, status: Status
) -> None:
    announce(database, "ops")
    claim(database)
    hand_over(database)
    with database.begin() as connection:
        assert not ledger.record(connection, "d0001", "c2.1", step, NOON)
        assert ledger.record(connection, "d0001", "c1.1", step, NOON)
    delivery = the_delivery(database)
    assert delivery.status is status
    assert (delivery.finished_at is None) is (status is Status.PENDING)


def test_a_retry_waits_for_its_time(database: State) -> None:
    announce(database, "ops")
    claim(database)
    with database.begin() as connection:
        ledger.record(connection, "d0001", "c1.1", Retry(LATER, "busy"), NOON)
        assert ledger.due(connection, ["ops"], NOON, 10) == []
        assert ledger.next_due(connection, ["ops"], NOON) == LATER
        assert ledger.claim(connection, "d0001", OTHER, NOON) is None
        assert ledger.claim(connection, "d0001", OTHER, LATER) is not None


def test_what_was_interrupted_in_the_hand_over_is_unconfirmed_and_not_sent_again(database: State) -> None:
    announce(database, "ops")
    claim(database)
    hand_over(database)
    with database.begin() as connection:
        assert ledger.sweep(connection, NOON, resend=[]) == {}
        assert ledger.next_lapse(connection) == LEASE.until
        assert ledger.sweep(connection, LATER, resend=[]) == {"ops": 1}
        assert ledger.due(connection, ["ops"], LATER, 10) == []
    delivery = the_delivery(database)
    assert delivery.status is Status.UNCONFIRMED
    assert delivery.error is not None
    assert "may have arrived" in delivery.error


def test_a_confirmation_that_comes_late_is_still_recorded(database: State) -> None:
    announce(database, "ops")
    claim(database)
    hand_over(database)
    with database.begin() as connection:
        ledger.sweep(connection, LATER, resend=[])
        assert ledger.record(connection, "d0001", "c1.1", Delivered(), LATER)
    assert the_delivery(database).status is Status.DELIVERED


def test_a_receiver_may_ask_for_interrupted_messages_again(database: State) -> None:
    announce(database, "ops")
    claim(database)
    hand_over(database)
    with database.begin() as connection:
        assert ledger.sweep(connection, LATER, resend=["ops"]) == {"ops": 1}
        assert ledger.due(connection, ["ops"], LATER, 10) == [("d0001", "ops")]


def test_what_an_ended_courier_held_is_settled_at_once(database: State) -> None:
    announce(database, "prepared", "sent", "foreign")
    with database.begin() as connection:
        for number, name in ((1, "c1.1"), (2, "c1.2"), (3, "c11.1")):
            ledger.claim(connection, f"d000{number}", Lease(name, LEASE.until), NOON)
        ledger.hand_over(connection, "d0002", Lease("c1.2", LEASE.until))
        ledger.hand_over(connection, "d0003", Lease("c11.1", LEASE.until))
        assert ledger.release(connection, "c1", NOON, resend=[]) == {"sent": 1}
        found = {delivery.receiver: delivery.status for delivery in recent_deliveries(connection)}
        assert ledger.due(connection, ["prepared"], NOON, 10) == [("d0001", "prepared")]
    expected = {"prepared": Status.PENDING, "sent": Status.UNCONFIRMED, "foreign": Status.SENDING}
    assert found == expected


@pytest.mark.parametrize("step", [Delivered(), Failed("gone"), Unconfirmed("silence")])
def test_the_end_waits_until_the_beginning_is_finished(database: State, step: Delivered | Failed | Unconfirmed) -> None:
    box = outbox(receiver("ops"), receiver("mail"))
    with database.begin() as connection:
        box.announce(connection, firing())
        box.announce(connection, resolved())
    claim(database)
    with database.begin() as connection:
        assert ledger.due(connection, ["ops"], NOON, 10) == []
        assert ledger.next_due(connection, ["ops"], NOON) is None
        assert ledger.due(connection, ["ops", "mail"], NOON, 10) == [("d0002", "mail")]
        ledger.record(connection, "d0001", "c1.1", step, NOON)
        assert ledger.due(connection, ["ops"], NOON, 10) == [("d0003", "ops")]


def test_deliveries_to_a_receiver_that_is_gone_are_finished_in_time(database: State) -> None:
    announce(database, "gone")
    day = timedelta(hours=24)
    with database.begin() as connection:
        assert ledger.fail_orphans(connection, ["ops"], NOON + day / 2, day) == 0
        assert ledger.fail_orphans(connection, ["gone"], NOON + day, day) == 0
        assert ledger.fail_orphans(connection, ["ops"], NOON + day, day) == 1
    assert the_delivery(database).error == "the receiver is no longer configured"
