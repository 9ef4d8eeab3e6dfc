"""Alerts and comments as rows of the state database, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from thorbis_monitor.model.alert import Alert
from thorbis_monitor.model.severity import Category, Severity


@dataclass(frozen=True, slots=True)
class Comment:
    """What a person, or the monitor itself, wrote on an alert."""

    id: str
    alert_id: str
    author: str
    text: str
    created_at: datetime


def alert_from_row(row: RowMapping | Mapping[str, Any]) -> Alert:
    """Read an alert."""
    return Alert(
        id=row["id"],
        source=row["source"],
        fingerprint=row["fingerprint"],
        severity=Severity(row["severity"]),
        category=Category(row["category"]),
        title=row["title"],
        description=row["description"],
        timestamp=row["timestamp"],
        tags=row["tags"],
        data=row["data"],
        annotations=row["annotations"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
    )


def row_from_alert(alert: Alert) -> Mapping[str, Any]:
    """Write an alert."""
    return {
        "id": alert.id,
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "severity": alert.severity.value,
        "category": alert.category.value,
        "title": alert.title,
        "description": alert.description,
        "timestamp": alert.timestamp,
        "tags": dict(alert.tags),
        "data": dict(alert.data),
        "annotations": dict(alert.annotations),
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by,
        "resolved_at": alert.resolved_at,
        "resolved_by": alert.resolved_by,
    }


def comment_from_row(row: RowMapping) -> Comment:
    """Read a comment."""
    return Comment(
        id=row["id"],
        alert_id=row["alert_id"],
        author=row["author"],
        text=row["text"],
        created_at=row["created_at"],
    )
