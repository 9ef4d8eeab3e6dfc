"""Time and ids as arguments, so that tests can set them."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment, aware and in UTC."""

NewId = Callable[[], str]
"""Returns an id that was never returned before."""


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a unique id of 32 hex digits that sorts by creation time (the layout of UUID version 7)."""
    milliseconds = int(utc_now().timestamp() * 1000)
    return f"{milliseconds:012x}7{secrets.randbits(76):019x}"
