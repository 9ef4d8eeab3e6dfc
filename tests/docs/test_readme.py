"""The first alert of README.md, as a reader would make it."""

import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

from tests.fixtures.servers import Server, wait_until

README = (Path(__file__).parents[2] / "README.md").read_text()


def block(language: str, containing: str) -> str:
    """The fenced block of a language that contains a text."""
    blocks = [textwrap.dedent(text) for text in re.findall(rf" *```{language}\n(.*?)```", README, re.DOTALL)]
    return next(text for text in blocks if containing in text)


def test_the_first_alert_fires(new_server: Callable[..., Server], tmp_path: Path) -> None:
    config = tmp_path / "monitor.yaml"
    config.write_text(block("yaml", "login_failures"))
    check = [sys.executable, "-m", "thorbis_monitor.cli.main", "check", str(config)]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 0
    server = new_server("--config", str(config)).start()
    sent = re.search(r"-d '(.*)'", block("sh", "curl"))
    assert sent is not None
    for _ in range(4):
        assert server.post("/ingest/logs", sent.group(1).encode())[0] == 200
    wait_until(lambda: bool(server.get("/api/alerts?state=firing&source=login_failures")["items"]), what="the alert")
