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
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.ingest.records import RECORDS_PER_BODY, body
from benchmarks.processes import Measured, product_server
from thorbis_monitor.ingest.spool.framing import ProtobufFraming

CONNECTIONS = 4
RECORDS_PER_FILE = 100_000
MOST_WAITING_BYTES = 100 << 20
_console = Console()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="./task bench ingest", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help="cpu, freshness, start, idle; all unless given")
    parser.add_argument("--records", type=int, default=1_000_000, help="records per round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median counts")
    parser.add_argument("--idle", type=float, default=30, help="seconds to watch an idle server")
    options = parser.parse_args()
    bodies = [body(seed) for seed in range(100)]
    folder = Path(tempfile.mkdtemp(prefix="bench-ingest-"))
    try:
        parts = options.parts or ["cpu", "freshness", "start", "idle"]
        if "cpu" in parts:
            cpu_per_million(folder, bodies, options.records, options.rounds)
        if "freshness" in parts:
            freshness(folder, bodies, highest_rate(folder, bodies) / 2)
        if "start" in parts:
            start(folder)
        if "idle" in parts:
            idle(folder, options.idle)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Price:
    """CPU seconds for a number of records: taking them in, and merging parts afterwards."""

    work: float
    merges: float


class Meter:
    """Reads the price of what a process does from now on."""

    def __init__(self, process: Measured) -> None:
        """Begin."""
        self._process = process
        self._cpu, self._merging = process.cpu(), process.merging()

    def read(self) -> Price:
        """Wait until background merges are done, and give the price."""
        self._process.wait_quiet()
        merges = self._process.merging() - self._merging
        return Price(self._process.cpu() - self._cpu - merges, merges)


def cpu_per_million(folder: Path, bodies: Sequence[bytes], records: int, rounds: int) -> None:
    """Compare bare engine, product and Python decoding."""
    bare, product, python = "bare engine statement", "thorbis-monitor serve", "decoding in Python, Arrow"
    runs: dict[str, list[Price]] = {bare: [], product: [], python: []}
    for number in range(rounds):
        runs[bare].append(_bare(folder / f"bare{number}", bodies, records))
        runs[product].append(_through_http(_serve(folder / f"product{number}", product_server), bodies, records))
        runs[python].append(_through_http(_serve(folder / f"python{number}", _python_server), bodies, records))
    million = records / 1e6
    work = {name: statistics.median(price.work for price in prices) / million for name, prices in runs.items()}
    table = Table("", "CPU-s per million", "of bare", "merges, CPU-s", title="OTLP log records, durable")
    for name, prices in runs.items():
        merges = statistics.median(price.merges for price in prices) / million
        table.add_row(name, f"{work[name]:.2f}", f"{work[name] / work[bare]:.2f}", f"{merges:.2f}")
    _console.print(table)
    _console.print(f"decoding in Python costs {work[python] / work[product]:.1f} times as much as the product")


def highest_rate(folder: Path, bodies: Sequence[bytes], seconds: float = 15) -> float:
    """Records/s that are stored, merges included, when the sender does not hold back."""
    server, port = _serve(folder / "highest", product_server)
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    requests = 0
    while time.monotonic() < began + seconds:
        waiting = _figure(port, "thorbis_ingest_spool_bytes") if requests % 100 == 0 else 0
        if waiting > MOST_WAITING_BYTES:
            time.sleep(0.1)
            continue
        _post(connection, "/v1/logs", bodies[requests % len(bodies)], "application/x-protobuf")
        requests += 1
    _wait_stored(port)
    rate = requests * RECORDS_PER_BODY / (time.monotonic() - began)
    server.stop()
    _console.print(f"highest rate, load generator on the same machine: {rate:,.0f} records/s")
    return rate


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
        line = b'{"message":"fresh","service":"%s"}' % mark.encode()
        _post(http.client.HTTPConnection("127.0.0.1", port), "/ingest/logs", line)
        acknowledged = time.monotonic()
        while mark not in _get(port, f"/api/logs?service={mark}&limit=1"):
            time.sleep(0.05)
        delays.append(time.monotonic() - acknowledged)
    stopping.set()
    load.join()
    server.stop()
    _console.print(
        f"acknowledged to visible at {rate:,.0f} records/s: median {statistics.median(delays):.2f} s, "
        f"longest {max(delays):.2f} s of {len(delays)}"
    )


def start(folder: Path, times: int = 5) -> None:
    """How long it takes from the command to /readyz, in an empty folder and again."""
    empty, again = [], []
    for number in range(times):
        for seconds in (empty, again):
            began = time.monotonic()
            server = product_server(folder / f"start{number}", _free_port())
            seconds.append(time.monotonic() - began)
            server.stop()
    _console.print(
        f"ready after {statistics.median(empty):.1f} s in an empty folder (longest {max(empty):.1f} s), "
        f"after {statistics.median(again):.1f} s again (longest {max(again):.1f} s)"
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


def _bare(folder: Path, bodies: Sequence[bytes], records: int) -> Price:
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
    meter = Meter(measured)
    process.stdin.write("go\n")
    process.stdin.flush()
    process.stdout.readline()
    price = meter.read()
    process.communicate()
    return price


def _serve(data: Path, start: Callable[[Path, int], Measured]) -> tuple[Measured, int]:
    port = _free_port()
    server = start(data, port)
    server.wait_quiet()
    return server, port


def _python_server(data: Path, port: int) -> Measured:
    server = Measured.start(["-m", "benchmarks.ingest.python_decoding", str(data), str(port)])
    server.wait_ready(f"http://127.0.0.1:{port}/readyz")
    return server


def _through_http(running: tuple[Measured, int], bodies: Sequence[bytes], records: int) -> Price:
    """What the server used for these records."""
    server, port = running
    requests = records // RECORDS_PER_BODY
    meter = Meter(server)

    def send(connection_number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(connection_number, requests, CONNECTIONS):
            _post(connection, "/v1/logs", bodies[number % len(bodies)], "application/x-protobuf")

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(send, range(CONNECTIONS)))
    _wait_stored(port)
    price = meter.read()
    server.stop()
    return price


def _wait_stored(port: int) -> None:
    while _figure(port, "thorbis_ingest_spool_bytes") > 0:
        time.sleep(0.1)


def _figure(port: int, name: str) -> float:
    lines = _get(port, "/metrics").splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).rpartition(" ")[2])


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
