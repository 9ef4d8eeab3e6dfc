"""The rules of the house, which no linter knows."""

import re
import socket
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.network import OutsideConnectionError, forget_attempts

ROOT = Path(__file__).parent.parent


def test_no_file_names_a_place_of_one_machine_or_a_package_registry() -> None:
    machine = r"(?<![\w.$}~-])/(?:work|home|root|Users)/"
    registry = r"py[p]i\.org|python[h]osted\.org"
    found = [
        f"{file}:{number}: {line.strip()[:100]}"
        for file in ours()
        for number, line in enumerate(text_of(file).splitlines(), 1)
        if re.search(f"{machine}|{registry}", line)
    ]
    assert not found, "\n".join(found)


def test_no_test_sleeps() -> None:
    sleep = re.compile(r"\b(?:time|asyncio|anyio)\.sleep\(|from (?:time|asyncio|anyio) import .*\bsleep\b")
    found = [
        f"{file}:{number}: {line.strip()}"
        for file in ours()
        if file.suffix == ".py" and file.parts[0] == "tests"
        for number, line in enumerate(text_of(file).splitlines(), 1)
        if sleep.search(line)
    ]
    assert not found, "wait for a condition, or set the clock:\n" + "\n".join(found)


def test_a_connection_that_leaves_the_machine_is_refused() -> None:
    with socket.socket() as connection, pytest.raises(OutsideConnectionError, match=r"192\.0\.2\.1"):
        connection.connect(("192.0.2.1", 9))
    assert forget_attempts() == ["192.0.2.1:9"]


def test_a_connection_within_the_machine_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def ours() -> list[Path]:
    """The files of the repository, also those that are not committed yet."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are ours is not known")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def text_of(file: Path) -> str:
    """The text of a file; of one that is not text, nothing."""
    try:
        return (ROOT / file).read_text()
    except UnicodeDecodeError:
        return ""
