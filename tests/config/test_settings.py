"""Where settings come from: flag before environment before file before default."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from thorbis_monitor.config.environment import variable_name
from thorbis_monitor.config.loading import Configuration, load_configuration
from thorbis_monitor.config.mistakes import ConfigError
from thorbis_monitor.config.settings import SECTIONS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file with a port."""
    path = tmp_path / "monitor.yaml"
    path.write_text("server: {port: 1001}")
    return path


def load(file: Path | None, flags: Mapping[str, object] | None = None, **environ: str) -> Configuration:
    return load_configuration(file, flags or {}, environ)


def test_a_flag_wins_over_the_environment_which_wins_over_the_file(file: Path) -> None:
    assert load(None).settings.server.port == 4318
    assert load(file).settings.server.port == 1001
    assert load(file, THORBIS_SERVER_PORT="1002").settings.server.port == 1002
    flags: dict[str, object] = {"server.port": 1003, "server.host": None}
    settings = load(file, flags, THORBIS_SERVER_PORT="1002").settings
    assert (settings.server.port, settings.server.host) == (1003, "127.0.0.1")


def test_an_empty_variable_sets_nothing(file: Path) -> None:
    assert load(file, THORBIS_SERVER_PORT="").settings.server.port == 1001


def test_every_setting_has_a_variable() -> None:
    names = [variable_name(section, name) for section, form in SECTIONS.items() for name in form.model_fields]
    assert len(names) == len(set(names))
    assert "THORBIS_ALERTS_EVALUATION_INTERVAL" in names
    settings = load(
        None,
        THORBIS_ALERTS_EVALUATION_INTERVAL="1m",
        THORBIS_INGEST_MAX_REQUEST_BYTES="1MiB",
        THORBIS_RETENTION_LOGS_DAYS="3",
        THORBIS_SERVER_DATA="data",
    ).settings
    assert settings.alerts.evaluation_interval.total_seconds() == 60
    assert settings.ingest.max_request_bytes == 1024**2
    assert settings.retention.logs_days == 3
    assert settings.server.data == Path("data")


@pytest.mark.parametrize("name", ["THORBIS_API_KEY", "THORBIS_SERVER_API_KEY"])
def test_the_key_comes_from_a_variable(name: str) -> None:
    key = load_configuration(None, {}, {name: "k1"}).api_key
    assert key is not None
    assert key.get_secret_value() == "k1"


@pytest.mark.parametrize("name", ["THORBIS_API_KEY_FILE", "THORBIS_SERVER_API_KEY_FILE"])
def test_the_key_comes_from_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "key").write_text("k2\n")
    key = load_configuration(None, {}, {name: str(tmp_path / "key")}).api_key
    assert key is not None
    assert key.get_secret_value() == "k2"


def test_the_long_name_of_a_variable_wins(tmp_path: Path) -> None:
    key = load(None, THORBIS_API_KEY="short", THORBIS_SERVER_API_KEY="long").api_key
    assert key is not None
    assert key.get_secret_value() == "long"


def test_mistakes_name_the_variable_or_the_flag(file: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(file, {"server.host": ""}, THORBIS_SERVER_PORT="x", THORBIS_ALERTS_STARTUP_GRACE="soon")
    advice = "Write a number with a unit, for example 30s, 5m, 1h30m or 7d"
    assert [str(mistake) for mistake in refused.value.mistakes] == [
        "--host: this must not be empty",
        "THORBIS_ALERTS_STARTUP_GRACE: 'soon' is not a duration. " + advice,
        "THORBIS_SERVER_PORT: this has to be a whole number",
    ]


def test_a_mistake_about_a_secret_does_not_show_it(file: Path) -> None:
    file.write_text("server: {api_key: [hush-hush]}")
    with pytest.raises(ConfigError) as refused:
        load(file)
    assert "hush" not in str(refused.value)


def test_the_memory_limit_is_what_is_configured_or_else_detected() -> None:
    assert load(None, THORBIS_ALERTS_MEMORY_LIMIT_BYTES="3GiB").memory_limit_bytes() == 3 * 1024**3
    assert load(None).memory_limit_bytes() > 0
