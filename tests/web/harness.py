"""A running server with real stores and the page, for tests and for looking at it.

``python -m tests.web.harness`` serves it with made-up content until it is interrupted.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from sqlalchemy import insert

from thorbis_monitor.alerts.book import AlertBook
from thorbis_monitor.alerts.lifecycle import RESOLVED_BY
from thorbis_monitor.alerts.records import row_from_alert
from thorbis_monitor.dashboard.dashboard import Dashboard
from thorbis_monitor.dashboard.document import IngestSection
from thorbis_monitor.model.alert import Alert, AlertChange
from thorbis_monitor.model.clock import new_id, utc_now
from thorbis_monitor.model.severity import Category, Severity
from thorbis_monitor.store.state import State
from thorbis_monitor.store.state.tables import alerts, deliveries
from thorbis_monitor.store.telemetry import Telemetry
from thorbis_monitor.web.pages import mount
from thorbis_monitor.web.services import PageServices

_START_SECONDS = 30


@dataclass
class Site:
    """A served page and the parts behind it."""

    telemetry: Telemetry
    state: State
    ingest: IngestSection = field(default_factory=IngestSection)
    changes: list[AlertChange] = field(default_factory=list)
    address: str = ""

    def __post_init__(self) -> None:
        """Compose the parts."""
        self.book = AlertBook(self.state, lambda _, change: self.changes.append(change), utc_now, new_id)
        self.dashboard = Dashboard(self.telemetry, self.book, lambda: self.ingest, utc_now, "0.1.0")
        self.services = PageServices(self.dashboard, self.book, self.state)

    def fail_delivery(self, alert: Alert, error: str, at: datetime) -> None:
        """Note a message of an alert that was given up."""
        with self.state.begin() as connection:
            connection.execute(
                insert(deliveries).values(
                    id=new_id(),
                    alert_id=alert.id,
                    change="firing",
                    receiver="pager",
                    payload={},
                    status="failed",
                    attempts=3,
                    created_at=at,
                    next_attempt_at=at,
                    finished_at=at,
                    error=error,
                )
            )

    def raise_alert(
        self,
        title: str,
        severity: Severity = Severity.HIGH,
        *,
        at: datetime | None = None,
        source: str = "error_rate_spike",
        description: str = "",
        tags: dict[str, str] | None = None,
        data: dict[str, object] | None = None,
        annotations: dict[str, str] | None = None,
    ) -> Alert:
        """Put an open alert into the book, as the engine does."""
        alert = Alert(
            id=new_id(),
            source=source,
            fingerprint=new_id(),
            severity=severity,
            category=Category.ERROR,
            title=title,
            description=description,
            timestamp=at or utc_now(),
            tags=tags or {},
            data=data or {},
            annotations=annotations or {},
        )
        with self.state.begin() as connection:
            connection.execute(insert(alerts).values(**row_from_alert(alert)))
        return alert

    def log(self, message: str, severity_number: int = 9, component: str = "shop", count: int = 1) -> None:
        """Put log records of this moment into the store."""
        self.telemetry.execute(
            "INSERT INTO otel_logs (Timestamp, SeverityNumber, Body, ServiceName, LogAttributes)"
            f" SELECT now64(9), {severity_number}, {literal(message)}, 'shop',"
            f" map('component', {literal(component)}) FROM numbers({count})"
        )


def literal(text: str) -> str:
    """A text as a string of SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@contextmanager
