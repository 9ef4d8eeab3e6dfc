"""One message per state change, whatever is killed: the server at any moment, or the courier itself."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.response.alerts_to_tell import receiver
from tests.response.receivers_on_loopback import (
    Answer,
    HttpReceiver,
    MailServer,
    Request,
    closing,
    wait_until,
)
from thorbis_monitor.response.channels.discovery import receiver_from
from thorbis_monitor.response.outbox import Delivery, recent_deliveries
from thorbis_monitor.response.receivers import Receiver
from thorbis_monitor.response.status import Status
from thorbis_monitor.store.state import State

ROOT = Path(__file__).parent.parent.parent
KILLS = 10
ALERTS = 25


class Server:
    """The stand-in for the server, as a process."""

    def __init__(self, plan: Path) -> None:
        script = Path(__file__).with_name("server_stand_in.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(plan)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        )
        assert self._line() == "ready"

    def tell(self, changes: Sequence[tuple[str, str]]) -> None:
        """Ask for announcements without waiting for them."""
        assert self.process.stdin is not None
        for name, kind in changes:
            self.process.stdin.write(f"{name} {kind}\n")
        self.process.stdin.flush()

    def confirm(self, count: int) -> None:
        """Wait until so many announcements are committed."""
        for _ in range(count):
            assert self._line()

    def courier(self) -> psutil.Process:
        """Its courier."""
        wait_until(lambda: bool(self._children()), "a courier runs")
        return self._children()[0]

    def kill(self) -> None:
        self.process.kill()
        self._ended()

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(60) == 0
        self._ended()

    def _ended(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        self.process.wait()

    def _children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def running(plan: Path) -> Iterator[Server]:
    """A server that does not outlive the test."""
    server = Server(plan)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def write_plan(folder: Path, *receivers: Receiver) -> Path:
    plan = folder / "plan.json"
    url = f"sqlite:///{folder / 'state.sqlite'}"
    plan.write_text(json.dumps({"state": url, "receivers": [one.document() for one in receivers]}))
    return plan


def deliveries(state: State) -> list[Delivery]:
    with state.read() as connection:
        return recent_deliveries(connection, limit=1000)


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_exactly_one_message_per_change_and_receiver_across_kills_of_the_server(
    state: State, tmp_path: Path, mail_server: MailServer, seed: int
) -> None:
    chance = random.Random(seed)
    released = threading.Event()
    released.set()
    failed: set[tuple[str, str]] = set()

    def fail_first(request: Request) -> Answer:
        if request.message in failed:
            return Answer()
        failed.add(request.message)
        return Answer(503)

    with closing(HttpReceiver()) as quick, closing(HttpReceiver()) as slow, closing(HttpReceiver()) as flaky:
        slow.answer = lambda _: Answer(when=released)
        flaky.answer = fail_first
        mail = receiver_from({"name": "mail", "apprise": {"url": mail_server.url(), "timeout": "60s"}})
        plan = write_plan(
            tmp_path,
            receiver("quick", quick.url),
            receiver("slow", slow.url),
            receiver("flaky", flaky.url),
            mail,
        )
        changes = [(f"a{number}", kind) for number in range(ALERTS) for kind in ("firing", "resolved")]
        left = list(changes)
        for remaining in range(KILLS, 0, -1):
            with running(plan) as server:
                portion = left[: max(1, len(left) // remaining)]
                released.clear()
                before = len(slow.requests)
                server.tell(portion)
                moment = chance.choice(["at once", "after some", "after all", "in flight"])
                if moment == "after some":
                    server.confirm(chance.randrange(1, len(portion) + 1))
                elif moment != "at once":
                    server.confirm(len(portion))
                if moment == "in flight":
                    slow.wait_for(before + 1)
                server.kill()
                released.set()
            with state.read() as connection:
                found = {(row.alert_id, row.change.value) for row in recent_deliveries(connection, 1000)}
            left = [change for change in changes if change not in found]
        with running(plan) as server:
            server.tell(left)
            server.confirm(len(left))
            wait_until(lambda: all(found.finished_at for found in deliveries(state)), "all finished", 120)
            server.stop()
        once = dict.fromkeys(changes, 1)
        assert {found.status for found in deliveries(state)} == {Status.DELIVERED}
        assert len(deliveries(state)) == 4 * len(changes)
        assert quick.messages == once
        assert slow.messages == once
        assert flaky.messages == once
    expected = {f"[{kind.upper()}] critical: {name}": 1 for name, kind in changes}
    assert mail_server.messages == expected


def test_a_killed_server_does_not_interrupt_a_delivery(
    state: State, tmp_path: Path, http_receiver: HttpReceiver
) -> None:
    go = threading.Event()
    http_receiver.answer = lambda _: Answer(when=go)
    with running(write_plan(tmp_path, receiver(url=http_receiver.url))) as server:
        server.tell([("a1", "firing")])
        http_receiver.wait_for(1)
        courier = server.courier()
        server.kill()
        assert not ended(courier)
        go.set()
        wait_until(lambda: ended(courier), "the courier has ended")
    assert [found.status for found in deliveries(state)] == [Status.DELIVERED]
    assert len(http_receiver.requests) == 1


def test_a_second_server_leaves_alone_what_the_first_ones_courier_holds(
    state: State, tmp_path: Path, http_receiver: HttpReceiver
) -> None:
    go = threading.Event()
    http_receiver.answer = lambda request: Answer(when=go if request.message[0] == "a1" else None)
    plan = write_plan(tmp_path, receiver(url=http_receiver.url))
    with running(plan) as first:
        first.tell([("a1", "firing")])
        http_receiver.wait_for(1)
        first.kill()
    with running(plan) as second:
        second.tell([("a1", "firing"), ("a2", "firing")])
        wait_until(lambda: ("a2", "firing") in http_receiver.messages, "the second server delivers")
        go.set()
        wait_until(lambda: all(found.finished_at for found in deliveries(state)), "finished")
        second.stop()
    assert http_receiver.messages == {("a1", "firing"): 1, ("a2", "firing"): 1}
    assert {found.status for found in deliveries(state)} == {Status.DELIVERED}


def test_what_a_killed_courier_may_have_sent_is_unconfirmed_and_not_sent_again(
    state: State, tmp_path: Path, http_receiver: HttpReceiver
) -> None:
    go = threading.Event()
    http_receiver.answer = lambda request: Answer(when=go if request.message[0] == "a1" else None)
    with running(write_plan(tmp_path, receiver(url=http_receiver.url))) as server:
        server.tell([("a1", "firing")])
        http_receiver.wait_for(1)
        courier = server.courier()
        courier.send_signal(signal.SIGKILL)
        wait_until(lambda: deliveries(state)[0].status is Status.UNCONFIRMED, "unconfirmed")
        go.set()
        server.tell([("a2", "firing")])
        wait_until(lambda: deliveries(state)[0].status is Status.DELIVERED, "the next courier delivers")
        server.stop()
    assert {found.alert_id: found.status for found in deliveries(state)} == {
        "a1": Status.UNCONFIRMED,
        "a2": Status.DELIVERED,
    }
    assert [request.message[0] for request in http_receiver.requests] == ["a1", "a2"]


@pytest.mark.slow
def test_nothing_is_sent_twice_when_couriers_are_killed_at_any_moment(
    state: State, tmp_path: Path, http_receiver: HttpReceiver
) -> None:
    chance = random.Random(3)
    changes = [(f"a{number}", "firing") for number in range(30)]
    with running(write_plan(tmp_path, receiver(url=http_receiver.url))) as server:
        for start in range(0, 30, 10):
            before = len(http_receiver.requests)
            server.tell(changes[start : start + 10])
            http_receiver.wait_for(before + chance.randrange(1, 10))
            server.courier().send_signal(signal.SIGKILL)
        wait_until(lambda: len(deliveries(state)) == 30, "all announced")
        wait_until(lambda: all(found.finished_at for found in deliveries(state)), "all finished")
        server.stop()
    by_status: dict[Status, set[str]] = {Status.DELIVERED: set(), Status.UNCONFIRMED: set()}
    for found in deliveries(state):
        by_status[found.status].add(found.alert_id)
    sent = http_receiver.messages
    assert set(sent.values()) == {1}
    assert {(name, "firing") for name in by_status[Status.DELIVERED]} <= sent.keys()
    assert len(by_status[Status.UNCONFIRMED]) <= 6, "only what was in flight: three kills, two at once"


def test_signals_to_the_group_of_the_server_do_not_reach_the_courier(
    state: State, tmp_path: Path, http_receiver: HttpReceiver
) -> None:
    go = threading.Event()
    http_receiver.answer = lambda _: Answer(when=go)
    with running(write_plan(tmp_path, receiver(url=http_receiver.url))) as server:
        server.tell([("a1", "firing")])
        http_receiver.wait_for(1)
        courier = server.courier()
        assert os.getpgid(courier.pid) != os.getpgid(server.process.pid)
        courier.send_signal(signal.SIGTERM)
        go.set()
        wait_until(lambda: ended(courier), "a terminated courier finishes what it holds and ends")
        server.stop()
    assert [found.status for found in deliveries(state)] == [Status.DELIVERED]


def test_secrets_are_neither_in_the_arguments_nor_in_the_environment_of_the_courier(
    state: State, tmp_path: Path, http_receiver: HttpReceiver
) -> None:
    go = threading.Event()
    http_receiver.answer = lambda _: Answer(when=go)
    with running(write_plan(tmp_path, receiver(url=f"{http_receiver.url}/s3cret"))) as server:
        server.tell([("a1", "firing")])
        http_receiver.wait_for(1)
        courier = server.courier()
        assert "s3cret" not in f"{courier.cmdline()} {courier.environ()}"
        go.set()
        server.stop()
    assert [found.status for found in deliveries(state)] == [Status.DELIVERED]
