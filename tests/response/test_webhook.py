"""Webhooks: what is sent, and what follows from the answer."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.response.alerts_to_tell import EXTERNAL_URL, NOON, firing, resolved
from tests.response.receivers_on_loopback import Answer, HttpReceiver
from thorbis_monitor import __version__
from thorbis_monitor.model.alert import AlertChange
from thorbis_monitor.response.channels.channel import DeliveryError
from thorbis_monitor.response.channels.webhook.sender import WebhookSender, read_retry_after
from thorbis_monitor.response.channels.webhook.settings import WebhookSettings
from thorbis_monitor.response.message import from_payload, to_payload

LABELS = {
    "alertname": "payment_processing_failures",
    "severity": "critical",
    "category": "business",
    "team": "billing",
    "region": "eu",
}
ANNOTATIONS = {
    "summary": "a1",
    "description": "12 payment errors in 5 minutes",
    "runbook_url": "https://wiki.example/payments",
}
BODY: dict[str, Any] = {
    "receiver": "ops",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": LABELS,
            "annotations": ANNOTATIONS,
            "startsAt": "2026-03-01T12:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://monitor.example:4318/?alert=a1",
            "fingerprint": "00ff00ff00ff00ff",
            "values": {"errors": 12, "share": 0.5},
            "data": {"errors": 12, "share": 0.5, "sample": "card declined", "exact": True},
        }
    ],
    "groupLabels": LABELS,
    "commonLabels": LABELS,
    "commonAnnotations": ANNOTATIONS,
    "externalURL": "http://monitor.example:4318",
    "version": "4",
    "groupKey": (
        '{}:{alertname="payment_processing_failures", category="business", region="eu", severity="critical",'
        ' team="billing"}'
    ),
    "truncatedAlerts": 0,
}


class Handover:
    """Counts the calls of ``hand_over``."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1


def send(url: str, change: AlertChange | None = None, **settings: Any) -> Handover:
    sender = WebhookSender(WebhookSettings.model_validate({"url": url, "timeout": "2s", **settings}))
    handover = Handover()
    try:
        sender.send(from_payload("d1", "ops", to_payload(change or firing(), EXTERNAL_URL)), handover)
    finally:
        sender.close()
    return handover


def failure(url: str, **settings: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(url, **settings)
    return caught.value


def test_the_body_is_that_of_alertmanager(http_receiver: HttpReceiver) -> None:
    send(http_receiver.url)
    assert http_receiver.requests[0].body == BODY


def test_the_end_has_the_same_group_key_and_its_time(http_receiver: HttpReceiver) -> None:
    send(http_receiver.url, resolved())
    alert = {**BODY["alerts"][0], "status": "resolved", "endsAt": "2026-03-01T12:05:00Z"}
    assert http_receiver.requests[0].body == {**BODY, "status": "resolved", "alerts": [alert]}


def test_headers_identify_the_delivery_and_may_be_added(http_receiver: HttpReceiver) -> None:
    send(f"{http_receiver.url}/hook?token=t", headers={"Authorization": "Bearer abc"})
    request = http_receiver.requests[0]
    assert request.path == "/hook?token=t"
    expected = {
        "content-type": "application/json",
        "user-agent": f"Thorbis-Monitor/{__version__}",
        "idempotency-key": "d1",
        "webhook-id": "d1",
        "authorization": "Bearer abc",
    }
    assert expected.items() <= request.headers.items()


def test_the_hand_over_is_committed_once_and_before_the_request_leaves(http_receiver: HttpReceiver) -> None:
    assert send(http_receiver.url).calls == 1


def test_the_hand_over_is_not_reached_without_a_connection(free_port: int) -> None:
    sender = WebhookSender(WebhookSettings.model_validate({"url": f"http://127.0.0.1:{free_port}"}))
    handover = Handover()
    with pytest.raises(DeliveryError, match="connection refused") as caught:
        sender.send(from_payload("d1", "ops", to_payload(firing(), EXTERNAL_URL)), handover)
    sender.close()
    assert handover.calls == 0
    assert not caught.value.handed_over
    assert not caught.value.permanent


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_these_answers_are_temporary(http_receiver: HttpReceiver, status: int) -> None:
    http_receiver.answer = lambda _: Answer(status, {"Retry-After": "7"})
    error = failure(http_receiver.url)
    assert (error.permanent, error.retry_after, error.handed_over) == (False, 7.0, False)
    assert f"answered {status}" in error.reason


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 410, 413, 422])
def test_these_answers_are_permanent(http_receiver: HttpReceiver, status: int) -> None:
    http_receiver.answer = lambda _: Answer(status, {"Location": "/elsewhere"})
    assert failure(http_receiver.url).permanent
    assert len(http_receiver.requests) == 1, "redirects are not followed"


def test_an_answer_that_does_not_come_may_mean_that_the_message_arrived(http_receiver: HttpReceiver) -> None:
    done = threading.Event()
    http_receiver.answer = lambda _: Answer(when=done)
    error = failure(http_receiver.url, timeout="1s")
    done.set()
    assert (error.handed_over, error.permanent) == (True, False)
    assert error.reason == f"{http_receiver.url}: no answer within the timeout"


def test_a_connection_that_ends_without_an_answer_may_mean_that_the_message_arrived(
    http_receiver: HttpReceiver,
) -> None:
    http_receiver.answer = lambda _: Answer(hang_up=True)
    assert failure(http_receiver.url).handed_over


def test_a_host_that_has_no_address_is_temporary() -> None:
    error = failure("http://nosuch.invalid/hook")
    assert error.reason == "http://nosuch.invalid/…: the host name cannot be resolved"
    assert not error.permanent


def test_a_receiver_without_tls_is_explained(http_receiver: HttpReceiver) -> None:
    error = failure(http_receiver.url.replace("http:", "https:"))
    assert "no TLS connection" in error.reason
    assert not error.handed_over


def test_the_url_may_stand_in_a_file_that_is_read_each_time(http_receiver: HttpReceiver, tmp_path: Path) -> None:
    file = tmp_path / "url"
    sender = WebhookSender(WebhookSettings(url_file=file))
    message = from_payload("d1", "ops", to_payload(firing(), EXTERNAL_URL))
    with pytest.raises(DeliveryError, match="No such file") as caught:
        sender.send(message, Handover())
    assert not caught.value.permanent
    file.write_text(f"{http_receiver.url}/from-file\n")
    sender.send(message, Handover())
    sender.close()
    assert http_receiver.requests[0].path == "/from-file"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 5 ", 5.0),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("9" * 100, None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: float | None) -> None:
    assert read_retry_after(text, NOON) == seconds


@given(st.text(max_size=80))
def test_retry_after_may_be_anything(text: str) -> None:
    seconds = read_retry_after(text, datetime.now(UTC))
    assert seconds is None or seconds >= 0
