"""The command ``check``: it explains what is right and names everything that is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from thorbis_monitor.cli.check import check

GOOD = """
receivers:
  - name: ops
    webhook: {url: "https://example.com/hook?token=hush"}
rules:
  - id: slow_shop
    category: performance
    severity: high
    for: 1m
    keep_firing_for: 2m
    condition: {metric: {name: shop.time, window: 5m, above: 100}}
  - {id: unused, category: error, severity: low, enabled: false, condition: {log_count: {window: 5m, above: 1}}}
"""
BAD = """
rules:
  - {id: one, category: eror, severity: low, condition: {log_count: {window: 5, above: 1}}}
"""
WRONG_QUERY = """
rules:
  - {id: fine, category: error, severity: low, condition: {sql: {query: SELECT Body AS b FROM otel_logs}}}
  - {id: wrong, category: error, severity: low, condition: {sql: {query: SELECT Bdoy FROM otel_logs}}}
  - {id: evil, category: error, severity: low, condition: {sql: {query: "SELECT file('x') AS b"}}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file."""
    path = tmp_path / "monitor.yaml"
    path.write_text(GOOD)
    return path


def test_a_right_file_is_explained(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(file, environ={}) == 0
    shown = capsys.readouterr().out
    for text in (
        f"{file} is right.",
        "Rules, evaluated every 5s",
        "mean shop.time over 5m above 100, for 1m, until clear for 2m",
        "more than 50 log records with 'authentication' and 'failed' in the message in 5m",
        "turned off",
        "ops",
    ):
        assert text in shown
    assert "hush" not in shown


def test_a_file_without_receivers_says_that_nobody_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("")
    assert check(file, environ={}) == 0
    assert "nobody is told" in capsys.readouterr().out


def test_a_right_file_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(file, as_json=True, environ={}) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["valid"] is True
    assert document["rules"][5] == {
        "id": "slow_shop",
        "name": "Slow shop",
        "category": "performance",
        "severity": "high",
        "condition": "mean shop.time over 5m above 100",
        "for": "1m",
        "keep_firing_for": "2m",
        "cooldown": "5m",
        "enabled": True,
    }
    assert [receiver["name"] for receiver in document["receivers"]] == ["ops"]


def test_mistakes_are_listed_with_their_places(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(BAD)
    assert check(file, environ={}) == 1
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].startswith(f"{file}:3:25: rules[0].category: 'eror' is not possible here. Write one of:")
    assert lines[1].startswith(f"{file}:3:78: rules[0].condition.log_count.window: 5 is not a duration.")
    assert shown.err == "\n2 mistakes found.\n"


def test_mistakes_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(BAD)
    assert check(file, as_json=True, environ={}) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["valid"] is False
    assert [(mistake["line"], mistake["field"]) for mistake in document["mistakes"]] == [
        (3, "rules[0].category"),
        (3, "rules[0].condition.log_count.window"),
    ]


def test_markup_in_a_file_is_shown_as_it_is(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(
        "rules: [{id: a, category: error, severity: low,"
        " condition: {log_count: {window: 5m, above: 1, contains_all: '[red]x[/red]'}}}]"
    )
    assert check(file, environ={}) == 0
    assert "[red]x[/red]" in capsys.readouterr().out


def test_queries_are_tried_before_anybody_depends_on_them(file: Path) -> None:
    file.write_text(WRONG_QUERY)
    # In a process of its own: the engine has one data folder per process, and this one has another open.
    done = subprocess.run(
        [sys.executable, "-m", "thorbis_monitor.cli.main", "check", str(file)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert [line.removeprefix(f"{file}:") for line in done.stdout.splitlines()] == [
        "4:5: wrong: the query cannot be run: Unknown expression identifier `Bdoy`. Maybe you meant: ['Body']",
        "5:5: evil: the query uses the function file, which rules may not",
    ]
