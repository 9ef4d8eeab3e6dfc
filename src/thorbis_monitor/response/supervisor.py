"""Keeps a courier running as long as there is something to deliver."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from thorbis_monitor.model.clock import Clock, NewId, new_id
from thorbis_monitor.model.counters import Counters
from thorbis_monitor.response import ledger
from thorbis_monitor.response.courier.process import CourierProcess
from thorbis_monitor.response.courier.settings import CourierSettings
from thorbis_monitor.response.outbox import count_pending
from thorbis_monitor.response.receivers import Receiver
from thorbis_monitor.response.retry import RetryPolicy
from thorbis_monitor.store.state import State

_SAFETY_POLL = 30.0
_LONGEST_PAUSE = 60.0
_SHORTEST_WAIT = 0.05

_log = logging.getLogger(__name__)


class CourierSupervisor:
    """Starts the courier when a delivery is due, and again when it crashed; an idle server has none."""

    def __init__(
        self,
        state: State,
        receivers: Iterable[Receiver],
        clock: Clock,
        counters: Counters,
        *,
        new_id: NewId = new_id,
        policy: RetryPolicy | None = None,
        idle: timedelta = timedelta(seconds=60),
    ) -> None:
        """Nothing is started before ``start``."""
        self._state = state
        self._receivers = list(receivers)
        self._clock = clock
        self._counters = counters
        self._new_id = new_id
        self._policy = policy or RetryPolicy()
        self._idle = idle
        self._changed = threading.Condition()
        self._courier: CourierProcess | None = None
        self._woken = False
        self._stopping = False
        self._crashes = 0
        self._not_before = 0.0
        self._thread = threading.Thread(target=self._run, name="courier-supervisor", daemon=True)
        counters.describe("thorbis_deliveries_total", "Attempts to deliver a message, by receiver and outcome.")
        counters.describe("thorbis_courier_crashes_total", "Times that the courier ended with an error.")
        counters.gauge("thorbis_deliveries_pending", "Messages that wait for their delivery.", self._pending)

    def start(self) -> None:
        """Begin to watch the outbox."""
        self._thread.start()

    def wake(self) -> None:
        """Something was announced; cheap, call it after each transaction that announced."""
        with self._changed:
            self._woken = True
            if self._courier is not None:
                self._courier.wake()
            self._changed.notify_all()

    def replace_receivers(self, receivers: Iterable[Receiver]) -> None:
        """Deliver to these from now on; what is on its way is finished by the old courier."""
        with self._changed:
            self._receivers = list(receivers)
            if self._courier is not None:
                self._courier.close()
                self._courier = None
            self._woken = True
            self._changed.notify_all()

    def stop(self, timeout: float) -> bool:
        """End the courier; False when it still finishes what it holds, and will end by itself."""
        deadline = time.monotonic() + timeout
        with self._changed:
            self._stopping = True
            courier = self._courier
            self._changed.notify_all()
        if courier is not None:
            courier.close()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return courier is None or courier.wait(max(0.0, deadline - time.monotonic()))

    @property
    def courier_pid(self) -> int | None:
        """The process id of the courier, when there is one."""
        with self._changed:
            return self._courier.pid if self._courier else None

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._stopping:
                    return
                self._woken = False
                running = self._courier is not None
            wait = _SAFETY_POLL if running else self._look()
            with self._changed:
                if not self._woken and not self._stopping:
                    self._changed.wait(max(wait, _SHORTEST_WAIT))

    def _look(self) -> float:
        """Start a courier when it is time; return the seconds until the next look."""
        now, monotonic = self._clock(), time.monotonic()
        try:
            self._tidy()
            with self._state.read() as connection:
                due = ledger.next_due(connection, self._names(), now)
                lapse = ledger.next_lapse(connection)
        except SQLAlchemyError as error:
            _log.warning("the outbox cannot be read: %s", type(error.__cause__ or error).__name__)
            return 1.0
        if due is not None and due <= now:
            if monotonic < self._not_before:
                return self._not_before - monotonic
            self._launch()
            return _SAFETY_POLL
        moments = [(moment - now).total_seconds() for moment in (due, lapse) if moment is not None]
        return min([_SAFETY_POLL, *(max(moment, 0.0) for moment in moments)])

    def _tidy(self) -> None:
        now = self._clock()
        with self._state.begin() as connection:
            for receiver, count in ledger.sweep(connection, now, self._resend()).items():
                self._counters.add("thorbis_deliveries_total", count, receiver=receiver, status="unconfirmed")
            ledger.fail_orphans(connection, self._names(), now, self._policy.give_up_after)

    def _launch(self) -> None:
        with self._changed:
            if self._stopping:
                return
            settings = CourierSettings(
                courier=self._new_id(),
                state_url=self._state.url.render_as_string(hide_password=False),
                receivers=[receiver.document() for receiver in self._receivers],
                policy=self._policy,
                idle_seconds=self._idle.total_seconds(),
            )
            try:
                self._courier = CourierProcess(settings, self._count, self._ended)
            except OSError as error:
                self._pause(f"cannot be started: {error.strerror}")

    def _count(self, receiver: str, outcome: str) -> None:
        self._counters.add("thorbis_deliveries_total", receiver=receiver, status=outcome)

    def _ended(self, courier: CourierProcess) -> None:
        """Called by the courier's watcher: what it held is given back or, if it may have left, finished."""
        with contextlib.suppress(SQLAlchemyError), self._state.begin() as connection:
            for receiver, count in ledger.release(connection, courier.id, self._clock(), self._resend()).items():
                self._counters.add("thorbis_deliveries_total", count, receiver=receiver, status="unconfirmed")
        with self._changed:
            if self._courier is courier:
                self._courier = None
            if courier.exit_status:
                self._counters.add("thorbis_courier_crashes_total")
                self._pause(f"ended with status {courier.exit_status}")
            else:
                self._crashes = 0
            self._woken = True
            self._changed.notify_all()

    def _pause(self, why: str) -> None:
        pause = min(2.0**self._crashes, _LONGEST_PAUSE)
        self._crashes = min(self._crashes + 1, 10)
        self._not_before = time.monotonic() + pause
        _log.warning("the courier %s; the next is started in %g s", why, pause)

    def _names(self) -> list[str]:
        return [receiver.name for receiver in self._receivers]

    def _resend(self) -> list[str]:
        return [receiver.name for receiver in self._receivers if receiver.settings.resend_unconfirmed]

    def _pending(self) -> float:
        with self._state.read() as connection:
            return count_pending(connection)
