"""``thorbis-monitor demo`` as people run it: the real server, the whole day, the alerts, a clean end."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.servers import wait_until
from thorbis_monitor.client import Connection
from thorbis_monitor.demo.incident import RULES

TITLES = ("Payment processing failures", "High response time", "Error rate spike", "Authentication failures")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "thorbis_monitor.cli.main", "demo", *arguments]


ENVIRONMENT = {**os.environ, "COLUMNS": "200", "THORBIS_API_KEY": "not for the demo"}


@pytest.mark.slow
def test_the_demo_plays_the_day_and_ends_when_the_four_alerts_fire(free_port: int, tmp_path: Path) -> None:
    arguments = ["--once", "--speed", "10", "--port", str(free_port), "--data", str(tmp_path / "data")]
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=100, check=False, env=ENVIRONMENT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"http://127.0.0.1:{free_port}/" in done.stdout
    fired = re.findall(r"^  (?:critical|high|medium|low|info) +([^:]+): ", done.stdout, re.MULTILINE)
    assert sorted(fired) == sorted(TITLES)
    assert len(RULES) == len(TITLES)
    assert (tmp_path / "data" / "server.log").exists()
    with Connection(f"http://127.0.0.1:{free_port}") as connection:
        assert not connection.is_ready(), "the server was stopped"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_stops_its_server_when_it_is_interrupted(number: signal.Signals, free_port: int) -> None:
    with (
        subprocess.Popen(
            command("--port", str(free_port)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
        ) as process,
        Connection(f"http://127.0.0.1:{free_port}") as connection,
    ):
        wait_until(lambda: connection.is_ready() or process.poll() is not None, 40, "the server")
        process.send_signal(number)
        output, errors = process.communicate(timeout=40)
        assert process.returncode == 0, errors
        assert b"The server has stopped." in output
        assert b"Traceback" not in errors
        assert not connection.is_ready()


def test_a_port_that_was_asked_for_and_is_taken_is_named_with_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            command("--port", str(port)),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=ENVIRONMENT,
        )
    assert done.returncode == 2
    assert f"port {port} is taken; this one is free: --port" in done.stderr
