"""What stands below ``apprise:`` in a receiver."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import model_validator

from thorbis_monitor.response.channels.settings import ChannelSettings, Secret, Timeout
from thorbis_monitor.response.redact import public_url


class AppriseSettings(ChannelSettings):
    """A service that Apprise reaches: its URL, directly or in a file."""

    url: Secret | None = None
    url_file: Path | None = None
    timeout: Timeout = timedelta(seconds=30)

    @model_validator(mode="after")
    def _has_one_url(self) -> Self:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("give either url or url_file")
        return self

    def target(self) -> str:
        """Where it leads, without secrets."""
        return public_url(self.url.get_secret_value()) if self.url else f"the URL in {self.url_file}"
