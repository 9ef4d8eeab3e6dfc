"""``kill -9`` under load, again and again: every acknowledged record is there exactly once."""

import random
import threading
import urllib.error
from collections import Counter
from collections.abc import Callable

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue

from tests.fixtures.folders import read_rows
from tests.fixtures.servers import Server, wait_until

KILLS = 5
SENDERS = 3
RECORDS = 20


class Sender(threading.Thread):
    """Sends batches until told to stop; a batch without an answer is sent again, byte for byte, until acknowledged."""

    def __init__(self, server: Server, name: str, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.server = server
        self.random = random.Random(seed)
        self.acknowledged: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        batch = 0
        while not self.stopping.is_set():
            messages = [f"{self.name}-{batch}-{number}" for number in range(RECORDS)]
            path, body, content_type = self.encode(messages)
            while not self.is_acknowledged(path, body, content_type):
                self.stopping.wait(0.05)
            self.acknowledged += messages
            batch += 1

    def encode(self, messages: list[str]) -> tuple[str, bytes, str]:
        if self.random.random() < 0.5:
            lines = "\n".join(f'{{"message":"{message}"}}' for message in messages)
            return "/ingest/logs", lines.encode(), "application/json"
        request = ExportLogsServiceRequest()
        scope_logs = request.resource_logs.add().scope_logs.add()
        for message in messages:
            record = scope_logs.log_records.add(body=AnyValue(string_value=message))
            if self.random.random() < 0.05:
                nested = AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1)]))
                record.attributes.add(key="nested", value=nested)
        return "/v1/logs", request.SerializeToString(), "application/x-protobuf"

    def is_acknowledged(self, path: str, body: bytes, content_type: str) -> bool:
        try:
            status, answer, _ = self.server.post(path, body, content_type)
        except (urllib.error.URLError, OSError):
            return False
        assert status == 200, answer
        return True


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_acknowledged_record_is_there_exactly_once(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    senders = [Sender(server, f"sender{number}", number) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    pause = threading.Event()
    moments = random.Random(7)
    for _ in range(KILLS):
        before = sum(len(sender.acknowledged) for sender in senders)
        wait_until(
            lambda before=before: sum(len(sender.acknowledged) for sender in senders) > before + 200,  # type: ignore[misc]
            30,
            "records to be acknowledged",
        )
        pause.wait(moments.uniform(0, 1.5))
        server.kill()
        server.start()
    for sender in senders:
        sender.stopping.set()
    for sender in senders:
        sender.join(30)
    acknowledged = Counter(message for sender in senders for message in sender.acknowledged)
    wait_until(lambda: _is_loaded(server), 30, "everything to be stored")
    assert server.stop() == 0
    assert _messages(server) == acknowledged


def _is_loaded(server: Server) -> bool:
    return bool(server.get("/api/dashboard")["ingest"]["waiting_bytes"] == 0)


def _messages(server: Server) -> Counter[str]:
    return Counter(body for (body,) in read_rows(server.data, "SELECT Body FROM otel_logs"))
