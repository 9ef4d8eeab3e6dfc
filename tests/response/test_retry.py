"""What follows an attempt."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.response.alerts_to_tell import NOON
from thorbis_monitor.response.channels.channel import DeliveryError
from thorbis_monitor.response.retry import (
    Attempt,
    Delivered,
    Failed,
    Retry,
    RetryPolicy,
    Step,
    Unconfirmed,
    next_step,
    wait,
)

POLICY = RetryPolicy()


def after(error: DeliveryError | None, number: int = 1, *, age: timedelta = timedelta(0), resend: bool = False) -> Step:
    return next_step(Attempt(number, NOON - age, error, resend), POLICY, NOON, lambda: 0.5)


def test_no_error_is_delivered() -> None:
    assert after(None) == Delivered()


def test_waits_double_up_to_the_longest() -> None:
    waits = [wait(number, None, POLICY, lambda: 0.5).total_seconds() for number in (1, 2, 3, 9, 10, 1000)]
    assert waits == [2, 4, 8, 512, 600, 600]


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_waits_spread_by_a_quarter(number: int, chance: float) -> None:
    middle = wait(number, None, POLICY, lambda: 0.5)
    assert 0.74 * middle <= wait(number, None, POLICY, lambda: chance) <= 1.26 * middle


def test_a_temporary_error_is_tried_again() -> None:
    assert after(DeliveryError("busy")) == Retry(NOON + timedelta(seconds=2), "busy")


def test_retry_after_is_honoured_within_an_hour() -> None:
    assert after(DeliveryError("busy", retry_after=90)) == Retry(NOON + timedelta(seconds=90), "busy")
    assert after(DeliveryError("busy", retry_after=1e9)) == Retry(NOON + timedelta(hours=1), "busy")
    assert after(DeliveryError("busy", retry_after=-5)) == Retry(NOON + timedelta(seconds=2), "busy")


def test_a_permanent_error_is_the_end() -> None:
    assert after(DeliveryError("gone", permanent=True)) == Failed("gone")


def test_after_a_day_it_is_given_up() -> None:
    assert isinstance(after(DeliveryError("busy"), 9, age=timedelta(hours=23)), Retry)
    assert after(DeliveryError("busy"), 9, age=timedelta(hours=24)) == Failed("busy; given up, tried 9 times")


def test_what_may_have_arrived_is_not_sent_again() -> None:
    step = after(DeliveryError("silence", handed_over=True))
    assert step == Unconfirmed("silence; not sent again, because it may have arrived")


def test_what_may_have_arrived_is_sent_again_where_the_receiver_asks_for_it() -> None:
    assert isinstance(after(DeliveryError("silence", handed_over=True), resend=True), Retry)
