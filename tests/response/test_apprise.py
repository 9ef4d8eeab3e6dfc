"""Apprise: mail to a real server, and what its yes and no mean."""

import logging
import socket
import threading
from datetime import timedelta

import pytest

from tests.response.alerts_to_tell import EXTERNAL_URL, firing, resolved
from tests.response.receivers_on_loopback import Answer, HttpReceiver, MailServer
from thorbis_monitor.model.alert import AlertChange
from thorbis_monitor.response.channels.apprise.sender import AppriseSender, url_mistake
from thorbis_monitor.response.channels.apprise.settings import AppriseSettings
from thorbis_monitor.response.channels.apprise.text import body, title
from thorbis_monitor.response.channels.channel import DeliveryError
from thorbis_monitor.response.message import Message, from_payload, to_payload

FIRING_TEXT = """12 payment errors in 5 minutes

Severity: critical
Category: business
Rule: payment_processing_failures
Since: 2026-03-01 12:00:00 UTC

Values:
  errors: 12
  share: 0.5
  sample: card declined
  exact: True

Labels:
  team: billing
  region: eu

What to do: https://wiki.example/payments

Details: http://monitor.example:4318/?alert=a1"""


def message(change: AlertChange | None = None) -> Message:
    return from_payload("d1", "mail", to_payload(change or firing(), EXTERNAL_URL))


def send(url: str, change: AlertChange | None = None, timeout: str = "5s") -> list[str]:
    handed_over: list[str] = []
    sender = AppriseSender(AppriseSettings.model_validate({"url": url, "timeout": timeout}))
    sender.send(message(change), lambda: handed_over.append("now"))
    return handed_over


def failure(url: str, timeout: str = "5s") -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(url, timeout=timeout)
    return caught.value


def test_the_text_says_what_since_when_with_which_values_and_where_to_look() -> None:
    assert title(message()) == "[FIRING] critical: a1"
    assert body(message()) == FIRING_TEXT


def test_the_end_says_when_by_whom_and_after_how_long() -> None:
    assert title(message(resolved())) == "[RESOLVED] critical: a1"
    assert "Resolved: 2026-03-01 12:05:00 UTC by system, after 5m\n" in body(message(resolved()))


def test_mail_arrives_once_as_plain_text_with_headers_that_identify_it(mail_server: MailServer) -> None:
    assert send(mail_server.url()) == ["now"]
    (mail,) = mail_server.mails
    assert mail["Subject"] == "[FIRING] critical: a1"
    assert mail["X-Thorbis-Delivery"] == "d1"
    assert mail["References"] == "<a1@thorbis-monitor>"
    assert len(mail.get_all("Message-ID", [])) == 1
    texts = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    payload = texts[0].get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().strip().splitlines() == FIRING_TEXT.splitlines()


def test_a_mail_server_that_refuses_is_tried_again(mail_server: MailServer) -> None:
    mail_server.refused.add("ops@example.org")
    error = failure(mail_server.url())
    assert (error.permanent, error.handed_over) == (False, False)


def test_a_mail_server_that_cannot_be_reached_is_not_handed_anything(free_port: int) -> None:
    error = failure(f"mailto://127.0.0.1:{free_port}?from=a@example.org&to=b@example.org&smtp=127.0.0.1&mode=insecure")
    assert error.reason == "the mail server cannot be reached: Connection refused"
    assert not error.handed_over


def test_a_mail_server_that_falls_silent_may_have_taken_the_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"mailto://127.0.0.1:{port}?from=a@example.org&to=b@example.org&smtp=127.0.0.1&mode=insecure"
        assert failure(url, timeout="1s").handed_over


def test_when_some_of_several_recipients_accepted_nothing_is_sent_again(mail_server: MailServer) -> None:
    mail_server.refused.add("gone@example.org")
    error = failure(mail_server.url("ops@example.org", "gone@example.org"))
    assert len(mail_server.mails) == 1
    assert error.handed_over


def test_other_services_are_reached_and_their_answer_counts(http_receiver: HttpReceiver) -> None:
    url = f"json://127.0.0.1:{http_receiver.port}/hook"
    send(url)
    assert http_receiver.requests[0].body["title"] == "[FIRING] critical: a1"
    assert http_receiver.requests[0].body["type"] == "failure"
    http_receiver.answer = lambda _: Answer(503)
    error = failure(url)
    assert (error.permanent, error.handed_over) == (False, False)


def test_a_service_that_falls_silent_may_have_taken_the_message(http_receiver: HttpReceiver) -> None:
    done = threading.Event()
    http_receiver.answer = lambda _: Answer(when=done)
    assert failure(f"json://127.0.0.1:{http_receiver.port}/hook", timeout="1s").handed_over
    done.set()


def test_urls_that_apprise_does_not_know_are_named_without_repeating_them() -> None:
    for url in ("nosuch://s3cret", "slack://s3cret", "not a url"):
        found = url_mistake(url)
        assert found is not None
        assert "s3cret" not in found


def test_apprise_logs_nothing(caplog: pytest.LogCaptureFixture, http_receiver: HttpReceiver) -> None:
    caplog.set_level(logging.DEBUG, "apprise")
    http_receiver.answer = lambda _: Answer(500)
    failure(f"json://user:s3cret@127.0.0.1:{http_receiver.port}/hook")
    assert [record for record in caplog.records if record.name.startswith("apprise")] == []


def test_the_time_limit_leaves_room_for_the_timeout() -> None:
    assert AppriseSender(AppriseSettings.model_validate({"url": "json://x"})).time_limit == timedelta(seconds=105)
