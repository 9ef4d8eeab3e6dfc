"""Query parameters that several operations share."""

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from fastapi import Query
from pydantic import BeforeValidator, StringConstraints

from thorbis_monitor.model.duration import parse_duration
from thorbis_monitor.model.level import Level
from thorbis_monitor.server.api.errors import ApiError

MAX_LIMIT = 1000
_MAX_TEXT = 1000

T = TypeVar("T")


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


EmptyIsNone = BeforeValidator(_empty_is_none)
"""An empty parameter (``?severity=``) is one that was not given."""

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="how many items to return")]
Cursor = Annotated[
    Annotated[str, StringConstraints(max_length=200)] | None,
    EmptyIsNone,
    Query(description="the `next` of the page before"),
]
Text = Annotated[Annotated[str, StringConstraints(max_length=_MAX_TEXT)] | None, EmptyIsNone, Query()]
When = Annotated[
    Annotated[str, StringConstraints(max_length=64)] | None,
    EmptyIsNone,
    Query(
        description="ISO-8601 (UTC if it names no zone), or a duration before now",
        examples=["2026-01-31T12:00:00Z", "15m"],
    ),
]


def read_moment(name: str, text: str | None, now: datetime) -> datetime | None:
    """Read a moment in time: ISO-8601, or a duration before now.

    Raises:
        ApiError: it is neither.
    """
    if text is None:
        return None
    try:
        # In a query, "+" stands for a space: 12:00:00+02:00 arrives as 12:00:00 02:00.
        moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError:
        try:
            return now - parse_duration(text)
        except (ValueError, OverflowError):
            raise ApiError(
                422,
                "invalid_parameter",
                f"{name}: {text!r} is neither a time nor a duration",
                "write ISO-8601 such as 2026-01-31T12:00:00Z, or a duration before now such as 15m",
            ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_levels(name: str, texts: list[str]) -> tuple[Level, ...]:
    """Read levels by name in any case or by number; several may stand in one text, with commas.

    Raises:
        ApiError: one is not a level.
    """
    parts = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(_read_level(name, part) for part in parts))


def _read_level(name: str, text: str) -> Level:
    if text.upper() in Level.__members__:
        return Level[text.upper()]
    if text in {str(int(level)) for level in Level}:
        return Level(int(text))
    raise ApiError(
        422,
        "invalid_parameter",
        f"{name}: {text!r} is not a level",
        "write ERROR, WARN, INFO, DEBUG or TRACE, or a number from 0 (ERROR) to 4 (TRACE)",
    )
