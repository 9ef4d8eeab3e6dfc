"""Durations as people write them: ``30s``, ``5m``, ``1h30m``, ``7d``."""

import re
from datetime import timedelta

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d|w)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def parse_duration(text: str) -> timedelta:
    """Read a duration such as ``5m`` or ``1h30m``.

    Raises:
        ValueError: the text is not a sequence of numbers with the units ms, s, m, h, d or w.
    """
    compact = text.strip().lower()
    if compact == "0":
        return timedelta(0)
    if not _WHOLE.fullmatch(compact):
        message = f"{text!r} is not a duration; write a number with a unit, for example 30s, 5m, 1h30m or 7d"
        raise ValueError(message)
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(compact)))


def format_duration(duration: timedelta) -> str:
    """Write a duration compactly with whole units, for example ``1h30m``; below a second in ms."""
    remaining = round(duration.total_seconds() * 1000)
    if remaining == 0:
        return "0s"
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, remaining = divmod(remaining, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
