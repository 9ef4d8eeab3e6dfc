"""Requests of the application as log records and samples; all chance comes from one seeded source."""

import math
from collections import Counter
from datetime import datetime, timedelta
from random import Random

from thorbis_monitor.demo.cast import (
    ENDPOINTS,
    ENVIRONMENT,
    LOGIN,
    MEMORY_SERVICES,
    PAYMENT,
    PEOPLE,
    SERVICE,
    TENANTS,
    Endpoint,
)
from thorbis_monitor.demo.wire import Batch, BusinessPart, ErrorPart, LogLine, MetricLine
from thorbis_monitor.model.level import Level

FAILED_SHARE = 0.004
"""Share of requests that fail on a normal day."""

_DECLINED_SHARE = 0.02
_WRONG_PASSWORD_SHARE = 0.03
_SPREAD = 0.35
_MEBIBYTE = 1024 * 1024
_WEIGHTS = [endpoint.weight for endpoint in ENDPOINTS]
_SERVER_ERROR = 500


class Traffic:
    """Makes up what the application sends."""

    def __init__(self, random: Random) -> None:
        """Take all chance from ``random``."""
        self._random = random
        self._logs: list[LogLine] = []
        self._metrics: list[MetricLine] = []
        self._requests: Counter[tuple[Endpoint, int]] = Counter()

    def usual(self, start: datetime, length: timedelta, requests: float) -> None:
        """Some requests of a normal day within a span of time; ``requests`` is the expected number."""
        whole, part = divmod(requests, 1)
        count = int(whole) + (self._random.random() < part)
        for offset in sorted(self._random.random() for _ in range(count)):
            (endpoint,) = self._random.choices(ENDPOINTS, _WEIGHTS)
            self._usual_request(start + offset * length, endpoint)

    def request(self, at: datetime, endpoint: Endpoint, status: int, duration: float) -> None:
        """Count a request and its duration in ms."""
        self._requests[endpoint, status] += 1
        tags = {"endpoint": endpoint.path, "method": endpoint.method, "status_class": f"{status // 100}xx"}
        self._sample(at, "api.response_time", round(duration, 1), "ms", tags)

    def log(
        self,
        at: datetime,
        level: Level,
        endpoint: Endpoint,
        message: str,
        error: ErrorPart | None = None,
        **extra: float,
    ) -> None:
        """Write a record of a component; ``{order}`` and ``{user}`` in the message are filled in."""
        order, user = f"WO-{self._random.randrange(10_000, 99_999)}", self._random.choice(PEOPLE)
        transaction = f"txn_{self._random.getrandbits(48):012x}" if endpoint is PAYMENT else None
        self._logs.append(
            LogLine(
                timestamp=at,
                level=level,
                message=message.replace("{order}", order).replace("{user}", user),
                service=SERVICE,
                environment=ENVIRONMENT,
                component=endpoint.component,
                function=endpoint.function,
                user_id=user,
                request_id=f"{self._random.getrandbits(64):016x}",
                trace_id=f"{self._random.getrandbits(128):032x}",
                data={"endpoint": endpoint.path, "method": endpoint.method, **extra},
                error=error,
                business=BusinessPart(self._random.choice(TENANTS), order, transaction_id=transaction),
            )
        )

    def memory(self, at: datetime) -> None:
        """The memory of every process: small waves around its usual size."""
        for number, (service, usual) in enumerate(MEMORY_SERVICES):
            wave = 1 + 0.1 * math.sin(at.timestamp() / 900 + number) + self._random.uniform(-0.02, 0.02)
            value = round(usual * wave * _MEBIBYTE)
            self._metrics.append(
                MetricLine(
                    timestamp=at,
                    name="memory.usage.gauge",
                    value=value,
                    unit="bytes",
                    service=service,
                    environment=ENVIRONMENT,
                    tags={"component": service},
                )
            )

    def report_counters(self, until: datetime) -> None:
        """Report the counters of requests as their increase since the last report."""
        for (endpoint, status), count in self._requests.items():
            tags = {
                "endpoint": endpoint.path,
                "method": endpoint.method,
                "status_code": str(status),
                "status_class": f"{status // 100}xx",
            }
            self._sample(until, "api.requests.count", count, "count", tags)
        self._requests.clear()

    def batch(self, until: datetime) -> Batch:
        """Hand over what was made up since the last batch."""
        self.report_counters(until)
        done = Batch(until, tuple(self._logs), tuple(self._metrics))
        self._logs, self._metrics = [], []
        return done

    def duration(self, endpoint: Endpoint) -> float:
        """How long a request takes on a normal day, in ms."""
        return endpoint.median_ms * self._random.lognormvariate(0, _SPREAD)

    def _usual_request(self, at: datetime, endpoint: Endpoint) -> None:
        duration, chance = self.duration(endpoint), self._random.random()
        status, level, message, error = 200, Level.INFO, endpoint.done, None
        if chance < FAILED_SHARE:
            status, level, message = _SERVER_ERROR, Level.ERROR, endpoint.failed
            error = ErrorPart("TimeoutError", "the database did not answer in 5 s", code="E_TIMEOUT")
        elif endpoint is PAYMENT and chance < FAILED_SHARE + _DECLINED_SHARE:
            status, level, message = 402, Level.WARN, "Card for work order {order} declined by the bank"
        elif endpoint is LOGIN and chance < FAILED_SHARE + _WRONG_PASSWORD_SHARE:
            status, level, message = 401, Level.WARN, "Authentication failed for user {user}"
        self.request(at, endpoint, status, duration)
        self.log(at, level, endpoint, message, error, duration=round(duration, 1))

    def _sample(self, at: datetime, name: str, value: float, unit: str, tags: dict[str, str]) -> None:
        self._metrics.append(
            MetricLine(
                timestamp=at,
                name=name,
                value=value,
                unit=unit,
                service=SERVICE,
                environment=ENVIRONMENT,
                tags=tags,
            )
        )
