"""The whole way from a record to people, across kills of the server: one message per state change, never two."""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.fixtures.network import a_free_port
from tests.fixtures.servers import Server, wait_until

SERVICES = 24
KILLS = 5

CONFIGURATION = """
alerts:
  evaluation_interval: 500ms
  startup_grace: 0s
  default_rules: false
ingest:
  load_interval: 200ms
rules:
  - id: broken
    name: Broken service
    category: error
    severity: critical
    cooldown: 0s
    condition:
      log_count:
        window: 4s
        above: 0
        level: error
        group_by: [service]
receivers:
  - name: hook
    webhook:
      url: http://127.0.0.1:{http}/hook
  - name: mail
    apprise:
      url: mailto://127.0.0.1:{smtp}/?from=monitor@example.com&to=ops@example.com&mode=insecure
"""


class Hook(ThreadingHTTPServer):
    """A receiver of Alertmanager's webhook that answers slowly enough to be interrupted."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HookHandler)
        self.messages: list[tuple[str, str]] = []
        self.pause = threading.Event()


class HookHandler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        for alert in body["alerts"]:
            self.server.messages.append((alert["labels"]["service"], alert["status"]))
        self.server.pause.wait(0.1)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
        """Stay silent."""


class Mailbox:
    """A receiver of mail."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        del server, session
        mail = message_from_bytes(envelope.content or b"")  # type: ignore[arg-type]  # bytes unless decode_data
        parts = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "text/plain"]
        text = b"".join(part for part in parts if isinstance(part, bytes)).decode() + str(mail["subject"])
        service = next(word for word in text.replace(",", " ").split() if "svc-" in word)
        status = "resolved" if "resolved" in text.lower() else "firing"
        self.messages.append((service[service.index("svc-") :][:7], status))
        return "250 OK"


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    port = a_free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_state_change_is_told_once_to_each_receiver_across_kills(
    new_server: Callable[..., Server], hook: Hook, mailbox: tuple[Mailbox, int], tmp_path: Path
) -> None:
    box, smtp_port = mailbox
    config = tmp_path / "monitor.yaml"
    config.write_text(CONFIGURATION.format(http=hook.server_port, smtp=smtp_port))
    server = new_server("--config", str(config)).start()
    moments = random.Random(11)
    pause = threading.Event()
    per_kill = SERVICES // (KILLS + 1)
    for number in range(SERVICES):
        line = json.dumps({"message": "it broke", "level": 0, "service": f"svc-{number:03}"})
        status, answer, _ = server.post("/ingest/logs", line.encode())
        assert status == 200, answer
        pause.wait(moments.uniform(0, 0.5))
        if number % per_kill == per_kill - 1 and number // per_kill < KILLS:
            server.kill()
            server.start()
    expected = Counter((f"svc-{number:03}", status) for number in range(SERVICES) for status in ("firing", "resolved"))
    told = {"hook": hook.messages, "mail": box.messages}
    wait_until(
        lambda: all(len(messages) >= expected.total() for messages in told.values()), 60, f"all messages, {told}"
    )
    assert server.stop() == 0
    assert {name: Counter(messages) - expected for name, messages in told.items()} == {"hook": {}, "mail": {}}
    assert {name: expected - Counter(messages) for name, messages in told.items()} == {"hook": {}, "mail": {}}
