"""Kinds of settings that channels share: durations, and secrets from the file or from a file of their own."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, PlainSerializer, SecretStr

from thorbis_monitor.config.fields import Form, PositiveDuration
from thorbis_monitor.model.duration import format_duration
from thorbis_monitor.response.channels.channel import DeliveryError

_SECRET_FILE_LIMIT = 64 * 1024
_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(minutes=5)


def _timeout(value: timedelta) -> timedelta:
    if not _SHORTEST <= value <= _LONGEST:
        raise ValueError(f"a timeout is between {format_duration(_SHORTEST)} and {format_duration(_LONGEST)}")
    return value


Timeout = Annotated[PositiveDuration, AfterValidator(_timeout), PlainSerializer(format_duration)]
"""A duration between a second and five minutes, written as ``10s``."""

Secret = Annotated[SecretStr, PlainSerializer(SecretStr.get_secret_value, when_used="json")]
"""A text that never prints; written only to the courier."""


class ChannelSettings(Form):
    """Settings of a channel: unknown keys are mistakes, values never appear in errors."""

    model_config = ConfigDict(hide_input_in_errors=True)


def read_secret(path: Path) -> str:
    """Read a secret from its file; surrounding white space does not belong to it.

    Raises:
        DeliveryError: it cannot be read now; it may come back.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_SECRET_FILE_LIMIT).strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise DeliveryError(f"cannot read the file {path} that holds the URL: {why}") from None
    if not text:
        raise DeliveryError(f"the file {path}, which holds the URL, is empty")
    return text
