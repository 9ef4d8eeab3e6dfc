"""The book of alerts: what people look up and what they do with an alert."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select, update

from thorbis_monitor.alerts.cursor import read_cursor, write_cursor
from thorbis_monitor.alerts.errors import AlertConflictError, AlertNotFoundError
from thorbis_monitor.alerts.records import Comment, alert_from_row, comment_from_row
from thorbis_monitor.model.alert import Alert, AlertChange, AlertState, ChangeKind
from thorbis_monitor.model.clock import Clock, NewId
from thorbis_monitor.model.page import Page
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.store.state import State
from thorbis_monitor.store.state.tables import alert_comments, alerts, rule_instances

OnChange = Callable[[Connection, AlertChange], None]
"""Called inside the transaction of a state change, so that what follows from it is stored with it."""

MAX_PAGE = 1000
MAX_COMMENTS = 1000
MAX_COMMENT_LENGTH = 10_000
MAX_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class AlertSummary:
    """How many alerts are open now, and how the counted ones spread over severities and categories."""

    active: int
    by_severity: Mapping[Severity, int]
    by_category: Mapping[Category, int]


class AlertBook:
    """Reads and changes alerts. All methods block and are thread-safe."""

    def __init__(self, state: State, on_change: OnChange, clock: Clock, new_id: NewId) -> None:
        """Work on a state database; ``on_change`` is told of every resolution in its transaction."""
        self._state = state
        self._on_change = on_change
        self._clock = clock
        self._new_id = new_id

    def get(self, alert_id: str) -> Alert:
        """Look up one alert.

        Raises:
            AlertNotFoundError: there is none with this id.
        """
        with self._state.read() as connection:
            return _load(connection, alert_id)

    def find(
        self,
        *,
        state: AlertState | None = None,
        since: datetime | None = None,
        severity: Severity | None = None,
        category: Category | None = None,
        source: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Alert]:
        """List alerts, newest first.

        Raises:
            CursorError: the cursor is not one of ours.
        """
        limit = max(1, min(limit, MAX_PAGE))
        where = _filters(state, since, severity, category, source)
        if cursor is not None:
            timestamp, alert_id = read_cursor(cursor)
            older = and_(alerts.c.timestamp == timestamp, alerts.c.id < alert_id)
            where.append(or_(alerts.c.timestamp < timestamp, older))
        query = select(alerts).where(*where).order_by(alerts.c.timestamp.desc(), alerts.c.id.desc()).limit(limit + 1)
        with self._state.read() as connection:
            found = [alert_from_row(row) for row in connection.execute(query).mappings()]
        items = tuple(found[:limit])
        more = len(found) > limit
        return Page(items, write_cursor(items[-1].timestamp, items[-1].id) if more else None)

    def summary(self, since: datetime | None = None) -> AlertSummary:
        """Count open alerts; with ``since``, the spread covers every alert raised since then, open or not."""
        is_open = alerts.c.resolved_at.is_(None)
        counted = is_open if since is None else alerts.c.timestamp >= since
        query = (
            select(alerts.c.severity, alerts.c.category, func.count())
            .where(counted)
            .group_by(alerts.c.severity, alerts.c.category)
        )
        by_severity = dict.fromkeys(Severity, 0)
        by_category = dict.fromkeys(Category, 0)
        with self._state.read() as connection:
            active = connection.execute(select(func.count()).select_from(alerts).where(is_open)).scalar_one()
            for severity, category, count in connection.execute(query):
                by_severity[Severity(severity)] += count
                by_category[Category(category)] += count
        return AlertSummary(active, by_severity, by_category)

    def acknowledge(self, alert_id: str, by: str) -> Alert:
        """Note that a person takes care of an open alert; the first one to do so stays.

        Raises:
            AlertNotFoundError: there is none with this id.
            AlertConflictError: the alert is resolved already.
        """
        by = _name(by)
        with self._state.begin() as connection:
            done = connection.execute(
                update(alerts)
                .where(
                    alerts.c.id == alert_id,
                    alerts.c.resolved_at.is_(None),
                    alerts.c.acknowledged_at.is_(None),
                )
                .values(acknowledged_at=self._clock(), acknowledged_by=by)
            )
            alert = _load(connection, alert_id)
            if done.rowcount == 0 and alert.state is AlertState.RESOLVED:
                message = f"the alert {alert_id!r} is resolved already; only open alerts can be acknowledged"
                raise AlertConflictError(message)
        return alert

    def resolve(self, alert_id: str, by: str) -> Alert:
        """Close an open alert; while its condition stays true, it is not raised again.

        Raises:
            AlertNotFoundError: there is none with this id.
            AlertConflictError: the alert is resolved already.
        """
        by = _name(by)
        now = self._clock()
        with self._state.begin() as connection:
            # The engine locks the label set before the alert, so the same is done here.
            connection.execute(_instance_of(alert_id).with_for_update())
            done = connection.execute(
                update(alerts)
                .where(alerts.c.id == alert_id, alerts.c.resolved_at.is_(None))
                .values(resolved_at=now, resolved_by=by)
            )
            alert = _load(connection, alert_id)
            if done.rowcount == 0:
                message = f"the alert {alert_id!r} was resolved already by {alert.resolved_by}"
                raise AlertConflictError(message)
            connection.execute(
                update(rule_instances)
                .where(rule_instances.c.alert_id == alert_id)
                .values(phase="inactive", dismissed=True, alert_id=None, updated_at=now)
            )
            self._on_change(connection, AlertChange(ChangeKind.RESOLVED, alert))
        return alert

    def comment(self, alert_id: str, by: str, text: str) -> Comment:
        """Write a comment on an alert, open or resolved.

        Raises:
            AlertNotFoundError: there is none with this id.
            AlertConflictError: the alert has as many comments as it may have.
            ValueError: the text is empty or too long.
        """
        text = text.strip()
        if not 0 < len(text) <= MAX_COMMENT_LENGTH:
            message = f"a comment has 1 to {MAX_COMMENT_LENGTH:,} characters; this one has {len(text):,}"
            raise ValueError(message)
        written = Comment(self._new_id(), alert_id, _name(by), text, self._clock())
        with self._state.begin() as connection:
            _load(connection, alert_id)
            count = select(func.count()).select_from(alert_comments).where(alert_comments.c.alert_id == alert_id)
            if connection.execute(count).scalar_one() >= MAX_COMMENTS:
                message = f"the alert {alert_id!r} has {MAX_COMMENTS:,} comments; more are not kept"
                raise AlertConflictError(message)
            add_comment(connection, written)
        return written

    def comments(self, alert_id: str) -> tuple[Comment, ...]:
        """Read the comments of an alert, oldest first.

        Raises:
            AlertNotFoundError: there is none with this id.
        """
        query = (
            select(alert_comments)
            .where(alert_comments.c.alert_id == alert_id)
            .order_by(alert_comments.c.created_at, alert_comments.c.id)
            .limit(MAX_COMMENTS)
        )
        with self._state.read() as connection:
            _load(connection, alert_id)
            return tuple(comment_from_row(row) for row in connection.execute(query).mappings())


def add_comment(connection: Connection, comment: Comment) -> None:
    """Store a comment in an open transaction."""
    connection.execute(
        insert(alert_comments).values(
            id=comment.id,
            alert_id=comment.alert_id,
            author=comment.author,
            text=comment.text,
            created_at=comment.created_at,
        )
    )


def _instance_of(alert_id: str) -> Select[tuple[str]]:
    return select(rule_instances.c.fingerprint).where(rule_instances.c.alert_id == alert_id)


def _load(connection: Connection, alert_id: str) -> Alert:
    row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).mappings().one_or_none()
    if row is None:
        raise AlertNotFoundError(alert_id)
    return alert_from_row(row)


def _filters(
    state: AlertState | None,
    since: datetime | None,
    severity: Severity | None,
    category: Category | None,
    source: str | None,
) -> list[ColumnElement[Any]]:
    where: list[ColumnElement[Any]] = []
    if state is AlertState.FIRING:
        where.append(alerts.c.resolved_at.is_(None))
    elif state is AlertState.RESOLVED:
        where.append(alerts.c.resolved_at.is_not(None))
    if since is not None:
        where.append(alerts.c.timestamp >= since)
    if severity is not None:
        where.append(alerts.c.severity == severity.value)
    if category is not None:
        where.append(alerts.c.category == category.value)
    if source is not None:
        where.append(alerts.c.source == source)
    return where


def _name(by: str) -> str:
    name = by.strip()[:MAX_NAME_LENGTH]
    if not name:
        message = "say who does this: the name is empty"
        raise ValueError(message)
    return name
