"""Imported lines in a real server: they are found, and rules judge them as if they had just been written."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.test_import import run
from tests.fixtures.servers import Server, wait_until

DOCUMENT = Path(__file__).parents[2] / "docs/import.md"


def ssh_log(failed: int) -> str:
    """Months ago: failed passwords over four minutes, in the words of OpenSSH."""
    begin = datetime.now(UTC) - timedelta(days=100)
    lines = []
    for number in range(failed):
        when = (begin + timedelta(seconds=240 * number / failed)).strftime("%b %e %H:%M:%S")
        head = f"{when} web-1 sshd[{number}]:"
        lines.append(f"{head} pam_unix(sshd:auth): authentication failure; logname= uid=0 rhost=198.51.100.7")
        lines.append(f"{head} Failed password for root from 198.51.100.7 port {40_000 + number} ssh2")
    return "\n".join(lines) + "\n"


def firing(server: Server) -> set[str]:
    return {alert["source"] for alert in server.get("/api/alerts?state=firing")["items"]}


def stored(server: Server) -> int:
    return len(server.get("/api/logs?limit=500")["items"])


def test_the_rule_of_the_documentation_fires_on_imported_lines_and_the_default_one_does_not(
    new_server: Callable[..., Server], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    rules.write_text(example)
    server = new_server("--config", str(rules)).start()
    log = tmp_path / "auth.log"
    log.write_text(ssh_log(failed=51))
    done = run(log, "--assume-now", "--server", server.url)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: "ssh_password_guessing" in firing(server), 20, "the alert")
    assert firing(server) == {"ssh_password_guessing"}
    assert stored(server) == 102
    newest = {record["message"]: record for record in server.get("/api/logs?limit=2")["items"]}
    record = newest["Failed password for root from 198.51.100.7 port 40050 ssh2"]
    assert record["service"] == "sshd"
    assert record["attributes"]["log.format"] == "syslog_rfc3164"
    assert server.stop() == 0


def test_fifty_failed_passwords_are_not_more_than_fifty(new_server: Callable[..., Server], tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[0])
    server = new_server("--config", str(rules)).start()
    log = tmp_path / "auth.log"
    log.write_text(ssh_log(failed=50))
    assert run(log, "--assume-now", "--server", server.url).returncode == 0

    def counted() -> float | None:
        last = server.get("/api/rules/ssh_password_guessing")["last_evaluation"]
        return float(last["value"]) if last else None

    wait_until(lambda: counted() == 50, 20, "an evaluation over all fifty")
    assert not firing(server)
    assert server.stop() == 0
