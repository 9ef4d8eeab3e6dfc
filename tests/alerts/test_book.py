"""What people can look up in the book of alerts, and do with an alert."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from thorbis_monitor.alerts.book import MAX_COMMENT_LENGTH, AlertBook
from thorbis_monitor.alerts.errors import AlertConflictError, AlertNotFoundError
from thorbis_monitor.alerts.records import row_from_alert
from thorbis_monitor.analysis.cursor import CursorError
from thorbis_monitor.model.alert import Alert, AlertChange, AlertState, ChangeKind
from thorbis_monitor.model.clock import new_id
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.store.state import State
from thorbis_monitor.store.state.tables import alerts, rule_instances

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ALERT = Alert(
    id="a1",
    source="high_response_time",
    fingerprint="f1",
    severity=Severity.HIGH,
    category=Category.PERFORMANCE,
    title="High response time",
    description="Mean api.response_time over 5m is 2,340 ms",
    timestamp=NOW,
    tags={"service": "api"},
    data={"value": 2340.0},
)


class Book:
    """A book of alerts with everything that it announced."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.announced: list[AlertChange] = []
        self.book = AlertBook(state, self._announce, lambda: NOW, new_id)

    def _announce(self, connection: Connection, change: AlertChange) -> None:
        assert connection.in_transaction()
        self.announced.append(change)

    def put(self, *entries: Alert) -> None:
        with self.state.begin() as connection:
            connection.execute(insert(alerts), [row_from_alert(entry) for entry in entries])


@pytest.fixture
def desk(any_state: State) -> Book:
    """An empty book."""
    return Book(any_state)


def test_an_alert_is_read_as_it_was_written(desk: Book) -> None:
    desk.put(ALERT)
    assert desk.book.get("a1") == ALERT


def test_an_unknown_alert_is_not_found(desk: Book) -> None:
    with pytest.raises(AlertNotFoundError, match="no alert with the id 'nope'"):
        desk.book.get("nope")


