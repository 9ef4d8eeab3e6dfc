"""Log and metric lines as they go over the wire, and batches of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()


class ErrorPart(msgspec.Struct, omit_defaults=True):
    """What went wrong."""

    name: str
    message: str
    stack: str | None = None
    code: str | None = None


class BusinessPart(msgspec.Struct, omit_defaults=True, rename="camel"):
    """What a record is about."""

    tenant_id: str
    work_order_id: str | None = None
    customer_id: str | None = None
    transaction_id: str | None = None


class LogLine(msgspec.Struct, omit_defaults=True, rename="camel", kw_only=True):
    """One log record."""

    timestamp: datetime
    level: int
    message: str
    service: str
    component: str
    environment: str | None = None
    user_id: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    function: str | None = None
    data: dict[str, Any] | None = None
    error: ErrorPart | None = None
    performance: dict[str, float] | None = None
    business: BusinessPart | None = None


class MetricLine(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One sample, or the increase of a counter."""

    timestamp: datetime
    name: str
    value: float
    unit: str
    service: str
    environment: str | None = None
    tags: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What happened up to a moment."""

    until: datetime
    logs: tuple[LogLine, ...]
    metrics: tuple[MetricLine, ...]


def encode(lines: Iterable[LogLine] | Iterable[MetricLine]) -> bytes:
    """Write lines as NDJSON."""
    return _encoder.encode_lines(lines)
