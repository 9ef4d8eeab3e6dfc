"""Types of configuration fields that people write as text."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from thorbis_monitor.model.duration import parse_duration


class Form(BaseModel):
    """Base of everything that can be written in a configuration: unknown keys fail."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, coerce_numbers_to_str=True)


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        return parse_duration(value)
    if value == 0 and isinstance(value, int):
        return timedelta(0)
    raise ValueError(f"{value!r} is not a duration; write a number with a unit, for example 30s, 5m, 1h30m or 7d")


def _positive(value: object) -> timedelta:
    duration = _duration(value)
    if duration <= timedelta(0):
        raise ValueError("the duration has to be longer than nothing; write for example 30s or 5m")
    return duration


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""A duration as text (``5m``); may be 0."""

PositiveDuration = Annotated[timedelta, BeforeValidator(_positive)]
"""A duration as text (``5m``) that is longer than 0."""


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One text or a list of texts."""
