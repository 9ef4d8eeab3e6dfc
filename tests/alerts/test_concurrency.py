"""People and the engine at the same moment: every change happens once, and none is lost."""

import threading
from collections import Counter
from datetime import timedelta

import pytest

from tests.alerts.bench import Bench, read_condition
from thorbis_monitor.alerts.errors import AlertConflictError
from thorbis_monitor.model.alert import ChangeKind

SECOND = timedelta(seconds=1)
DEADLINE = 30.0
ROUNDS = 10
ERROR = 17


def together(*actions: object) -> None:
    """Begin several actions at the same moment and wait for all of them."""
    barrier = threading.Barrier(len(actions))
    failures: list[Exception] = []

    def run(action: object) -> None:
        barrier.wait(DEADLINE)
        try:
            assert callable(action)
            action()
        except AlertConflictError:
            pass  # Somebody else was first.
        except Exception as failure:  # noqa: BLE001  told by the test itself
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
        assert not thread.is_alive()
    assert failures == []


@pytest.mark.parametrize("holds", [True, False])
def test_resolving_during_an_evaluation_happens_once_and_is_not_forgotten(any_bench: Bench, *, holds: bool) -> None:
    any_bench.start(read_condition("{log_count: {window: 1m, level: error, above: 0}}"))
    for _ in range(ROUNDS):
        any_bench.tick(timedelta(hours=1))
        any_bench.logs(1, severity=ERROR)
        any_bench.tick()
        (alert,) = any_bench.open_alerts()
        any_bench.clock.now += SECOND if holds else timedelta(hours=1)
        together(any_bench.engine.tick, lambda alert=alert: any_bench.book.resolve(alert.id, "ada"))
        assert any_bench.open_alerts() == []
        any_bench.engine.tick()
        assert any_bench.open_alerts() == []
        assert any_bench.status().errors == 0
    announced = Counter((change.alert.id, change.kind) for change in any_bench.changes)
    assert set(announced.values()) == {1}
    assert Counter(kind for _, kind in announced) == {ChangeKind.FIRING: ROUNDS, ChangeKind.RESOLVED: ROUNDS}


def test_two_people_resolve_an_alert_once(any_bench: Bench) -> None:
    any_bench.start(read_condition("{log_count: {window: 1m, level: error, above: 0}}"))
    any_bench.logs(1, severity=ERROR)
    any_bench.tick()
    (alert,) = any_bench.open_alerts()
    together(*[lambda name=name: any_bench.book.resolve(alert.id, name) for name in ("ada", "bob", "eve")])
    assert [change.kind for change in any_bench.changes] == [ChangeKind.FIRING, ChangeKind.RESOLVED]


def test_two_ticks_at_once_raise_one_alert(any_bench: Bench) -> None:
    any_bench.start(read_condition("{log_count: {window: 1m, level: error, above: 0}}"))
    any_bench.logs(1, severity=ERROR)
    together(any_bench.engine.tick, any_bench.engine.tick, any_bench.engine.status)
    assert len(any_bench.changes) == 1
