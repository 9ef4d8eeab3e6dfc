"""The normal day: eight hours of business up to now, and the light traffic that goes on."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from thorbis_monitor.demo.traffic import Traffic
from thorbis_monitor.demo.wire import Batch

HOURS = 8
STEP = timedelta(minutes=5)
"""Business time in one batch of the day."""

BUSIEST = 60.0
"""Requests per minute at the top of the day."""

_MINUTE = timedelta(minutes=1)
_MEMORY_EVERY = timedelta(seconds=30)
_LUNCH_DIP = 0.3


def day(seed: int, now: datetime) -> Iterator[Batch]:
    """The last eight hours in batches of five minutes, oldest first; seed and moment decide everything."""
    traffic = Traffic(Random(seed))  # noqa: S311 - made-up data, nothing secret
    begin = now - timedelta(hours=HOURS)
    at = begin
    while at < now:
        end = min(at + STEP, now)
        while at < end:
            share = (at - begin) / (now - begin)
            traffic.usual(at, _MINUTE, BUSIEST * busyness(share))
            traffic.memory(at)
            traffic.memory(at + _MEMORY_EVERY)
            at += _MINUTE
            traffic.report_counters(min(at, now))
        yield traffic.batch(end)


def busyness(share: float) -> float:
    """How busy the company is, from 0 to 1, when this share of the day has passed: two humps around lunch."""
    arc = math.sin(math.pi * (0.15 + 0.7 * share))
    lunch = _LUNCH_DIP * math.exp(-(((share - 0.5) / 0.08) ** 2))
    return max(0.0, arc - lunch)


class Afterwards:
    """The traffic after the incident: half of the busiest, asked for piece by piece."""

    def __init__(self, seed: int, start: datetime) -> None:
        """Begin at a moment."""
        self._traffic = Traffic(Random(seed))  # noqa: S311 - made-up data, nothing secret
        self._at = start
        self._memory_at = start

    def until(self, now: datetime) -> Batch:
        """What happened since the last call."""
        length = max(now - self._at, timedelta(0))
        self._traffic.usual(self._at, length, BUSIEST / 2 * (length / _MINUTE))
        if now >= self._memory_at:
            self._traffic.memory(now)
            self._memory_at = now + _MEMORY_EVERY
        self._at += length
        return self._traffic.batch(now)
