"""What stands below ``webhook:`` in a receiver."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from thorbis_monitor.response.channels.settings import ChannelSettings, Secret, Timeout
from thorbis_monitor.response.redact import public_url

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]{0,8000}")
_OURS = {"content-length", "content-type", "host", "idempotency-key", "transfer-encoding", "webhook-id"}


class WebhookSettings(ChannelSettings):
    """An HTTP receiver: its URL, directly or in a file, and what else the request needs."""

    url: Secret | None = None
    url_file: Path | None = None
    headers: dict[str, Secret] = Field(default_factory=dict, max_length=50)
    timeout: Timeout = timedelta(seconds=10)
    ca_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _is_web_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and (wrong := url_mistake(url.get_secret_value())):
            raise ValueError(wrong)
        return url

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            if not _HEADER_NAME.fullmatch(name):
                raise ValueError("a header name consists of letters, digits and -")
            if name.lower() in _OURS:
                raise ValueError(f"the header {name} is set by Thorbis Monitor")
            if not _HEADER_VALUE.fullmatch(value.get_secret_value()):
                raise ValueError(f"the value of the header {name} has characters that a header cannot carry")
        return headers

    @model_validator(mode="after")
    def _has_one_url(self) -> Self:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("give either url or url_file")
        return self

    def target(self) -> str:
        """Where it leads, without secrets."""
        return public_url(self.url.get_secret_value()) if self.url else f"the URL in {self.url_file}"


def url_mistake(url: str) -> str | None:
    """What is wrong with the URL of a webhook, without repeating it."""
    if not re.fullmatch(r"[\x21-\x7e]{1,4096}", url):
        return "a URL has no spaces and no characters outside of ASCII; write them percent-encoded"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    return None if usable else "write an address such as https://example.org/hook"
