"""``./task bench ingest``: CPU per record, freshness, and what an idle server needs."""

import argparse
import http.client
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.ingest.records import RECORDS_PER_BODY, body
from benchmarks.processes import Measured, product_server
from thorbis_monitor.ingest.spool.framing import ProtobufFraming

CONNECTIONS = 4
RECORDS_PER_FILE = 100_000
_console = Console()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./task bench ingest", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="records per round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts")
    parser.add_argument("--idle", type=float, default=30, help="seconds to watch an idle server")
    options = parser.parse_args()
    bodies = [body(seed) for seed in range(100)]
    folder = Path(tempfile.mkdtemp(prefix="bench-ingest-"))
    try:
        maximum = cpu_per_million(folder, bodies, options.records, options.rounds)
        freshness(folder, bodies, maximum / 2)
        idle(folder, options.idle)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cpu_per_million(folder: Path, bodies: Sequence[bytes], records: int, rounds: int) -> float:
    """Compare bare engine, product and Python decoding; returns the product's highest rate in records/s."""
    runs: dict[str, list[float]] = {"bare engine": [], "thorbis-monitor": [], "decoding in Python, Arrow": []}
    rates: list[float] = []
    for number in range(rounds):
        runs["bare engine"].append(_bare(folder / f"bare{number}", bodies, records))
        server = _serve(folder / f"product{number}", product_server)
        used, rate = _through_http(server, bodies, records)
        runs["thorbis-monitor"].append(used)
        rates.append(rate)
        server = _serve(folder / f"python{number}", _python_server)
        used, _ = _through_http(server, bodies, records // 4)
        runs["decoding in Python, Arrow"].append(used * 4)
    medians = {name: statistics.median(values) * 1e6 / records for name, values in runs.items()}
    table = Table("", "CPU-s per million records", "of bare engine", title="OTLP log records, durable acknowledgement")
    for name, value in medians.items():
        table.add_row(name, f"{value:.2f}", f"{value / medians['bare engine']:.2f}x")
    _console.print(table)
    gain = medians["decoding in Python, Arrow"] / medians["thorbis-monitor"]
    _console.print(f"decoding in the engine costs {gain:.1f} times less than decoding in Python")
    _console.print(f"highest rate with the load generator on the same machine: {max(rates):,.0f} records/s")
    return max(rates)


def freshness(folder: Path, bodies: Sequence[bytes], rate: float, seconds: float = 20) -> None:
    """How long after its acknowledgement a record can be queried, under a steady load."""
    port = _free_port()
    server = product_server(folder / "fresh", port)
    stopping = threading.Event()
    pause = RECORDS_PER_BODY / rate
    load = threading.Thread(target=_steady_load, args=(port, bodies, pause, stopping), daemon=True)
    load.start()
    delays: list[float] = []
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        mark = f"mark{time.time_ns()}"
        _post(http.client.HTTPConnection("127.0.0.1", port), "/ingest/logs", b'{"message":"%s"}' % mark.encode())
        acknowledged = time.monotonic()
        while mark not in _get(port, f"/api/logs?contains={mark}&limit=1"):
            time.sleep(0.05)
        delays.append(time.monotonic() - acknowledged)
    stopping.set()
    load.join()
    server.stop()
    _console.print(
        f"acknowledged to visible at {rate:,.0f} records/s: median {statistics.median(delays):.2f} s, "
        f"longest {max(delays):.2f} s of {len(delays)}"
    )


def idle(folder: Path, seconds: float) -> None:
    """Memory and CPU of a server with the default rules that nobody talks to."""
    server = product_server(folder / "idle", _free_port())
    server.wait_quiet()
    time.sleep(5)
    before, began = server.cpu(), time.monotonic()
    time.sleep(seconds)
    share = (server.cpu() - before) / (time.monotonic() - began)
    _console.print(f"idle: {server.rss() / 2**20:.0f} MiB RSS, {share:.2%} of a core")
    server.stop()


def _bare(folder: Path, bodies: Sequence[bytes], records: int) -> float:
    folder.mkdir()
    framing = ProtobufFraming()
    per_file = RECORDS_PER_FILE // RECORDS_PER_BODY
    for number in range(records // RECORDS_PER_FILE):
        frames = (framing.frame(bodies[(number + index) % len(bodies)]) for index in range(per_file))
        (folder / f"{number:032x}.logs-otlp-protobuf.seg").write_bytes(b"".join(frames))
    command = [sys.executable, "-m", "benchmarks.ingest.bare_engine", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    measured = Measured(process)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    before = measured.cpu()
    process.stdin.write("go\n")
    process.stdin.flush()
    process.stdout.readline()
    measured.wait_quiet()
    used = measured.cpu() - before
    process.communicate()
    return used


def _serve(data: Path, start: Callable[[Path, int], Measured]) -> tuple[Measured, int]:
    port = _free_port()
    server = start(data, port)
    server.wait_quiet()
    return server, port


def _python_server(data: Path, port: int) -> Measured:
    server = Measured.start(["-m", "benchmarks.ingest.python_decoding", str(data), str(port)])
    server.wait_ready(f"http://127.0.0.1:{port}/readyz")
    return server


def _through_http(running: tuple[Measured, int], bodies: Sequence[bytes], records: int) -> tuple[float, float]:
    """CPU seconds that the server used for these records, and records/s until all were stored."""
    server, port = running
    requests = records // RECORDS_PER_BODY
    before, began = server.cpu(), time.monotonic()

    def send(connection_number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(connection_number, requests, CONNECTIONS):
            _post(connection, "/v1/logs", bodies[number % len(bodies)], "application/x-protobuf")

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, range(CONNECTIONS)))
    while "thorbis_ingest_spool_bytes 0\n" not in _get(port, "/metrics"):
        time.sleep(0.1)
    rate = records / (time.monotonic() - began)
    server.wait_quiet()
    used = server.cpu() - before
    server.stop()
    return used, rate


def _steady_load(port: int, bodies: Sequence[bytes], pause: float, stopping: threading.Event) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    due = time.monotonic()
    number = 0
    while not stopping.wait(max(0.0, due - time.monotonic())):
        _post(connection, "/v1/logs", bodies[number % len(bodies)], "application/x-protobuf")
        due += pause
        number += 1


def _post(connection: http.client.HTTPConnection, path: str, data: bytes, kind: str = "application/json") -> None:
    connection.request("POST", path, data, {"content-type": kind})
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.client.OK:
        message = f"{path} answered {answer.status}"
        raise RuntimeError(message)


def _get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
        text: str = response.read().decode()
        return text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
