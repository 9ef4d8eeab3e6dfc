from datetime import UTC, datetime, timedelta

from thorbis_monitor.analysis.errors import CommonError, count_errors, most_common_errors
from thorbis_monitor.analysis.memory import memory_by_minute
from thorbis_monitor.store.telemetry import Telemetry

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
HOUR_AGO = NOW - timedelta(hours=1)


def test_the_most_common_errors_come_with_their_counts(telemetry: Telemetry) -> None:
    for message, count, severity in (("declined", 5, 17), ("timeout", 7, 21), ("fine", 50, 9)):
        telemetry.execute(
            "INSERT INTO otel_logs (Timestamp, SeverityNumber, Body) SELECT"
            f" toDateTime64('2026-01-31 11:30:00', 9, 'UTC'), {severity}, '{message}' FROM numbers({count})"
        )
    assert count_errors(telemetry, HOUR_AGO, NOW) == 12
    assert most_common_errors(telemetry, HOUR_AGO, NOW) == (
        CommonError("timeout", 7),
        CommonError("declined", 5),
    )


def test_memory_gauges_are_averaged_by_minute_and_service(telemetry: Telemetry) -> None:
    for at, value in (("11:30:00", 10), ("11:30:30", 30), ("11:31:00", 50)):
        telemetry.execute(
            "INSERT INTO otel_metrics_gauge (MetricName, ServiceName, TimeUnix, Value)"
            f" VALUES ('memory.usage.gauge', 'shop', '2026-01-31 {at}', {value}),"
            f" ('temperature.gauge', 'shop', '2026-01-31 {at}', {value})"
        )
    (series,) = memory_by_minute(telemetry, HOUR_AGO, NOW)
    assert (series.service, series.name, series.values) == ("shop", "memory.usage.gauge", (20, 50))
