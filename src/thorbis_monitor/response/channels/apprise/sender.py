"""Sending through Apprise: one service, one attempt, nothing logged by it."""

import logging
import math
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from thorbis_monitor.model.alert import ChangeKind
from thorbis_monitor.model.severity import Severity
from thorbis_monitor.response.channels.apprise.settings import AppriseSettings
from thorbis_monitor.response.channels.apprise.text import body, title
from thorbis_monitor.response.channels.channel import DeliveryError, HandOver
from thorbis_monitor.response.channels.settings import read_secret
from thorbis_monitor.response.message import Message
from thorbis_monitor.response.redact import public_url

if TYPE_CHECKING:
    from apprise import NotifyBase, NotifyType

_CONNECT_TIMEOUT = 10.0
_UNKNOWN = "Apprise does not understand this URL; https://appriseit.com/services/ shows how each is written"


class AppriseSender:
    """Sends to one Apprise URL; a new plugin for every message, so that threads share nothing."""

    def __init__(self, settings: AppriseSettings) -> None:
        """Prepare; Apprise is loaded with the first message."""
        self._settings = settings
        self.time_limit = settings.timeout * 3 + timedelta(seconds=15)

    def send(self, message: Message, hand_over: HandOver) -> None:
        """Send one message; Apprise says only whether it was accepted, not why."""
        url = self._url()
        where = public_url(url)
        plugin = _plugin(url)
        if plugin is None:
            raise DeliveryError(_UNKNOWN, permanent=self._settings.url is not None)
        patience = self._prepare(plugin, message)
        accepted = _watch_targets(plugin)
        text, heading, kind = body(message), title(message), _notify_type(message)
        hand_over()
        started = time.monotonic()
        try:
            delivered = bool(plugin.notify(body=text, title=heading, notify_type=kind, body_format="text"))
        except Exception as error:  # noqa: BLE001 - plugins raise whatever their service's library raises
            raise DeliveryError(f"{where}: the plugin failed ({type(error).__name__})", handed_over=True) from None
        if delivered:
            return
        if accepted:
            raise DeliveryError(f"{where}: some of its recipients accepted, others did not", handed_over=True)
        if time.monotonic() - started >= patience:
            raise DeliveryError(f"{where}: no answer within the timeout", handed_over=True)
        raise DeliveryError(f"{where}: the service did not accept the message")

    def close(self) -> None:
        """Nothing is kept between messages."""

    def _url(self) -> str:
        if self._settings.url is not None:
            return self._settings.url.get_secret_value()
        assert self._settings.url_file is not None  # noqa: S101 - the settings have one of the two
        return read_secret(self._settings.url_file)

    def _prepare(self, plugin: "NotifyBase", message: Message) -> float:
        """Set timeouts and, for mail, what identifies the message; return the time that a silence takes."""
        from apprise import NotifyBase  # deferred: see _plugin
        from apprise.plugins.email import NotifyEmail

        patience = self._settings.timeout.total_seconds()
        if plugin.socket_read_timeout == NotifyBase.socket_read_timeout:  # not set in the URL
            plugin.socket_read_timeout = patience
        if not isinstance(plugin, NotifyEmail):
            if plugin.socket_connect_timeout == NotifyBase.socket_connect_timeout:
                plugin.socket_connect_timeout = min(_CONNECT_TIMEOUT, patience)
            return float(plugin.socket_read_timeout)
        # The mail plugin sets the Message-ID itself. These headers are stable: the delivery, and the thread
        # in which mail programs show the firing and the resolved message of an alert together.
        plugin.headers["X-Thorbis-Delivery"] = message.id
        plugin.headers["References"] = f"<{message.alert.id}@thorbis-monitor>"
        # One timeout serves for the connection and for each answer, so that a server that cannot be reached
        # would look like one that fell silent: reach it first.
        _reach(plugin.smtp_host, plugin.port)
        plugin.socket_connect_timeout = math.ceil(patience)
        return patience


def url_mistake(url: str) -> str | None:
    """What is wrong with an Apprise URL, without repeating it."""
    return _UNKNOWN if _plugin(url) is None else None


def _plugin(url: str) -> "NotifyBase | None":
    # deferred: Apprise with its plugins costs half a second and 30 MB
    from apprise import Apprise, AppriseAsset

    # It logs parts of URLs, of messages and of answers.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.disabled = True
    asset = AppriseAsset(storage_mode="memory", app_id="Thorbis Monitor", app_desc="Thorbis Monitor")
    asset.pgp_autogen = False
    asset.pem_autogen = False
    return Apprise.instantiate(url, asset=asset)


def _watch_targets(plugin: "NotifyBase") -> list[bool]:
    """Plugins with several recipients report each that accepted; the list then is not empty."""
    accepted: list[bool] = []
    report = getattr(plugin, "mark_delivered", None)
    if report is not None:

        def mark_delivered(key: object, per_message: bool = False) -> None:  # noqa: FBT001, FBT002 - its signature
            accepted.append(True)
            report(key, per_message)

        setattr(plugin, "mark_delivered", mark_delivered)  # noqa: B010 - a method of this one object
    return accepted


def _notify_type(message: Message) -> "NotifyType":
    from apprise import NotifyType  # deferred: see _plugin

    if message.kind is ChangeKind.RESOLVED:
        return NotifyType.SUCCESS
    match message.alert.severity:
        case Severity.CRITICAL | Severity.HIGH:
            return NotifyType.FAILURE
        case Severity.MEDIUM | Severity.LOW:
            return NotifyType.WARNING
        case Severity.INFO:
            return NotifyType.INFO


def _reach(host: str, port: int | None) -> None:
    if port is None:
        return
    try:
        socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT).close()
    except TimeoutError:
        raise DeliveryError("the mail server cannot be reached: no connection within the timeout") from None
    except OSError as error:
        raise DeliveryError(f"the mail server cannot be reached: {error.strerror or type(error).__name__}") from None
