"""The courier's loop: takes what is due, bounded per receiver, and records what became of it."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from thorbis_monitor.model.clock import Clock
from thorbis_monitor.response import ledger
from thorbis_monitor.response import retry as decision
from thorbis_monitor.response.channels.channel import Channel, DeliveryError
from thorbis_monitor.response.courier.attempt import Attempt, NoLongerHeldError
from thorbis_monitor.response.courier.settings import CourierSettings
from thorbis_monitor.response.receivers import Receiver
from thorbis_monitor.store.state import State

_PARALLEL = 16
_PER_RECEIVER = 2
_MOST_STUCK = 8
_LEASE_MARGIN = timedelta(seconds=30)
_POLL = 5.0
_SHORTEST_WAIT = 0.02
_SWEEP_EVERY = 30.0
_MOST_DATABASE_FAILURES = 10
_RECORD_ATTEMPTS = 20

_log = logging.getLogger(__name__)


class StateLostError(Exception):
    """The state database has failed again and again."""


@dataclass(frozen=True)
class Surroundings:
    """What the courier takes from the process: time, chance, and whom it tells the outcomes."""

    clock: Clock
    monotonic: Callable[[], float]
    random: decision.Random
    report: Callable[[str, str], None] = field(default=lambda _receiver, _outcome: None)


class Courier:
    """Delivers until it is closed or there was nothing to do for a while."""

    def __init__(
        self, state: State, receivers: Iterable[Receiver], settings: CourierSettings, around: Surroundings
    ) -> None:
        """Nothing is sent before ``run``."""
        self._state = state
        self._receivers = {receiver.name: receiver for receiver in receivers}
        self._channels: dict[str, Channel] = {name: entry.open() for name, entry in self._receivers.items()}
        self._resend = [name for name, entry in self._receivers.items() if entry.settings.resend_unconfirmed]
        self._settings = settings
        self._around = around
        self._changed = threading.Condition()
        self._flying: dict[str, Attempt] = {}
        self._stuck: list[Attempt] = []
        self._closing = False
        self._woken = False
        self._taken = 0
        self._failures = 0
        self._lost = False
        self._busy_at = around.monotonic()
        self._swept_at = float("-inf")

    def wake(self) -> None:
        """There may be something to deliver."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def close(self) -> None:
        """Take nothing more; ``run`` ends when what is on its way has ended."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def release(self) -> None:
        """Let go of what the channels hold, after ``run``."""
        for channel in self._channels.values():
            channel.close()

    def run(self) -> None:
        """Deliver.

        Raises:
            StateLostError: the state database cannot be used.
        """
        while True:
            self._abandon_stuck()
            next_due = None if self._closing else self._look()
            with self._changed:
                if not self._flying and (self._closing or self._is_idle(next_due)):
                    break
                if not self._woken:
                    self._changed.wait(self._patience(next_due))
                self._woken = False
        if self._lost:
            raise StateLostError

    def _look(self) -> float | None:
        """Take what is due; return the seconds until more is."""
        try:
            if self._around.monotonic() - self._swept_at >= _SWEEP_EVERY:
                self._sweep()
            while self._take():
                self._busy_at = self._around.monotonic()
            names = self._with_room()
            if not names:
                return None
            now = self._around.clock()
            with self._state.read() as connection:
                moment = ledger.next_due(connection, names, now)
        except SQLAlchemyError as error:
            self._failures += 1
            _log.warning("the state database failed: %s", type(error.__cause__ or error).__name__)
            if self._failures >= _MOST_DATABASE_FAILURES:
                self._lost = self._closing = True
            return 1.0
        self._failures = 0
        return None if moment is None else max(0.0, (moment - now).total_seconds())

    def _take(self) -> bool:
        names = self._with_room()
        room = _PARALLEL - len(self._flying)
        if not names or room <= 0:
            return False
        with self._state.read() as connection:
            found = ledger.due(connection, names, self._around.clock(), room)
        if not found:
            return False
        attempts = self._claim(found)
        for attempt in attempts:
            attempt.start()
        return bool(attempts)

    def _claim(self, found: list[tuple[str, str]]) -> list[Attempt]:
        flying = Counter(attempt.claimed.receiver for attempt in self._flying.values())
        attempts = []
        with self._state.begin() as connection:
            for delivery_id, receiver in found:
                if flying[receiver] >= _PER_RECEIVER:
                    continue
                lease = self._lease(receiver)
                claimed = ledger.claim(connection, delivery_id, lease, self._around.clock())
                if claimed is not None:
                    flying[receiver] += 1
                    limit = self._channels[receiver].time_limit.total_seconds()
                    gives_up_at = self._around.monotonic() + limit
                    channel = self._channels[receiver]
                    attempts.append(
                        Attempt(claimed, lease.holder, channel, gives_up_at, self._hand_over, self._finished)
                    )
        with self._changed:
            self._flying.update({attempt.holder: attempt for attempt in attempts})
        return attempts

    def _lease(self, receiver: str) -> ledger.Lease:
        """A new name for each attempt; held beyond the moment at which the attempt counts as stuck."""
        self._taken += 1
        limit = self._channels[receiver].time_limit + _LEASE_MARGIN
        return ledger.Lease(f"{self._settings.courier}.{self._taken}", self._around.clock() + limit)

    def _hand_over(self, attempt: Attempt) -> None:
        if self._around.monotonic() >= attempt.gives_up_at:
            raise NoLongerHeldError
        limit = self._channels[attempt.claimed.receiver].time_limit + _LEASE_MARGIN
        lease = ledger.Lease(attempt.holder, self._around.clock() + limit)
        with self._state.begin() as connection:
            if not ledger.hand_over(connection, attempt.claimed.id, lease):
                raise NoLongerHeldError

    def _finished(self, attempt: Attempt, error: DeliveryError | None) -> None:
        self._record(attempt, error)
        with self._changed:
            self._flying.pop(attempt.holder, None)
            self._woken = True
            self._busy_at = self._around.monotonic()
            self._changed.notify_all()

    def _record(self, attempt: Attempt, error: DeliveryError | None) -> None:
        receiver = attempt.claimed.receiver
        step = decision.next_step(
            decision.Attempt(attempt.claimed.attempt, attempt.created_at, error, receiver in self._resend),
            self._settings.policy,
            self._around.clock(),
            self._around.random,
        )
        for _ in range(_RECORD_ATTEMPTS):
            try:
                with self._state.begin() as connection:
                    held = ledger.record(connection, attempt.claimed.id, attempt.holder, step, self._around.clock())
            except SQLAlchemyError as failure:
                # What is not recorded becomes unconfirmed when the lease runs out.
                _log.warning("an outcome cannot be recorded: %s", type(failure.__cause__ or failure).__name__)
                threading.Event().wait(1.0)
                continue
            if held:
                self._tell(attempt, step)
            return

    def _tell(self, attempt: Attempt, step: decision.Step) -> None:
        outcome = type(step).__name__.lower()
        self._around.report(attempt.claimed.receiver, outcome)
        details = {"receiver": attempt.claimed.receiver, "delivery": attempt.claimed.id, "outcome": outcome}
        if not isinstance(step, decision.Delivered):
            details["reason"] = step.reason
        level = logging.INFO if isinstance(step, decision.Delivered) else logging.WARNING
        _log.log(level, "%s", json.dumps(details, ensure_ascii=False))

    def _abandon_stuck(self) -> None:
        """Give up what takes too long; its thread is left alone and cannot begin to send any more."""
        now = self._around.monotonic()
        with self._changed:
            overdue = [attempt for attempt in self._flying.values() if now >= attempt.gives_up_at]
            for attempt in overdue:
                del self._flying[attempt.holder]
            self._stuck = [attempt for attempt in [*self._stuck, *overdue] if attempt.alive]
            if len(self._stuck) >= _MOST_STUCK:
                # Threads cannot be ended, a process can: the server starts the next one.
                self._closing = True
        for attempt in overdue:
            limit = self._channels[attempt.claimed.receiver].time_limit.total_seconds()
            reason = f"no end after {limit:g} s, the channel is stuck"
            self._record(attempt, DeliveryError(reason, handed_over=attempt.handed_over))

    def _sweep(self) -> None:
        with self._state.begin() as connection:
            interrupted = ledger.sweep(connection, self._around.clock(), self._resend)
        self._swept_at = self._around.monotonic()
        for receiver, count in interrupted.items():
            for _ in range(count):
                self._around.report(receiver, "unconfirmed")

    def _with_room(self) -> list[str]:
        with self._changed:
            flying = Counter(attempt.claimed.receiver for attempt in self._flying.values())
        return [name for name in self._receivers if flying[name] < _PER_RECEIVER]

    def _is_idle(self, next_due: float | None) -> bool:
        idle = self._settings.idle_seconds
        return (next_due is None or next_due > idle) and self._around.monotonic() - self._busy_at >= idle

    def _patience(self, next_due: float | None) -> float:
        now = self._around.monotonic()
        moments = [_POLL, *(attempt.gives_up_at - now for attempt in self._flying.values())]
        if next_due is not None and len(self._flying) < _PARALLEL:
            moments.append(next_due)
        if not self._flying:
            moments.append(self._busy_at + self._settings.idle_seconds - now)
        return max(min(moments), _SHORTEST_WAIT)
