"""Telemetry in ClickHouse: embedded (chDB), in the tables of the OpenTelemetry Collector's exporter."""

from thorbis_monitor.store.telemetry.engine import Telemetry, TelemetryError

__all__ = ["Telemetry", "TelemetryError"]
