"""Configuration files: each bad one is refused with exactly the mistakes written beside it, each good one works."""

from pathlib import Path

import pytest

from thorbis_monitor.config.mistakes import ConfigError
from thorbis_monitor.plan import Plan, read_plan

BAD = Path(__file__).parent / "bad"
GOOD = Path(__file__).parent / "good"


@pytest.mark.parametrize("file", sorted(BAD.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_mistake_of_a_bad_file_is_told_at_once(file: Path) -> None:
    expected = file.with_suffix(".txt").read_text().splitlines()
    with pytest.raises(ConfigError) as refused:
        read_plan(file, environ={})
    assert [str(mistake).replace(f"{BAD}/", "") for mistake in refused.value.mistakes] == expected


def read_good(name: str) -> Plan:
    return read_plan(GOOD / f"{name}.yaml", environ={"KEY": "secret-key"})


@pytest.mark.parametrize("file", sorted(GOOD.glob("*.yaml")), ids=lambda file: file.stem)
def test_good_files_are_read(file: Path) -> None:
    read_plan(file, environ={"KEY": "secret-key"})


def test_all_of_a_file_arrives() -> None:
    plan = read_good("everything")
    settings = plan.settings
    assert settings.server.api_key is not None
    assert settings.server.api_key.get_secret_value() == "secret-key"
    assert settings.server.external_url == "https://monitor.example.com"
    assert settings.server.data == Path.home() / "monitor"
    assert settings.ingest.spool_max_bytes == 10 * 1024**3
    assert settings.ingest.load_interval.total_seconds() == 0.5
    assert (settings.retention.logs_days, settings.retention.metrics_days) == (7, None)
    rules = {compiled.rule.id: compiled.rule for compiled in plan.rules}
    assert list(rules)[5:] == ["everything", "metric", "percent", "ratio", "sql", "from_a_file", "from_a_file_too"]
    assert not rules["authentication_failures"].enabled
    assert rules["high_response_time"].condition == (
        "mean api.response_time over 10m above 1,500 ms, with at least 10 samples"
    )
    assert rules["everything"].labels == {"team": "core", "tier": "1"}
    assert rules["everything"].for_.total_seconds() == 30


def test_the_key_never_shows() -> None:
    assert "secret-key" not in repr(read_good("everything"))


def test_an_empty_file_means_the_defaults() -> None:
    for name in ("empty", "remark"):
        plan = read_good(name)
        assert plan.settings == read_plan(None, environ={}).settings
        assert len(plan.rules) == 5


def test_the_default_rules_can_be_turned_off() -> None:
    assert read_good("nulls").rules == ()


def test_words_are_words_and_texts_keep_their_form() -> None:
    (rule,) = read_good("words").rules[5:]
    assert rule.rule.id == "on"
    assert rule.rule.labels == {
        "country": "NO",
        "answer": "yes",
        "version": "1.10",
        "octal": "0o17",
        "text": "007",
    }
    assert rule.rule.condition == "more than 1 log records with 'off' and '1e3' in the message in 5m"
