"""What follows an attempt to deliver: a pure decision over values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from thorbis_monitor.response.channels.channel import DeliveryError

Random = Callable[[], float]
"""Returns a number in [0, 1)."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits double from ``first`` up to ``longest``; what fails after ``give_up_after`` is not tried again.

    What a receiver asks for by ``Retry-After`` is followed up to ``longest_asked``.
    """

    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=10)
    give_up_after: timedelta = timedelta(hours=24)
    longest_asked: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has the message."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt is made at ``at``."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no other attempt, and the receiver does not have the message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """There will be no other attempt; whether the receiver has the message is not known."""

    reason: str


Step = Delivered | Retry | Failed | Unconfirmed


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that ended: its number (from 1), when the delivery was created, and what went wrong."""

    number: int
    created_at: datetime
    error: DeliveryError | None
    resend_unconfirmed: bool = False


def next_step(attempt: Attempt, policy: RetryPolicy, now: datetime, random: Random) -> Step:
    """Decide what becomes of a delivery after an attempt."""
    error = attempt.error
    if error is None:
        return Delivered()
    if error.handed_over and not attempt.resend_unconfirmed:
        return Unconfirmed(f"{error.reason}; not sent again, because it may have arrived")
    if error.permanent:
        return Failed(error.reason)
    at = now + wait(attempt.number, error.retry_after, policy, random)
    if at > attempt.created_at + policy.give_up_after:
        times = "once" if attempt.number == 1 else f"{attempt.number} times"
        return Failed(f"{error.reason}; given up, tried {times}")
    return Retry(at, error.reason)


def wait(number: int, asked: float | None, policy: RetryPolicy, random: Random) -> timedelta:
    """The time until the next attempt: doubling, spread by a quarter, never less than asked for."""
    doubled = policy.first * 2.0 ** min(number - 1, 30)
    spread = min(doubled, policy.longest) * (0.75 + 0.5 * random())
    if asked is None:
        return spread
    return max(spread, min(timedelta(seconds=max(asked, 0)), policy.longest_asked))