def test_pages_follow_each_other_newest_first_without_gap_or_repetition(desk: Book) -> None:
    same_second = [replace(ALERT, id=f"s{number}") for number in range(4)]
    older = [replace(ALERT, id=f"o{number}", timestamp=NOW - timedelta(minutes=number + 1)) for number in range(5)]
    desk.put(*same_second, *older)
    seen: list[str] = []
    cursor = None
    while True:
        page = desk.book.find(limit=2, cursor=cursor)
        seen += [alert.id for alert in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == ["s3", "s2", "s1", "s0", "o0", "o1", "o2", "o3", "o4"]


@pytest.mark.parametrize("cursor", ["", "x", "####", "bm90IGEgZGF0ZQ", "ä", "A" * 1000])
def test_a_foreign_cursor_is_refused(desk: Book, cursor: str) -> None:
    with pytest.raises(CursorError, match="cursor is not valid"):
        desk.book.find(cursor=cursor)


def test_filters_narrow_the_list(desk: Book) -> None:
    closed = replace(ALERT, id="closed", resolved_at=NOW, resolved_by="ada")
    low = replace(ALERT, id="low", severity=Severity.LOW, category=Category.ERROR, source="other")
    old = replace(ALERT, id="old", timestamp=NOW - timedelta(days=2))
    desk.put(closed, low, old)

    def ids(find: Callable[[], tuple[Alert, ...]]) -> set[str]:
        return {alert.id for alert in find()}

    assert ids(lambda: desk.book.find(state=AlertState.FIRING).items) == {"low", "old"}
    assert ids(lambda: desk.book.find(state=AlertState.RESOLVED).items) == {"closed"}
    assert ids(lambda: desk.book.find(severity=Severity.LOW).items) == {"low"}
    assert ids(lambda: desk.book.find(category=Category.PERFORMANCE).items) == {"closed", "old"}
    assert ids(lambda: desk.book.find(source="other").items) == {"low"}
    assert ids(lambda: desk.book.find(since=NOW - timedelta(days=1)).items) == {"closed", "low"}


def test_the_summary_counts_open_alerts_and_with_a_start_all_since_then(desk: Book) -> None:
    desk.put(
        ALERT,
        replace(ALERT, id="a2", severity=Severity.CRITICAL),
        replace(ALERT, id="a3", resolved_at=NOW, resolved_by="ada"),
        replace(ALERT, id="a4", timestamp=NOW - timedelta(days=2)),
    )
    now_open = desk.book.summary()
    assert now_open.active == 3
    assert now_open.by_severity == {**dict.fromkeys(Severity, 0), Severity.HIGH: 2, Severity.CRITICAL: 1}
    assert now_open.by_category == {**dict.fromkeys(Category, 0), Category.PERFORMANCE: 3}
    today = desk.book.summary(NOW - timedelta(days=1))
    assert today.active == 3
    assert today.by_severity[Severity.HIGH] == 2


def test_acknowledging_names_the_first_person_and_announces_nothing(desk: Book) -> None:
    desk.put(ALERT)
    assert desk.book.acknowledge("a1", " ada ").acknowledged_by == "ada"
    assert desk.book.acknowledge("a1", "bob").acknowledged_by == "ada"
    assert desk.book.get("a1").acknowledged_at == NOW
    assert desk.announced == []


def test_a_resolved_alert_can_be_neither_acknowledged_nor_resolved_again(desk: Book) -> None:
    desk.put(ALERT)
    desk.book.resolve("a1", "ada")
    with pytest.raises(AlertConflictError, match="only open alerts can be acknowledged"):
        desk.book.acknowledge("a1", "bob")
    with pytest.raises(AlertConflictError, match="resolved already by ada"):
        desk.book.resolve("a1", "bob")
    assert len(desk.announced) == 1


def test_resolving_closes_the_alert_dismisses_its_condition_and_announces_it_once(desk: Book) -> None:
    desk.put(ALERT)
    with desk.state.begin() as connection:
        connection.execute(
            insert(rule_instances).values(
                rule_id=ALERT.source,
                fingerprint="f1",
                labels={},
                phase="firing",
                alert_id="a1",
                dismissed=False,
                updated_at=NOW,
            )
        )
    resolved = desk.book.resolve("a1", "ada")
    assert (resolved.state, resolved.resolved_at, resolved.resolved_by) == (AlertState.RESOLVED, NOW, "ada")
    assert desk.announced == [AlertChange(ChangeKind.RESOLVED, resolved)]
    with desk.state.read() as connection:
        row = connection.execute(select(rule_instances)).mappings().one()
    assert (row["phase"], row["dismissed"], row["alert_id"]) == ("inactive", True, None)


def test_an_announcement_that_fails_takes_the_resolution_back(state: State) -> None:
    def refuse(connection: Connection, change: AlertChange) -> None:
        del connection, change
        message = "no room"
        raise RuntimeError(message)

    book = AlertBook(state, refuse, lambda: NOW, new_id)
    with state.begin() as connection:
        connection.execute(insert(alerts).values(row_from_alert(ALERT)))
    with pytest.raises(RuntimeError, match="no room"):
        book.resolve("a1", "ada")
    assert book.get("a1").state is AlertState.FIRING


def test_comments_are_kept_in_order(desk: Book) -> None:
    desk.put(ALERT)
    first = desk.book.comment("a1", "ada", " looking ")
    second = desk.book.comment("a1", "bob", "found it")
    assert desk.book.comments("a1") == (first, second)
    assert (first.author, first.text, first.created_at) == ("ada", "looking", NOW)


def test_a_comment_needs_an_alert_a_name_and_a_text_of_bounded_length(desk: Book) -> None:
    desk.put(ALERT)
    with pytest.raises(AlertNotFoundError):
        desk.book.comment("nope", "ada", "text")
    with pytest.raises(AlertNotFoundError):
        desk.book.comments("nope")
    with pytest.raises(ValueError, match="name is empty"):
        desk.book.comment("a1", " ", "text")
    for text in ("", " ", "x" * (MAX_COMMENT_LENGTH + 1)):
        with pytest.raises(ValueError, match="a comment has 1 to"):
            desk.book.comment("a1", "ada", text)
