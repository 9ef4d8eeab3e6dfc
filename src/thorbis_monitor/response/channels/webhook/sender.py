"""Sending a webhook: connect, commit the hand-over, send, read the status."""

import ssl
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import responses
from typing import TYPE_CHECKING

import msgspec

from thorbis_monitor import __version__
from thorbis_monitor.response.channels.channel import DeliveryError, HandOver
from thorbis_monitor.response.channels.settings import read_secret
from thorbis_monitor.response.channels.webhook.body import webhook_body
from thorbis_monitor.response.channels.webhook.failures import explain
from thorbis_monitor.response.channels.webhook.settings import WebhookSettings, url_mistake
from thorbis_monitor.response.message import Message
from thorbis_monitor.response.redact import public_url

if TYPE_CHECKING:
    import httpx

_TRY_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_LONGEST_RETRY_AFTER_TEXT = 64


class WebhookSender:
    """Sends to one URL, each message on a connection of its own: an idle one may be closed unnoticed."""

    def __init__(self, settings: WebhookSettings) -> None:
        """Prepare; the HTTP library is loaded with the first message."""
        self._settings = settings
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        # Each phase of the exchange has its own timeout; this is the sum with some air.
        self.time_limit = settings.timeout * 3 + timedelta(seconds=5)

    def send(self, message: Message, hand_over: HandOver) -> None:
        """Post the message; 2xx is delivered."""
        client = self._open()
        import httpx  # deferred: the courier may have nothing to send over HTTP

        url = self._url()
        progress = _Progress(hand_over)
        try:
            with client.stream(
                "POST",
                url,
                content=msgspec.json.encode(webhook_body(message)),
                headers=self._headers(message),
                extensions={"trace": progress},
            ) as response:
                status, retry_after = response.status_code, response.headers.get("retry-after")
        except httpx.HTTPError as error:
            raise DeliveryError(f"{public_url(url)}: {explain(error)}", handed_over=progress.sent) from None
        except httpx.InvalidURL:
            raise DeliveryError("the URL cannot be used; write it percent-encoded", permanent=True) from None
        _judge(status, retry_after, url)

    def close(self) -> None:
        """Let go of the HTTP library's resources."""
        with self._lock:
            if self._client is not None:
                self._client.close()

    def _headers(self, message: Message) -> dict[str, str]:
        return {
            "User-Agent": f"Thorbis-Monitor/{__version__}",
            "Accept": "*/*",
            "Connection": "close",
            **{name: value.get_secret_value() for name, value in self._settings.headers.items()},
            "Content-Type": "application/json",
            "Idempotency-Key": message.id,
            "webhook-id": message.id,
        }

    def _url(self) -> str:
        if self._settings.url is not None:
            return self._settings.url.get_secret_value()
        assert self._settings.url_file is not None  # noqa: S101 - the settings have one of the two
        url = read_secret(self._settings.url_file)
        if wrong := url_mistake(url):
            raise DeliveryError(f"the URL in {self._settings.url_file} is not usable: {wrong}")
        return url

    def _open(self) -> "httpx.Client":
        with self._lock:
            if self._client is None:
                import httpx  # deferred: costs 0.2 s and 5 MB, which a courier of mail alone does without

                self._client = httpx.Client(
                    verify=self._trust(),
                    timeout=self._settings.timeout.total_seconds(),
                    follow_redirects=False,
                    limits=httpx.Limits(max_keepalive_connections=0),
                )
            return self._client

    def _trust(self) -> ssl.SSLContext | bool:
        file = self._settings.ca_file
        try:
            return ssl.create_default_context(cafile=file) if file else True
        except OSError as error:
            why = error.strerror or "it holds no certificate"
            raise DeliveryError(f"cannot use ca_file {file}: {why}") from None


class _Progress:
    """Watches the exchange: commits the hand-over when all is ready, and knows when everything has left."""

    def __init__(self, hand_over: HandOver) -> None:
        self._hand_over = hand_over
        self._leaving = False
        self.sent = False

    def __call__(self, event: str, info: Mapping[str, object]) -> None:
        if event.endswith(".send_request_headers.started"):
            # A proxy is asked for a tunnel by a request of its own; the message is the POST.
            if getattr(info.get("request"), "method", None) == b"POST":
                self._hand_over()
                self._leaving = True
        elif event.endswith(".send_request_body.complete") and self._leaving:
            self.sent = True


def _judge(status: int, retry_after: str | None, url: str) -> None:
    """Raise what the status of the answer says."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    said = f"{public_url(url)} answered {status}{_phrase(status)}"
    if status in _TRY_AGAIN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise DeliveryError(said, retry_after=read_retry_after(retry_after, datetime.now(UTC)))
    if status < HTTPStatus.BAD_REQUEST:
        said += "; redirects are not followed, configure the final address"
    raise DeliveryError(said, permanent=True)


def read_retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds of a ``Retry-After`` header: a number, or a date; None where it is neither."""
    if text is None or len(text) > _LONGEST_RETRY_AFTER_TEXT:
        return None
    if text.strip().isascii() and text.strip().isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())


def _phrase(status: int) -> str:
    return f" ({responses[status]})" if status in responses else ""
