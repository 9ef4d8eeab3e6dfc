"""What a receiver is told: one state change of one alert, and its form in the outbox."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from thorbis_monitor.model.alert import Alert, AlertChange, ChangeKind
from thorbis_monitor.model.severity import Category, Severity

_FORMAT = 1
_TEXT_LIMIT = 8_000
_ENTRY_LIMIT = 200
_DEPTH_LIMIT = 6
_BIGGEST_INTEGER = 2**63


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one receiver; ``id`` is the delivery's and stays the same through all attempts."""

    id: str
    receiver: str
    kind: ChangeKind
    alert: Alert
    external_url: str

    @property
    def link(self) -> str:
        """The page that shows the alert."""
        return f"{self.external_url.rstrip('/')}/?alert={quote(self.alert.id, safe='')}"


def to_payload(change: AlertChange, external_url: str) -> dict[str, Any]:
    """Write a change as the JSON document that the outbox stores; long texts and large objects are cut."""
    alert = change.alert
    return {
        "format": _FORMAT,
        "kind": change.kind.value,
        "external_url": external_url,
        "alert": {
            "id": alert.id,
            "source": alert.source,
            "fingerprint": alert.fingerprint,
            "severity": alert.severity.value,
            "category": alert.category.value,
            "title": _plain(alert.title),
            "description": _plain(alert.description),
            "timestamp": alert.timestamp.astimezone(UTC).isoformat(),
            "tags": _texts(alert.tags),
            "data": _plain(alert.data),
            "annotations": _texts(alert.annotations),
            "resolved_at": alert.resolved_at.astimezone(UTC).isoformat() if alert.resolved_at else None,
            "resolved_by": alert.resolved_by,
        },
    }


def from_payload(delivery_id: str, receiver: str, payload: Mapping[str, Any]) -> Message:
    """Read what ``to_payload`` wrote.

    Raises:
        ValueError: the document was written by a newer version, or is damaged.
    """
    if payload.get("format") != _FORMAT:
        raise ValueError(f"a delivery of format {payload.get('format')!r} cannot be read by this version")
    fields = dict(payload["alert"])
    resolved_at = fields.pop("resolved_at")
    alert = Alert(
        **{
            **fields,
            "severity": Severity(fields["severity"]),
            "category": Category(fields["category"]),
            "timestamp": datetime.fromisoformat(fields["timestamp"]),
            "resolved_at": datetime.fromisoformat(resolved_at) if resolved_at else None,
        }
    )
    return Message(delivery_id, receiver, ChangeKind(payload["kind"]), alert, payload["external_url"])


def _texts(entries: Mapping[str, str]) -> dict[str, str]:
    return {str(_plain(str(name))): str(_plain(str(value))) for name, value in _bounded(entries)}


def _bounded(entries: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return list(entries.items())[:_ENTRY_LIMIT]


def _plain(value: object, depth: int = 0) -> object:
    """Turn a value into plain JSON that every database and receiver takes."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping) and depth < _DEPTH_LIMIT:
        return {str(_plain(str(key))): _plain(entry, depth + 1) for key, entry in _bounded(value)}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEPTH_LIMIT:
        return [_plain(entry, depth + 1) for entry in list(value)[:_ENTRY_LIMIT]]
    return _cut(value.isoformat() if isinstance(value, datetime) else str(value))


def _number(value: float) -> object:
    """Databases know no NaN in JSON, and no integers of any size."""
    if isinstance(value, int):
        return int(value) if -_BIGGEST_INTEGER <= value < _BIGGEST_INTEGER else str(value)[:40]
    return float(value) if math.isfinite(value) else str(value)


def _cut(text: str) -> str:
    """Neither lone surrogates nor NUL, which databases refuse, nor more than a person reads."""
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
    if len(clean) <= _TEXT_LIMIT:
        return clean
    return f"{clean[:_TEXT_LIMIT]}… ({len(clean) - _TEXT_LIMIT} characters cut)"
