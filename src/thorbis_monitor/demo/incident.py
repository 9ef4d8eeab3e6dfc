"""The incident: the payment provider fails, the application slows down, and somebody guesses passwords."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from thorbis_monitor.demo.cast import ENDPOINTS, LOGIN, PAYMENT, PEOPLE
from thorbis_monitor.demo.traffic import Traffic
from thorbis_monitor.demo.wire import Batch, ErrorPart
from thorbis_monitor.model.level import Level

SECONDS = 20
RULES = ("payment_processing_failures", "high_response_time", "error_rate_spike", "authentication_failures")
"""The default rules that the incident makes fire."""

_SLOW_PER_SECOND = 18
_SLOW_MS = (5_000.0, 11_000.0)
_STEP = timedelta(seconds=1)
_PROVIDER_DOWN = ErrorPart(
    "PaymentProviderError",
    "502 Bad Gateway from the card processor",
    stack="PaymentProviderError: 502 Bad Gateway\n    at charge (payments/provider.ts:88)\n"
    "    at capture (payments/service.ts:41)",
    code="PROVIDER_502",
)
_POOL_EMPTY = ErrorPart("PoolTimeoutError", "no database connection became free in 5 s", code="E_POOL")


@dataclass(frozen=True, slots=True)
class Scene:
    """One second of the incident, counted from its beginning, with a word on what happens."""

    second: int
    text: str
    batch: Batch


def incident(seed: int, start: datetime, speed: float = 1.0) -> Iterator[Scene]:
    """The seconds of the incident from a moment on; with ``speed`` the records lie closer together."""
    random = Random(seed)  # noqa: S311 - made-up data, nothing secret
    traffic = Traffic(random)
    step = _STEP / speed
    for second in range(SECONDS):
        at = start + second * step
        _payments(traffic, at, step, failing=second >= 1)
        if second >= SECONDS // 4:
            _slow_requests(traffic, random, at, step)
        if second >= SECONDS // 2:
            _password_guessing(traffic, random, at, step)
        traffic.memory(at)
        yield Scene(second, _text(second), traffic.batch(at + step))


def _payments(traffic: Traffic, at: datetime, step: timedelta, *, failing: bool) -> None:
    for part in range(3):
        moment = at + step * part / 3
        if failing:
            traffic.request(moment, PAYMENT, 502, 9_000 + 100 * part)
            traffic.log(moment, Level.ERROR, PAYMENT, "Payment for work order {order} failed", _PROVIDER_DOWN)
        else:
            traffic.request(moment, PAYMENT, 200, 4_000)
            traffic.log(moment, Level.WARN, PAYMENT, "Payment for work order {order} took 4 s")


def _slow_requests(traffic: Traffic, random: Random, at: datetime, step: timedelta) -> None:
    for part in range(_SLOW_PER_SECOND):
        moment = at + step * part / _SLOW_PER_SECOND
        endpoint = random.choice(ENDPOINTS[2:])
        duration = random.uniform(*_SLOW_MS)
        if random.random() < 1 / 4:
            traffic.request(moment, endpoint, 503, duration)
            traffic.log(moment, Level.ERROR, endpoint, endpoint.failed, _POOL_EMPTY, duration=round(duration))
        else:
            traffic.request(moment, endpoint, 200, duration)
            traffic.log(moment, Level.WARN, endpoint, f"Slow request: {endpoint.path}", duration=round(duration))


def _password_guessing(traffic: Traffic, random: Random, at: datetime, step: timedelta) -> None:
    for part in range(12):
        moment = at + step * part / 12
        traffic.request(moment, LOGIN, 401, traffic.duration(LOGIN))
        user = random.choice((*PEOPLE, "admin", "root", "test"))
        traffic.log(moment, Level.WARN, LOGIN, f"Authentication failed for user {user}")


def _text(second: int) -> str:
    if second < SECONDS // 4:
        return "payments fail"
    if second < SECONDS // 2:
        return "payments fail, requests become slow"
    return "payments fail, requests are slow, somebody guesses passwords"
