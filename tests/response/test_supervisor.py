"""The supervisor: a courier when there is something to deliver, none otherwise."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from tests.response.alerts_to_tell import EXTERNAL_URL, firing, receiver
from tests.response.receivers_on_loopback import Answer, HttpReceiver, closing, wait_until
from thorbis_monitor.model.clock import new_id, utc_now
from thorbis_monitor.model.counters import Counters
from thorbis_monitor.response.outbox import Outbox, recent_deliveries
from thorbis_monitor.response.receivers import Receiver
from thorbis_monitor.response.status import Status
from thorbis_monitor.response.supervisor import CourierSupervisor
from thorbis_monitor.store.state import State


@contextmanager
def supervisor(
    state: State, receivers: list[Receiver], counters: Counters | None = None, idle: float = 60
) -> Iterator[CourierSupervisor]:
    runner = CourierSupervisor(state, receivers, utc_now, counters or Counters(), idle=timedelta(seconds=idle))
    runner.start()
    try:
        yield runner
    finally:
        assert runner.stop(30)


def announce(state: State, receivers: list[Receiver], name: str = "a1") -> None:
    with state.begin() as connection:
        Outbox(receivers, utc_now, new_id, EXTERNAL_URL).announce(connection, firing(name))


def statuses(state: State) -> set[Status]:
    with state.read() as connection:
        return {delivery.status for delivery in recent_deliveries(connection)}


def test_without_deliveries_there_is_no_courier(state: State) -> None:
    with supervisor(state, [receiver()]) as runner:
        runner.wake()
        assert runner.courier_pid is None


def test_what_is_announced_is_delivered_and_the_idle_courier_leaves(state: State, http_receiver: HttpReceiver) -> None:
    receivers, counters = [receiver(url=http_receiver.url)], Counters()
    with supervisor(state, receivers, counters, idle=0.2) as runner:
        announce(state, receivers)
        assert "thorbis_deliveries_pending 1\n" in counters.render()
        runner.wake()
        wait_until(lambda: statuses(state) == {Status.DELIVERED}, "delivered")
        wait_until(lambda: runner.courier_pid is None, "the courier has left")
        announce(state, receivers, "a2")
        runner.wake()
        wait_until(lambda: len(http_receiver.accepted) == 2, "the next courier delivers")
        wait_until(lambda: runner.courier_pid is None, "the courier has left")
    text = counters.render()
    assert 'thorbis_deliveries_total{receiver="ops",status="delivered"} 2\n' in text
    assert "thorbis_deliveries_pending 0\n" in text
    assert "thorbis_courier_crashes_total 0\n" in text


def test_what_was_left_from_before_is_delivered_at_start(state: State, http_receiver: HttpReceiver) -> None:
    receivers = [receiver(url=http_receiver.url)]
    announce(state, receivers)
    with supervisor(state, receivers):
        wait_until(lambda: statuses(state) == {Status.DELIVERED}, "delivered")


def test_stopping_waits_for_what_is_on_its_way(state: State, http_receiver: HttpReceiver) -> None:
    go = threading.Event()
    http_receiver.answer = lambda _: Answer(when=go)
    receivers = [receiver(url=http_receiver.url)]
    announce(state, receivers)
    runner = CourierSupervisor(state, receivers, utc_now, Counters())
    runner.start()
    http_receiver.wait_for(1)
    assert not runner.stop(0.1), "it says when something is still on its way"
    go.set()
    assert runner.stop(30)
    assert statuses(state) == {Status.DELIVERED}


def test_other_receivers_take_over_without_a_restart(state: State, http_receiver: HttpReceiver) -> None:
    old = [receiver("old", http_receiver.url)]
    with closing(HttpReceiver()) as other, supervisor(state, old) as runner:
        announce(state, old)
        runner.wake()
        wait_until(lambda: len(http_receiver.accepted) == 1, "delivered to the old one")
        new = [receiver("new", other.url)]
        runner.replace_receivers(new)
        announce(state, new, "a2")
        runner.wake()
        wait_until(lambda: statuses(state) == {Status.DELIVERED}, "delivered to the new one")
        assert other.messages == {("a2", "firing"): 1}


def test_a_courier_that_crashes_is_counted_and_replaced(state: State, http_receiver: HttpReceiver) -> None:
    go = threading.Event()
    http_receiver.answer = lambda request: Answer(when=go if request.message[0] == "a1" else None)
    receivers, counters = [receiver(url=http_receiver.url)], Counters()
    announce(state, receivers)
    with supervisor(state, receivers, counters) as runner:
        http_receiver.wait_for(1)
        pid = runner.courier_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: statuses(state) == {Status.UNCONFIRMED}, "unconfirmed")
        announce(state, receivers, "a2")
        runner.wake()
        wait_until(lambda: len(http_receiver.requests) == 2, "the next courier delivers")
        go.set()
    assert counters.total("thorbis_courier_crashes_total") == 1
    assert 'thorbis_deliveries_total{receiver="ops",status="unconfirmed"} 1\n' in counters.render()
