"""The beat of the engine: regular, skipping what was missed, stopping at once."""

import threading
import time
from datetime import timedelta

from thorbis_monitor.alerts.ticker import Ticker
from thorbis_monitor.model.counters import Counters

DEADLINE = 20.0
SHORT = timedelta(milliseconds=10)
LONG = timedelta(hours=1)


class Calls:
    """Counts calls; ``reached`` is set at the wanted number."""

    def __init__(self, wanted: int) -> None:
        self.count = 0
        self._wanted = wanted
        self.reached = threading.Event()

    def __call__(self) -> None:
        self.count += 1
        if self.count >= self._wanted:
            self.reached.set()


def test_the_first_call_comes_at_once_and_stopping_does_not_wait_for_the_next() -> None:
    calls = Calls(1)
    ticker = Ticker(calls, LONG, Counters())
    ticker.start()
    assert calls.reached.wait(DEADLINE)
    began = time.monotonic()
    assert ticker.stop()
    assert time.monotonic() - began < DEADLINE
    assert calls.count == 1


def test_calls_follow_each_other() -> None:
    calls = Calls(5)
    ticker = Ticker(calls, SHORT, Counters())
    ticker.start()
    assert calls.reached.wait(DEADLINE)
    assert ticker.stop()


def test_an_error_is_counted_and_stops_nothing() -> None:
    calls = Calls(3)
    counters = Counters()

    def fail() -> None:
        calls()
        raise RuntimeError("the database is away")

    ticker = Ticker(fail, SHORT, counters)
    ticker.start()
    assert calls.reached.wait(DEADLINE)
    assert ticker.stop()
    assert counters.total("thorbis_ticks_failed_total") >= 3


def test_beats_that_were_missed_are_skipped_and_counted() -> None:
    calls = Calls(2)
    counters = Counters()
    started = threading.Event()

    def slow() -> None:
        calls()
        if calls.count == 1:
            # As long as several beats.
            started.wait(0.1)

    ticker = Ticker(slow, SHORT, counters)
    ticker.start()
    assert calls.reached.wait(DEADLINE)
    assert ticker.stop()
    assert counters.total("thorbis_ticks_skipped_total") >= 5


def test_stopping_lets_the_present_call_end() -> None:
    entered, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def long() -> None:
        entered.set()
        assert go_on.wait(DEADLINE)
        ended.set()

    ticker = Ticker(long, LONG, Counters())
    ticker.start()
    assert entered.wait(DEADLINE)
    assert not ticker.stop(timedelta(milliseconds=1))
    go_on.set()
    assert ticker.stop()
    assert ended.is_set()


def test_a_ticker_that_never_started_stops() -> None:
    assert Ticker(Calls(1), LONG, Counters()).stop()
