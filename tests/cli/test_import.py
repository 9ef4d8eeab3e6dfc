"""``thorbis-monitor import`` against a listening server."""

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.client.loopback import Answer, Loopback, listening

SSH = b"Dec 10 06:55:46 web-1 sshd[1]: Invalid user\r\nDec 10 06:55:48 web-1 sshd[1]: Failed password\r\n"


@pytest.fixture
def server() -> Iterator[Loopback]:
    with listening() as loopback:
        yield loopback


def run(*arguments: str | Path, stdin: bytes = b"", **environ: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "thorbis_monitor.cli.main", "import", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "src", "COLUMNS": "200", **environ},
    )


def test_a_file_is_sent_as_it_is_with_its_name_and_age(server: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "auth.log"
    path.write_bytes(SSH)
    os.utime(path, (1_765_400_000, 1_765_400_000))
    done = run(path, "--server", server.address, "--service", "shop", THORBIS_API_KEY="k")
    assert done.returncode == 0, done.stderr
    (request,) = server.requests
    assert request.body == SSH
    assert request.headers["authorization"] == "Bearer k"
    assert request.parameters == {
        "service": "shop",
        "origin": "auth.log",
        "reference": "2025-12-10T20:53:20+00:00",
        "shift_ms": "0",
    }
    output = done.stdout.decode()
    assert "auth.log" in output
    assert "as they are" in output
    assert "--assume-now" in output, "old lines deserve the hint"


def test_with_assume_now_the_last_line_is_now(server: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "auth.log.gz"
    path.write_bytes(gzip.compress(SSH + b"a line without a time\n"))
    done = run(path, "--server", server.address, "--assume-now", "--json")
    assert done.returncode == 0, done.stderr
    parameters = server.requests[0].parameters
    reference = datetime.fromisoformat(parameters["reference"])
    assert (reference.month, reference.day, reference.hour, reference.second) == (12, 10, 6, 48)
    moved = reference + timedelta(milliseconds=int(parameters["shift_ms"]))
    assert abs(datetime.now(UTC) - moved) < timedelta(minutes=1)
    (entry,) = msgspec.json.decode(done.stdout)["files"]
    assert (entry["file"], entry["lines"], entry["shift_ms"]) == (
        "auth.log.gz",
        3,
        int(parameters["shift_ms"]),
    )


def test_several_files_and_standard_input_are_summed_up(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\ntwo\n")
    (tmp_path / "b.log").write_bytes(b"")
    done = run(tmp_path / "*.log", "-", "--server", server.address, stdin=b"three")
    assert done.returncode == 0, done.stderr
    assert [request.parameters["origin"] for request in server.requests] == ["a.log", "stdin"]
    assert [line.split()[:4:2] for line in done.stdout.decode().splitlines() if "total" in line]
    assert b"3" in next(line for line in done.stdout.splitlines() if b"total" in line)


def test_a_large_file_is_sent_in_pieces_that_end_at_line_ends(server: Loopback, tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    path.write_bytes(b"".join(b"line %07d of a large file\n" % number for number in range(200_000)))
    done = run(path, "--server", server.address)
    assert done.returncode == 0, done.stderr
    assert len(server.requests) == 3
    assert all(request.body.endswith(b"\n") for request in server.requests)
    assert b"".join(request.body for request in server.requests) == path.read_bytes()


def test_what_cannot_be_read_is_told_and_the_rest_is_sent(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(os.urandom(500))[:-20])
    (tmp_path / "b.log").write_bytes(b"no time in here\n")
    (tmp_path / "c.log").write_bytes(b"2026-05-04 10:00:00 fine\n")
    done = run(tmp_path / "*", "--server", server.address, "--assume-now")
    assert done.returncode == 1
    assert b"a.log.gz: cannot be read to its end" in done.stderr
    assert b"b.log: no time was found in its last lines; import it without --assume-now" in done.stderr
    assert [request.parameters["origin"] for request in server.requests] == ["c.log"]


def test_a_missing_file_is_a_usage_error_and_nothing_is_sent(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\n")
    done = run(tmp_path / "a.log", tmp_path / "no.log", "--server", server.address)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("thorbis-monitor import: ")
    assert b"no.log: no such file" in done.stderr
    assert not server.requests


def test_without_a_server_it_says_how_to_start_one(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "a.log").write_bytes(b"one\n")
    done = run(tmp_path / "a.log", "--server", f"http://127.0.0.1:{free_port}")
    assert done.returncode == 1
    assert b"thorbis-monitor serve" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_refusal_ends_the_import_with_its_reason(server: Loopback, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"one\n")
    server.answers.append(Answer(413, b'{"error":{"message":"larger than 1 bytes"}}'))
    done = run(tmp_path / "a.log", "--server", server.address)
    assert done.returncode == 1
    assert b"refused /ingest/lines with 413: larger than 1 bytes" in done.stderr
