"""The body of Alertmanager's webhook, version 4: a group of one alert."""

import json
from datetime import UTC, datetime
from typing import Any

from thorbis_monitor.response.message import Message

_NOT_ENDED = "0001-01-01T00:00:00Z"


def webhook_body(message: Message) -> dict[str, Any]:
    """Write a message as existing receivers of Alertmanager's webhooks read it.

    ``values`` (as Grafana has it: the numbers) and ``data`` (everything) are additions.
    """
    alert = message.alert
    labels = {
        **alert.tags,
        "alertname": alert.source,
        "severity": alert.severity.value,
        "category": alert.category.value,
    }
    annotations = {**alert.annotations, "summary": alert.title, "description": alert.description}
    return {
        "receiver": message.receiver,
        "status": message.kind.value,
        "alerts": [
            {
                "status": message.kind.value,
                "labels": labels,
                "annotations": annotations,
                "startsAt": _time(alert.timestamp),
                "endsAt": _time(alert.resolved_at) if alert.resolved_at else _NOT_ENDED,
                "generatorURL": message.link,
                "fingerprint": alert.fingerprint,
                "values": {name: value for name, value in alert.data.items() if _is_number(value)},
                "data": dict(alert.data),
            }
        ],
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": message.external_url,
        "version": "4",
        "groupKey": _group_key(labels),
        "truncatedAlerts": 0,
    }


def _group_key(labels: dict[str, str]) -> str:
    """The same for both messages of an alert, as Alertmanager writes it for a group by all labels."""
    return "{}:{" + ", ".join(f"{name}={json.dumps(value)}" for name, value in sorted(labels.items())) + "}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
