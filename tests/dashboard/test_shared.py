from datetime import UTC, datetime, timedelta

from thorbis_monitor.dashboard.shared import Shared


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def counting(clock: Clock) -> tuple[Shared[int], list[datetime]]:
    computed: list[datetime] = []

    def compute(now: datetime) -> int:
        computed.append(now)
        return len(computed)

    return Shared(compute, timedelta(seconds=2), clock), computed


def test_a_value_is_computed_when_asked_and_shared_while_it_is_young() -> None:
    clock = Clock()
    shared, computed = counting(clock)
    assert computed == []
    assert [shared.get(), shared.get()] == [1, 1]
    clock.now += timedelta(seconds=1.9)
    assert shared.get() == 1
    clock.now += timedelta(seconds=0.1)
    assert shared.get() == 2


def test_a_value_is_computed_anew_after_a_change_or_when_the_clock_was_set_back() -> None:
    clock = Clock()
    shared, _ = counting(clock)
    shared.get()
    shared.forget()
    assert shared.get() == 2
    clock.now -= timedelta(hours=1)
    assert shared.get() == 3
