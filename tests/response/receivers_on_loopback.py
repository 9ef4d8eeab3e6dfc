"""Real receivers on the loopback address that count what reaches them, and a bounded wait."""

import asyncio
import email
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

_STEP = 0.02


def wait_until(condition: Callable[[], bool], what: str, timeout: float = 60) -> None:
    """Wait for a condition; fail, saying what did not happen, when it takes too long."""
    deadline = time.monotonic() + timeout
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout:g} s still not: {what}")
        pause.wait(_STEP)


@dataclass(frozen=True)
class Answer:
    """What an HTTP receiver answers, once ``when`` is set."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    when: threading.Event | None = None
    hang_up: bool = False


@dataclass(frozen=True)
class Request:
    """What an HTTP receiver got."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float

    @property
    def message(self) -> tuple[str, str]:
        """Which alert, by its title, and which change."""
        return self.body["commonAnnotations"]["summary"], self.body["status"]


class HttpReceiver:
    """An HTTP server that answers by ``answer`` and keeps the requests that it answered with 2xx."""

    def __init__(self) -> None:
        self.answer: Callable[[Request], Answer] = lambda _: Answer()
        self.requests: list[Request] = []
        self.accepted: list[Request] = []
        self.arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._handle(self)

            @override
            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            request_queue_size = 64

            @override
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that was killed is no error here."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def messages(self) -> Counter[tuple[str, str]]:
        """How often each message was accepted."""
        with self.arrived:
            return Counter(request.message for request in self.accepted)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait_for(self, count: int, timeout: float = 30) -> None:
        """Wait until so many requests have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.requests) >= count, timeout), self.requests

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.path, headers, json.loads(body), time.monotonic())
        with self.arrived:
            self.requests.append(request)
            answer = self.answer(request)
            if 200 <= answer.status < 300:
                self.accepted.append(request)
            self.arrived.notify_all()
        if answer.when is not None:
            answer.when.wait(60)
        handler.close_connection = True
        if answer.hang_up:
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


class MailServer:
    """An SMTP server that keeps what it accepted."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.recipients: list[list[str]] = []
        self.refused: set[str] = set()
        self._controller = _OnAnyPort(self, hostname="127.0.0.1", port=0)
        self._controller.start()
        self.port = self._controller.address()[1]

    @property
    def messages(self) -> Counter[str]:
        """How often each subject was accepted."""
        return Counter(str(mail["Subject"]) for mail in list(self.mails))

    def url(self, *recipients: str) -> str:
        """The Apprise URL of this server."""
        to = ",".join(recipients or ("ops@example.org",))
        return f"mailto://127.0.0.1:{self.port}?from=monitor@example.org&to={to}&smtp=127.0.0.1&mode=insecure"

    def close(self) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.recipients.append(list(envelope.rcpt_tos))
        self.mails.append(email.message_from_bytes(content))
        return "250 OK"


class _OnAnyPort(Controller):
    """Listens on a port that the system chose, and reaches itself there."""

    @override
    def _trigger_server(self) -> None:
        with socket.create_connection(self.address()) as connection:
            connection.recv(1000)

    def address(self) -> tuple[str, int]:
        """Where it listens."""
        assert isinstance(self.server, asyncio.Server)
        host, port = self.server.sockets[0].getsockname()[:2]
        return host, port


ServerT = TypeVar("ServerT", HttpReceiver, MailServer)


@contextmanager
def closing(server: ServerT) -> Iterator[ServerT]:
    """Close the server at the end."""
    try:
        yield server
    finally:
        server.close()
