"""What to do next where there is nothing to show yet."""

from dataclasses import dataclass

from thorbis_monitor.web.elements import Text, block

OTLP_PORT = 4318


@dataclass(frozen=True, slots=True)
class Example:
    """What is missing, and lines that send it."""

    title: str
    advice: str
    lines: tuple[str, ...]

    def draw(self) -> None:
        """Draw it as a small panel."""
        with block("example"):
            Text(self.title, "example-title", "p")
            Text(self.advice, "quiet", "p")
            Text("\n".join(self.lines), "example-lines", "pre")


def _endpoint_advice(address: str) -> str:
    if address.rstrip("/").endswith(f":{OTLP_PORT}"):
        return "An OpenTelemetry SDK that exports over HTTP sends here without any setting."
    return f"Set OTEL_EXPORTER_OTLP_ENDPOINT={address.rstrip('/')} for your application."


def response_time_example(address: str) -> Example:
    """How to send response times."""
    return Example(
        "No response times yet",
        f"Record the metric api.response_time in milliseconds. {_endpoint_advice(address)}",
        (
            'meter = opentelemetry.metrics.get_meter("shop")',
            'meter.create_histogram("api.response_time", unit="ms").record(87)',
        ),
    )


def requests_example(address: str) -> Example:
    """How to send request counts."""
    return Example(
        "No requests yet",
        "The error rate is ERROR records per request: count requests as api.requests.count. "
        + _endpoint_advice(address),
        (
            'meter = opentelemetry.metrics.get_meter("shop")',
            'meter.create_counter("api.requests.count").add(1)',
        ),
    )


def logs_example(address: str) -> Example:
    """How to send log records."""
    record = r"{\"timestamp\": \"$(date -u +%FT%TZ)\", \"level\": 2, \"message\": \"hello\"}"
    return Example(
        "No log records yet",
        f"{_endpoint_advice(address)} Or send JSON lines:",
        (f"curl {address.rstrip('/')}/ingest/logs --data-binary \\", f'  "{record}"'),
    )
