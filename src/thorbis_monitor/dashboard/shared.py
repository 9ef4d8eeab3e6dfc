"""A value that is computed when somebody asks, and shared with all who ask soon after."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from thorbis_monitor.model.clock import Clock

T = TypeVar("T")


class Shared(Generic[T]):
    """One computation at a time, at most once per ``max_age``; none while nobody asks. Thread-safe."""

    def __init__(self, compute: Callable[[datetime], T], max_age: timedelta, clock: Clock) -> None:
        """Share what ``compute`` returns for the present moment."""
        self._compute = compute
        self._max_age = max_age
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[datetime, T] | None = None

    def get(self) -> T:
        """The value, computed anew if it is too old (or from the future, after the clock was set back)."""
        with self._lock:
            now = self._clock()
            if self._kept is None or not timedelta(0) <= now - self._kept[0] < self._max_age:
                self._kept = (now, self._compute(now))
            return self._kept[1]

    def forget(self) -> None:
        """Compute anew at the next call, because something was changed."""
        with self._lock:
            self._kept = None
