"""A server of our own for a while: a child process on this machine, stopped when no longer needed."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thorbis_monitor.client.connection import Connection, ServerError

_READY_WITHIN = 30.0
_STOPPED_WITHIN = 20.0
_LOOK_EVERY = 0.1
_SETTINGS = ("THORBIS_", "CLICKHOUSE_", "DATABASE_URL")
_SAID = 2000


@contextmanager
def running_server(data: Path, port: int) -> Iterator[str]:
    """Run a server with default settings and no receivers; gives its address, and stops it at the end.

    The settings of the environment are kept from it, so that it tells nobody about what it is shown.

    Raises:
        ServerError: it did not start; the message has what it said.
    """
    data.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{port}"
    said = data / "server.log"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    command = [sys.executable, "-m", "thorbis_monitor.cli.main", "serve"]
    command += ["--data", str(data), "--host", "127.0.0.1", "--port", str(port)]
    with said.open("ab") as log:
        # A session of its own: Ctrl-C reaches us alone, and we stop it when everything was sent.
        process = subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_ready(process, address, said)
        yield address
    finally:
        _stop(process)


def port_is_free(port: int) -> bool:
    """Whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port_after(port: int) -> int:
    """The next port that nobody listens on, any other if the next hundred are taken."""
    following = range(port + 1, min(port + 101, 65536))
    if found := next(filter(port_is_free, following), None):
        return found
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: "subprocess.Popen[bytes]", address: str, said: Path) -> None:
    deadline = time.monotonic() + _READY_WITHIN
    with Connection(address) as connection:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerError(f"the server did not start:\n{_end_of(said)}")
            if connection.is_ready():
                return
            time.sleep(_LOOK_EVERY)
    raise ServerError(f"the server was not ready within {_READY_WITHIN:g} s:\n{_end_of(said)}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_of(said: Path) -> str:
    return said.read_text(errors="replace")[-_SAID:].strip()
