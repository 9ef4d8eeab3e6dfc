"""A thread that does something again and again, on a fixed beat."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from thorbis_monitor.model.counters import Counters

_SKIPPED = "thorbis_ticks_skipped_total"
_FAILED = "thorbis_ticks_failed_total"

_log = logging.getLogger(__name__)


class Ticker:
    """Calls ``tick`` every interval; a call that takes longer makes it skip beats, never pile up."""

    def __init__(self, tick: Callable[[], None], interval: timedelta, counters: Counters) -> None:
        self._tick = tick
        self._interval = interval.total_seconds()
        self._counters = counters
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rules", daemon=True)
        counters.describe(_SKIPPED, "Beats that were skipped because an evaluation took too long.")
        counters.describe(_FAILED, "Evaluations that failed as a whole.")

    def start(self) -> None:
        """Begin; the first call comes at once."""
        self._thread.start()

    def stop(self, timeout: timedelta = timedelta(seconds=30)) -> bool:
        """Let the present call end and no other begin; whether it ended in time."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout.total_seconds())
        return not self._thread.is_alive()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            try:
                self._tick()
            except Exception:  # noqa: BLE001  the thread must outlive everything: a database comes back
                self._counters.add(_FAILED)
                _log.exception("an evaluation of the rules failed")
            due += self._interval
            late = time.monotonic() - due
            if late > 0:
                missed = int(late // self._interval) + 1
                self._counters.add(_SKIPPED, missed)
                due += missed * self._interval
