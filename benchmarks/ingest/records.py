"""Realistic OTLP log records, the same for everything that is compared."""

import random
import time

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

RECORDS_PER_BODY = 1000
_LEVELS = (("DEBUG", 5), ("INFO", 9), ("INFO", 9), ("INFO", 9), ("WARN", 13), ("ERROR", 17))


def body(seed: int, mark: str = "") -> bytes:
    """One request of 1,000 records with six attributes each, about 250 bytes a record."""
    source = random.Random(seed)
    request = ExportLogsServiceRequest()
    resource_logs = request.resource_logs.add()
    resource_logs.resource.attributes.extend(
        [_text("service.name", "shop"), _text("host.name", f"web-{seed % 8}"), _text("service.version", "1.42.0")]
    )
    scope_logs = resource_logs.scope_logs.add()
    scope_logs.scope.name = source.choice(["payment", "orders", "auth"])
    now = time.time_ns()
    for number in range(RECORDS_PER_BODY):
        level, severity = source.choice(_LEVELS)
        record = scope_logs.log_records.add(
            time_unix_nano=now + number * 1000,
            observed_time_unix_nano=now + number * 1000,
            severity_text=level,
            severity_number=severity,
            trace_id=source.randbytes(16),
            span_id=source.randbytes(8),
        )
        payment, order, took = source.randrange(10**9), source.randrange(10**6), source.randrange(900)
        record.body.string_value = f"{mark}payment {payment} for order {order} took {took} ms"
        record.attributes.extend(
            [
                _text("user.id", f"u{source.randrange(10_000)}"),
                _text("request.id", f"{source.getrandbits(64):016x}"),
                _text("tenant", source.choice(["acme", "globex", "initech"])),
                KeyValue(key="duration_ms", value=AnyValue(double_value=source.random() * 1000)),
                KeyValue(key="http.response.status_code", value=AnyValue(int_value=source.choice([200, 201, 404]))),
                KeyValue(key="cached", value=AnyValue(bool_value=source.random() < 0.5)),
            ]
        )
    return request.SerializeToString()


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))
