"""An application with the OpenTelemetry SDK and no endpoint configured; run as a process by the tests.

It logs numbered messages until its standard input closes, and prints one line per batch: ``acknowledged`` or
``failed`` and the messages in it. Metrics go to the server as well.
"""

import logging
import sys
import threading
import warnings
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler, ReadableLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource


class RememberingExporter(OTLPLogExporter):
    """The SDK's own exporter, which also says what became of each batch."""

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        result = super().export(batch)
        word = "acknowledged" if result is LogRecordExportResult.SUCCESS else "failed"
        _tell(word, *(str(item.log_record.body) for item in batch))
        return result


def _tell(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    warnings.simplefilter("ignore")
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    resource = Resource.create({"service.name": "otel-application"})
    provider = LoggerProvider(resource=resource)
    provider.add_log_record_processor(
        BatchLogRecordProcessor(RememberingExporter(), schedule_delay_millis=100, max_export_batch_size=50)
    )
    meters = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter(), 500)], resource=resource)
    counter = meters.get_meter("application").create_counter("orders")
    log = logging.getLogger("application")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(LoggingHandler(logger_provider=provider))
    closed = threading.Event()

    def watch() -> None:
        sys.stdin.read()
        closed.set()

    threading.Thread(target=watch, daemon=True).start()
    number = 0
    while not closed.wait(0.005):
        log.info("otel-%d", number)
        counter.add(1)
        number += 1
    provider.shutdown()
    meters.shutdown()
    _tell("logged", str(number))


if __name__ == "__main__":
    main()
