"""Fixtures of the tests of deliveries."""

from collections.abc import Iterator

import pytest

from tests.response.receivers_on_loopback import HttpReceiver, MailServer, closing


@pytest.fixture
def http_receiver() -> Iterator[HttpReceiver]:
    """A real HTTP receiver."""
    with closing(HttpReceiver()) as receiver:
        yield receiver


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A real SMTP server."""
    with closing(MailServer()) as server:
        yield server
