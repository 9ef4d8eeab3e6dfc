"""The examples of docs/sending.md, sent to a real server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.servers import Server, wait_until

PAGE = (Path(__file__).parents[2] / "docs" / "sending.md").read_text()


def example(language: str, number: int = 0) -> str:
    """The contents of a fenced block."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return blocks[number]


@pytest.mark.parametrize(("path", "number"), [("/ingest/logs", 0), ("/ingest/metrics", 1)])
def test_the_lines_are_stored(server: Server, path: str, number: int) -> None:
    status, answer, _ = server.post(path, example("json", number).encode())
    assert (status, answer) == (200, b'{"stored":3}')


def test_the_program_reports_without_an_endpoint(server: Server) -> None:
    program = example("python")
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": server.url}  # a free port instead of the default one
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], env=endpoint, check=True, timeout=60)
    wait_until(lambda: bool(server.get("/api/logs?service=shop&component=payment")["items"]), what="the record")
    (record,) = server.get("/api/logs?service=shop&component=payment")["items"]
    assert (record["message"], record["level_name"]) == ("card declined for order 4711", "ERROR")