def serve(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port and give its address."""
    started = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: list | None = None) -> None:  # type: ignore[type-arg] # as in uvicorn
            await super().startup(sockets)
            started.set()

    server = Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="websockets-sansio"))
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    try:
        assert started.wait(_START_SECONDS), "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def serve_page(site: Site) -> Iterator[Site]:
    """Serve the page."""
    app = FastAPI()
    mount(app, site.services)
    with serve(app) as address:
        site.address = address
        yield site


def fill(site: Site) -> None:
    """Content that shows every part of the page."""
    now = utc_now()
    site.raise_alert(
        "Payment processing failures",
        Severity.CRITICAL,
        at=now - timedelta(minutes=2, seconds=14),
        source="payment_processing_failures",
        description="23 payment errors in the last 5 minutes (limit 5).",
        tags={"component": "payment", "team": "billing"},
        data={"errors": 23, "threshold": 5, "window": "5m", "examples": ["Card declined", "Gateway timeout"]},
        annotations={"summary": "Customers cannot pay", "runbook_url": "https://wiki.example.test/payments"},
    )
    site.raise_alert(
        "High response time",
        Severity.HIGH,
        at=now - timedelta(minutes=12),
        source="high_response_time",
        description="The mean response time was 2,871 ms over the last 5 minutes (limit 2,000 ms).",
        data={"average": 2871.4213, "samples": 1250},
    )
    site.raise_alert(
        "Many failed authentications",
        Severity.HIGH,
        at=now - timedelta(hours=1, minutes=3),
        source="authentication_failures",
        description="71 failed authentications in the last 5 minutes (limit 50).",
        tags={"service": "login"},
    )
    acknowledged = site.raise_alert(
        "Memory usage",
        Severity.MEDIUM,
        at=now - timedelta(hours=3),
        source="high_memory_usage",
        description="84 % of the memory limit is in use (limit 80 %).",
    )
    site.book.acknowledge(acknowledged.id, "maria")
    site.book.comment(acknowledged.id, "maria", "Looking into it: the image cache grows since the last release.")
    over = site.raise_alert("Error rate spike", Severity.HIGH, at=now - timedelta(minutes=50))
    site.book.resolve(over.id, RESOLVED_BY)
    site.telemetry.execute(
        "INSERT INTO otel_metrics_gauge (MetricName, TimeUnix, Value, Attributes)"
        " WITH intDiv(number, 40) AS minute"
        " SELECT 'api.response_time', now64(9) - minute * 60 - number % 40,"
        " if(minute < 6, 2300, 0) + 120 + 40 * sin(minute / 4) + (number * 37 % 90),"
        " map('endpoint', '/orders')"
        " FROM numbers(2400)"
    )
    site.telemetry.execute(
        "INSERT INTO otel_metrics_sum (MetricName, TimeUnix, Value, AggregationTemporality, IsMonotonic)"
        " SELECT 'api.requests.count', now64(9) - intDiv(number, 40) * 60 - number % 40, 3, 1, 1"
        " FROM numbers(2400)"
    )
    site.telemetry.execute(
        "INSERT INTO otel_logs (Timestamp, SeverityNumber, Body, ServiceName, LogAttributes)"
        " SELECT now64(9) - intDiv(number, 6) * 60 - number % 6, 17, 'Payment gateway timeout',"
        " 'shop', map('component', 'payment') FROM numbers(360) WHERE number < 30 OR number % 42 = 0"
    )
    site.telemetry.execute(
        "INSERT INTO otel_logs (Timestamp, SeverityNumber, Body, ServiceName, LogAttributes)"
        " SELECT now64(9) - number, 9, format('Work order WO-{} assigned to technician {}',"
        " toString(1000 + number), toString(number % 4)), 'shop', map('component', 'dispatch')"
        " FROM numbers(30)"
    )
    site.log("Payment failed: gateway timeout after 30 s for order 8812", 17, "payment")
    site.log("Retrying connection to the mail relay", 13, "mailer")
    site.log("<b>bold</b><script>document.title='owned'</script> ${1+1} `x`", 9, "<i>html</i>")
    site.log("cache lookup key=customer:4711 hit", 5, "cache")
    site.ingest = IngestSection(received=1_284_210, refused=3, waiting_bytes=48_213)


def main() -> None:
    """Serve the page with made-up content, or empty with the argument ``empty``."""
    import sys
    import tempfile

    folder = Path(tempfile.mkdtemp())
    site = Site(Telemetry(folder / "telemetry"), State(f"sqlite:///{folder / 'state.sqlite'}"))
    if "empty" not in sys.argv:
        fill(site)
    with serve_page(site):
        print(site.address, flush=True)  # noqa: T201 - told to the one who looks
        threading.Event().wait()


if __name__ == "__main__":
    main()
