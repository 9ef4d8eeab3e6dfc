"""Secrets of receivers appear nowhere: not in stored rows, not in errors, not in what prints."""

import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.response.alerts_to_tell import EXTERNAL_URL, firing, outbox, receiver
from tests.response.receivers_on_loopback import Answer, HttpReceiver, Request, closing
from thorbis_monitor.response.channels.channel import DeliveryError
from thorbis_monitor.response.message import from_payload, to_payload
from thorbis_monitor.response.redact import public_url
from thorbis_monitor.store.state import State
from thorbis_monitor.store.state.tables import deliveries

SECRETS = st.text(string.ascii_letters + string.digits + "-_.~!$&'()*+,;=:%", min_size=6, max_size=30).map(
    lambda text: f"Zq{text}"
)
SHAPES = st.sampled_from(
    [
        "https://{}:x@example.org/hook",
        "https://user:{}@example.org:8443/",
        "http://example.org/hook/{}",
        "http://example.org/?token={}",
        "http://example.org#{}",
        "slack://{}/b/c",
        "discord://1234/{}",
        "tgram://{}/42",
        "mailto://me:{}@example.org",
        "{}",
        "https://[::1]:80/{}",
        "https://exam ple.org/{}",
        "https://user@{}@example.org/",
    ]
)


@given(SHAPES, SECRETS)
def test_urls_are_shown_without_secrets(shape: str, secret: str) -> None:
    assert secret not in public_url(shape.format(secret))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a?b=c", "https://example.org/…"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("http://me:pw@[::1]:80/x", "http://[::1]:80/…"),
        ("mailto://me:pw@example.org", "mailto://…"),
        ("nothing", "…"),
    ],
)
def test_what_is_left_of_a_url(url: str, shown: str) -> None:
    assert public_url(url) == shown


def always(answer: Answer) -> Callable[[Request], Answer]:
    return lambda _: answer


def test_neither_rows_nor_errors_nor_representations_hold_secrets(state: State) -> None:
    secret = "Zq7secret"
    with closing(HttpReceiver()) as server:
        document = {
            "url": f"http://user:{secret}@127.0.0.1:{server.port}/{secret}?token={secret}",
            "headers": {"Authorization": f"Bearer {secret}"},
        }
        one = receiver(webhook=document)
        with state.begin() as connection:
            outbox(one).announce(connection, firing())
            rows = connection.execute(select(deliveries)).all()
        assert secret not in repr(rows)
        channel = one.open()
        texts = [
            repr(one),
            str(one),
            one.target,
            repr(one.channel_settings),
            repr(vars(channel)["_settings"]),
        ]
        answers = [Answer(404), Answer(500), Answer(302, {"Location": f"/{secret}"}), Answer(hang_up=True)]
        for answer in answers:
            server.answer = always(answer)
            with pytest.raises(DeliveryError) as caught:
                channel.send(from_payload("d1", "ops", to_payload(firing(), EXTERNAL_URL)), lambda: None)
            texts += [str(caught.value), repr(caught.value), caught.value.reason]
            assert caught.value.__cause__ is None
        channel.close()
        assert len(server.requests) == len(answers)
    assert secret not in "".join(texts)
