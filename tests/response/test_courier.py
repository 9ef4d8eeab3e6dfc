"""The courier's loop: parallel, bounded, in order, never twice."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.response.alerts_to_tell import EXTERNAL_URL, firing, receiver, resolved
from tests.response.receivers_on_loopback import Answer, HttpReceiver, Request, closing, wait_until
from thorbis_monitor.model.alert import AlertChange
from thorbis_monitor.model.clock import new_id, utc_now
from thorbis_monitor.response.channels.channel import ChannelType, HandOver
from thorbis_monitor.response.channels.settings import ChannelSettings
from thorbis_monitor.response.courier.loop import Courier, Surroundings
from thorbis_monitor.response.courier.settings import CourierSettings
from thorbis_monitor.response.message import Message
from thorbis_monitor.response.outbox import Delivery, Outbox, recent_deliveries
from thorbis_monitor.response.receivers import Receiver, ReceiverSettings
from thorbis_monitor.response.retry import RetryPolicy
from thorbis_monitor.response.status import Status
from thorbis_monitor.store.state import State

QUICK = RetryPolicy(first=timedelta(milliseconds=20), longest=timedelta(milliseconds=100))


class ChannelOfATest:
    """A channel that does what a test says."""

    def __init__(self, send: Callable[[Message, HandOver], None], limit: float = 0.5) -> None:
        self.time_limit = timedelta(seconds=limit)
        self._send = send

    def send(self, message: Message, hand_over: HandOver) -> None:
        self._send(message, hand_over)

    def close(self) -> None:
        pass


def through(name: str, send: Callable[[Message, HandOver], None], limit: float = 0.5) -> Receiver:
    channel = ChannelType("test", ChannelSettings, lambda _: ChannelOfATest(send, limit), lambda _: "a test")
    return Receiver(ReceiverSettings(name=name), channel, ChannelSettings())


def announce(state: State, receivers: list[Receiver], *changes: AlertChange) -> None:
    box = Outbox(receivers, utc_now, new_id, EXTERNAL_URL)
    with state.begin() as connection:
        for change in changes:
            box.announce(connection, change)


@contextmanager
def courier(
    state: State, receivers: list[Receiver], outcomes: list[tuple[str, str]] | None = None, idle: float = 60
) -> Iterator[tuple[Courier, threading.Thread]]:
    settings = CourierSettings(new_id(), str(state.url), [], QUICK, idle)
    report = (lambda name, outcome: outcomes.append((name, outcome))) if outcomes is not None else lambda *_: None
    around = Surroundings(utc_now, time.monotonic, random.Random(1).random, report)
    runner = Courier(state, receivers, settings, around)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield runner, thread
    finally:
        runner.close()
        thread.join(30)
        runner.release()
        assert not thread.is_alive()


def deliveries(state: State) -> list[Delivery]:
    with state.read() as connection:
        return recent_deliveries(connection)


def all_are(state: State, status: Status) -> bool:
    return all(delivery.status is status for delivery in deliveries(state))


def test_what_fails_for_a_while_is_delivered_exactly_once(state: State, http_receiver: HttpReceiver) -> None:
    http_receiver.answer = lambda _: Answer(503 if len(http_receiver.requests) < 3 else 200)
    receivers, outcomes = [receiver(url=http_receiver.url)], list[tuple[str, str]]()
    announce(state, receivers, firing())
    with courier(state, receivers, outcomes):
        wait_until(lambda: all_are(state, Status.DELIVERED), "delivered")
    assert len(http_receiver.requests) == 3
    assert http_receiver.messages == {("a1", "firing"): 1}
    assert len({request.headers["idempotency-key"] for request in http_receiver.requests}) == 1
    assert outcomes == [("ops", "retry"), ("ops", "retry"), ("ops", "delivered")]
    assert deliveries(state)[0].attempts == 3


def test_retry_after_is_waited_for(state: State, http_receiver: HttpReceiver) -> None:
    http_receiver.answer = lambda _: Answer(429, {"Retry-After": "1"}) if len(http_receiver.requests) < 2 else Answer()
    receivers = [receiver(url=http_receiver.url)]
    announce(state, receivers, firing())
    with courier(state, receivers):
        wait_until(lambda: all_are(state, Status.DELIVERED), "delivered")
    first, second = http_receiver.requests
    assert second.at - first.at >= 0.95


def test_a_refusal_is_the_end(state: State, http_receiver: HttpReceiver) -> None:
    http_receiver.answer = lambda _: Answer(404)
    receivers = [receiver(url=f"{http_receiver.url}/s3cret")]
    announce(state, receivers, firing())
    with courier(state, receivers):
        wait_until(lambda: all_are(state, Status.FAILED), "failed")
    assert deliveries(state)[0].error == f"{http_receiver.url}/… answered 404 (Not Found)"


def test_the_end_is_sent_after_the_beginning_was_delivered(state: State, http_receiver: HttpReceiver) -> None:
    http_receiver.answer = lambda request: Answer(200 if _seen(http_receiver, request) > 2 else 500)
    receivers = [receiver(url=http_receiver.url)]
    announce(state, receivers, firing(), resolved())
    with courier(state, receivers):
        wait_until(lambda: all_are(state, Status.DELIVERED), "delivered")
    assert [request.body["status"] for request in http_receiver.requests] == ["firing"] * 3 + ["resolved"] * 3


def _seen(receiver: HttpReceiver, request: Request) -> int:
    return sum(1 for other in receiver.requests if other.message == request.message)


def test_a_receiver_that_hangs_stops_no_other(state: State, http_receiver: HttpReceiver) -> None:
    never = threading.Event()
    with closing(HttpReceiver()) as slow:
        slow.answer = lambda _: Answer(when=never)
        receivers = [receiver("slow", slow.url), receiver("quick", http_receiver.url)]
        announce(state, receivers, *(firing(f"a{number}") for number in range(20)))
        with courier(state, receivers):
            wait_until(lambda: len(http_receiver.accepted) == 20, "the quick one has everything")
            assert len(slow.requests) == 2, "bounded per receiver"
            never.set()
            wait_until(lambda: all_are(state, Status.DELIVERED), "all delivered")
        assert set(slow.messages.values()) == {1}


def test_a_channel_that_is_stuck_after_the_hand_over_is_unconfirmed(state: State) -> None:
    free = threading.Event()

    def hang(message: Message, hand_over: HandOver) -> None:
        hand_over()
        free.wait(60)

    receivers = [through("stuck", hang)]
    announce(state, receivers, firing())
    with courier(state, receivers):
        wait_until(lambda: all_are(state, Status.UNCONFIRMED), "unconfirmed")
        assert "stuck" in (deliveries(state)[0].error or "")
        free.set()
        wait_until(lambda: all_are(state, Status.DELIVERED), "the late confirmation is recorded")


def test_a_channel_that_is_stuck_before_the_hand_over_never_sends_after_it_was_given_up(state: State) -> None:
    free, sent, calls = threading.Event(), list[int](), list[int]()

    def hang_once(message: Message, hand_over: HandOver) -> None:
        calls.append(1)
        number = len(calls)
        if number == 1:
            free.wait(60)
        hand_over()
        sent.append(number)

    receivers = [through("stuck", hang_once)]
    announce(state, receivers, firing())
    with courier(state, receivers):
        wait_until(lambda: all_are(state, Status.DELIVERED), "delivered by a later attempt")
        free.set()
    wait_until(lambda: not any(thread.name.startswith("deliver-") for thread in threading.enumerate()), "ended")
    assert len(sent) == 1
    assert sent != [1]


def test_a_courier_with_many_stuck_threads_ends_so_that_another_can_begin(state: State) -> None:
    free = threading.Event()

    def hang(message: Message, hand_over: HandOver) -> None:
        free.wait(60)

    receivers = [through("stuck", hang, limit=0.05)]
    announce(state, receivers, firing("a1"), firing("a2"))
    with courier(state, receivers) as (_, thread):
        thread.join(30)
        assert not thread.is_alive()
    free.set()
    assert all_are(state, Status.PENDING)


def test_a_channel_that_raises_is_tried_again_and_its_words_are_not_repeated(state: State) -> None:
    calls: list[int] = []

    def fail_once(message: Message, hand_over: HandOver) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("token s3cret")
        if len(calls) == 2:
            hand_over()
            raise RuntimeError("token s3cret")

    receivers = [through("bad", fail_once)]
    announce(state, receivers, firing())
    with courier(state, receivers):
        wait_until(lambda: all_are(state, Status.UNCONFIRMED), "unconfirmed")
    (delivery,) = deliveries(state)
    assert delivery.attempts == 2
    assert "RuntimeError in test_courier.py" in (delivery.error or "")
    assert "s3cret" not in (delivery.error or "")


def test_a_courier_that_is_closed_finishes_what_it_holds_and_takes_no_more(
    state: State, http_receiver: HttpReceiver
) -> None:
    go = threading.Event()
    http_receiver.answer = lambda _: Answer(when=go)
    receivers = [receiver(url=http_receiver.url)]
    announce(state, receivers, *(firing(f"a{number}") for number in range(5)))
    with courier(state, receivers) as (runner, thread):
        http_receiver.wait_for(2)
        runner.close()
        go.set()
        thread.join(30)
    found = sorted(delivery.status for delivery in deliveries(state))
    assert found == [Status.DELIVERED] * 2 + [Status.PENDING] * 3
    assert len(http_receiver.requests) == 2


def test_a_courier_without_work_leaves(state: State) -> None:
    with courier(state, [receiver()], idle=0.1) as (_, thread):
        thread.join(30)
        assert not thread.is_alive()


def test_a_message_that_cannot_be_read_is_set_aside(state: State, http_receiver: HttpReceiver) -> None:
    receivers = [receiver(url=http_receiver.url)]
    announce(state, receivers, firing("bad"), firing("good"))
    with state.begin() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET payload = '{\"format\": 99}' WHERE alert_id = 'bad'")
    with courier(state, receivers):
        wait_until(lambda: all(found.finished_at for found in deliveries(state)), "finished")
    assert {found.alert_id: found.status for found in deliveries(state)} == {
        "bad": Status.FAILED,
        "good": Status.DELIVERED,
    }


@pytest.mark.parametrize("seed", range(3))
def test_two_couriers_share_the_work_without_sending_anything_twice(
    state: State, http_receiver: HttpReceiver, seed: int
) -> None:
    receivers = [receiver(url=http_receiver.url)]
    names = [f"a{number}" for number in range(30)]
    random.Random(seed).shuffle(names)
    announce(state, receivers, *(firing(name) for name in names))
    with courier(state, receivers), courier(state, receivers):
        wait_until(lambda: all_are(state, Status.DELIVERED), "delivered")
    assert http_receiver.messages == dict.fromkeys(((name, "firing") for name in names), 1)


def test_the_process_loads_only_what_it_needs_to_begin() -> None:
    script = (
        "import sys, thorbis_monitor.response.courier.__main__;"
        "print(*{'alembic', 'apprise', 'chdb', 'clickhouse_connect', 'fastapi', 'httpx', 'nicegui'}"
        " & set(sys.modules))"
    )
    source = str(Path(__file__).parent.parent.parent / "src")
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        check=True,
    )
    assert done.stdout.split() == []
