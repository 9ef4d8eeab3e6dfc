"""Alerts and receivers to test with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from thorbis_monitor.model.alert import Alert, AlertChange, ChangeKind
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.response.channels.discovery import receiver_from
from thorbis_monitor.response.outbox import Outbox
from thorbis_monitor.response.receivers import Receiver

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EXTERNAL_URL = "http://monitor.example:4318"

ALERT = Alert(
    id="a1",
    source="payment_processing_failures",
    fingerprint="00ff00ff00ff00ff",
    severity=Severity.CRITICAL,
    category=Category.BUSINESS,
    title="Payments fail",
    description="12 payment errors in 5 minutes",
    timestamp=NOON,
    tags={"team": "billing", "region": "eu"},
    data={"errors": 12, "share": 0.5, "sample": "card declined", "exact": True},
    annotations={"runbook_url": "https://wiki.example/payments"},
)


def firing(name: str = "a1", severity: Severity = Severity.CRITICAL) -> AlertChange:
    """An alert begins."""
    return AlertChange(ChangeKind.FIRING, replace(ALERT, id=name, title=name, severity=severity))


def resolved(name: str = "a1", severity: Severity = Severity.CRITICAL) -> AlertChange:
    """An alert is over."""
    alert = firing(name, severity).alert
    over = replace(alert, resolved_at=NOON + timedelta(minutes=5), resolved_by="system")
    return AlertChange(ChangeKind.RESOLVED, over)


def receiver(name: str = "ops", url: str = "http://127.0.0.1:9/hook", **more: Any) -> Receiver:
    """A receiver with a webhook."""
    return receiver_from({"name": name, "webhook": {"url": url, "timeout": "60s"}, **more})


def numbered(prefix: str = "d") -> Callable[[], str]:
    """Ids d1, d2, ..."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers):04}"


def outbox(*receivers: Receiver) -> Outbox:
    """An outbox with a fixed clock and countable ids."""
    return Outbox(receivers, lambda: NOON, numbered(), EXTERNAL_URL)
