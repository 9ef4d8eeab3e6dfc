"""Every setting, declared once: its type, its default, and what it is for."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import platformdirs
from pydantic import AfterValidator, ByteSize, Field, SecretStr

from thorbis_monitor.config.fields import Duration, Form, PositiveDuration

_MEBI = 1024 * 1024


def _web_address(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url!r} is not an address; begin it with https:// or http://")
    return url.rstrip("/")


def _data_folder() -> Path:
    return platformdirs.user_data_path("thorbis-monitor", appauthor=False)


def _expand(path: Path) -> Path:
    return path.expanduser()


FilePath = Annotated[Path, AfterValidator(_expand)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class ServerSettings(Form):
    """Section ``server``: where the server listens and keeps its data."""

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(default=4318, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data: FilePath = Field(default_factory=_data_folder, description="Folder of everything that is stored.")
    external_url: WebAddress | None = Field(default=None, description="Address of the page in messages to people.")
    api_key: SecretStr | None = Field(default=None, description="Key that clients have to present.")
    api_key_file: FilePath | None = Field(default=None, description="File that holds the key.")


class IngestSettings(Form):
    """Section ``ingest``: how much is taken in, and how fast it becomes visible."""

    max_request_bytes: ByteSize = Field(default=ByteSize(16 * _MEBI), gt=0, description="Largest request body.")
    max_decompressed_bytes: ByteSize = Field(
        default=ByteSize(64 * _MEBI), gt=0, description="Largest request body after decompression."
    )
    spool_max_bytes: ByteSize = Field(
        default=ByteSize(1024 * _MEBI),
        gt=0,
        description="Most that waits on disk to be loaded; beyond it, clients wait.",
    )
    load_interval: PositiveDuration = Field(
        default=timedelta(seconds=1), description="How often what came in is loaded into the tables."
    )


class RetentionSettings(Form):
    """Section ``retention``: how long telemetry is kept."""

    logs_days: int | None = Field(
        default=30, gt=0, description="Days that log records are kept; null keeps them for ever."
    )
    metrics_days: int | None = Field(
        default=30, gt=0, description="Days that metrics are kept; null keeps them for ever."
    )
    traces_days: int | None = Field(default=30, gt=0, description="Days that spans are kept; null keeps them for ever.")


class AlertsSettings(Form):
    """Section ``alerts``: how rules are evaluated. ``default_rules`` is described in docs/rules.md."""

    evaluation_interval: PositiveDuration = Field(
        default=timedelta(seconds=5), description="How often rules are evaluated."
    )
    memory_limit_bytes: ByteSize | None = Field(
        default=None, gt=0, description="What 100 % of memory is; detected (cgroup, else host) if left out."
    )
    startup_grace: Duration = Field(
        default=timedelta(seconds=30), description="How long after a start alerts from before it stay open."
    )


class Settings(Form):
    """All settings."""

    server: ServerSettings = Field(default_factory=ServerSettings)
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    alerts: AlertsSettings = Field(default_factory=AlertsSettings)


SECTIONS: dict[str, type[Form]] = {
    "server": ServerSettings,
    "ingest": IngestSettings,
    "retention": RetentionSettings,
    "alerts": AlertsSettings,
}
"""The sections by name."""
