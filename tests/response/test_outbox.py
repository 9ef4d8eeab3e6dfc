"""What is announced to whom."""

from typing import Any

import pytest

from tests.response.alerts_to_tell import firing, outbox, receiver, resolved
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.response.outbox import count_by_status, count_pending, deliveries_of, recent_deliveries
from thorbis_monitor.response.status import Status
from thorbis_monitor.store.state import State


def told(state: State) -> list[tuple[str, str, str]]:
    with state.read() as connection:
        rows = recent_deliveries(connection)
    return sorted((row.alert_id, row.change.value, row.receiver) for row in rows)


def test_every_receiver_gets_one_delivery_per_change(state: State) -> None:
    box = outbox(receiver("ops"), receiver("mail"))
    with state.begin() as connection:
        box.announce(connection, firing())
        box.announce(connection, resolved())
    assert told(state) == [
        ("a1", "firing", "mail"),
        ("a1", "firing", "ops"),
        ("a1", "resolved", "mail"),
        ("a1", "resolved", "ops"),
    ]


def test_announcing_again_adds_nothing(state: State) -> None:
    box = outbox(receiver("ops"))
    for _ in range(3):
        with state.begin() as connection:
            box.announce(connection, firing())
    assert told(state) == [("a1", "firing", "ops")]


def test_what_is_rolled_back_is_not_announced(state: State) -> None:
    def announce_and_fail() -> None:
        with state.begin() as connection:
            outbox(receiver("ops")).announce(connection, firing())
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        announce_and_fail()
    assert told(state) == []


def test_the_end_is_told_only_to_those_who_were_told_the_beginning(state: State) -> None:
    with state.begin() as connection:
        box = outbox(receiver("old"))
        box.announce(connection, firing())
        box.replace_receivers([receiver("old"), receiver("new")])
        box.announce(connection, resolved())
    assert told(state) == [("a1", "firing", "old"), ("a1", "resolved", "old")]


def test_a_receiver_may_do_without_the_end(state: State) -> None:
    box = outbox(receiver("ops", send_resolved=False))
    with state.begin() as connection:
        box.announce(connection, firing())
        box.announce(connection, resolved())
    assert told(state) == [("a1", "firing", "ops")]


@pytest.mark.parametrize(
    ("filters", "severity", "expected"),
    [
        ({"min_severity": "high"}, Severity.CRITICAL, True),
        ({"min_severity": "high"}, Severity.HIGH, True),
        ({"min_severity": "high"}, Severity.MEDIUM, False),
        ({"severities": ["low", "info"]}, Severity.LOW, True),
        ({"severities": ["low", "info"]}, Severity.HIGH, False),
        ({"categories": [Category.BUSINESS]}, Severity.INFO, True),
        ({"categories": [Category.SECURITY]}, Severity.CRITICAL, False),
        ({"categories": [Category.BUSINESS], "min_severity": "high"}, Severity.LOW, False),
    ],
)
def test_receivers_filter_by_severity_and_category(
    state: State, filters: dict[str, Any], severity: Severity, *, expected: bool
) -> None:
    with state.begin() as connection:
        outbox(receiver("ops", **filters)).announce(connection, firing(severity=severity))
    assert bool(told(state)) is expected


def test_deliveries_are_listed_per_alert_and_counted_by_status(state: State) -> None:
    box = outbox(receiver("ops"))
    with state.begin() as connection:
        box.announce(connection, firing("a1"))
        box.announce(connection, firing("a2"))
        box.announce(connection, resolved("a1"))
    with state.read() as connection:
        assert [(row.change.value, row.status) for row in deliveries_of(connection, "a1")] == [
            ("firing", Status.PENDING),
            ("resolved", Status.PENDING),
        ]
        assert [row.id for row in recent_deliveries(connection, limit=2)] == ["d0003", "d0002"]
        assert recent_deliveries(connection, statuses=[Status.FAILED]) == []
        assert count_by_status(connection) == {status: 3 * (status is Status.PENDING) for status in Status}
        assert count_pending(connection) == 3
