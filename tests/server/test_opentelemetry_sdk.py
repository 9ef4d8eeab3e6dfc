"""The real OpenTelemetry SDK with its default endpoint, and a server that is killed under it again and again."""

import os
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.folders import read_rows
from tests.fixtures.servers import Server, wait_until

DEFAULT_PORT = 4318
KILLS = 4


@pytest.fixture
def default_port() -> int:
    """The port that an OpenTelemetry SDK sends to when nothing is configured."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", DEFAULT_PORT))
        except OSError:
            pytest.skip(f"port {DEFAULT_PORT} is in use on this machine: stop what listens there")
    return DEFAULT_PORT


class Application:
    """The application as a process, and what it was told of its batches."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("otel_application.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        )
        self.acknowledged: list[str] = []
        self.failed: list[str] = []
        self.logged = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            word, *messages = line.split()
            if word == "logged":
                self.logged = int(messages[0])
            else:
                (self.acknowledged if word == "acknowledged" else self.failed).extend(messages)

    def finish(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_sdk_loses_nothing_and_doubles_nothing_while_the_server_is_killed(
    new_server: Callable[..., Server], default_port: int
) -> None:
    server = new_server(port=default_port).start()
    application = Application()
    for _ in range(KILLS):
        before = len(application.acknowledged)
        wait_until(lambda before=before: len(application.acknowledged) > before + 100, 40, "acknowledgements")  # type: ignore[misc]
        server.kill()
        server.start()
    application.finish()
    assert server.stop() == 0
    stored = Counter(body for (body,) in read_rows(server.data, "SELECT Body FROM otel_logs"))
    acknowledged = Counter(application.acknowledged)
    assert application.logged == len(application.acknowledged) + len(application.failed)
    missing, doubled = acknowledged - stored, stored - Counter(set(stored))
    assert (missing, doubled) == (Counter(), Counter())
    assert set(stored) <= set(acknowledged) | set(application.failed)
    services = read_rows(server.data, "SELECT DISTINCT ServiceName FROM otel_logs")
    assert services == [["otel-application"]]
    ((orders,),) = read_rows(server.data, "SELECT max(Value) FROM otel_metrics_sum WHERE MetricName = 'orders'")
    assert orders == application.logged
