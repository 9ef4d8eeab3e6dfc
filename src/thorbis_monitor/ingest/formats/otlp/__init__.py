"""OpenTelemetry protocol: logs, metrics and traces as protobuf and as JSON.

The column structures use the JSON names of OTLP for both encodings; the schema given to the engine for
protobuf names its fields accordingly, so one SELECT serves both.
Source: opentelemetry-proto 1.x, ``logs.proto``, ``metrics.proto``, ``trace.proto``, ``common.proto``.
"""

from thorbis_monitor.ingest.formats.otlp.formats import FORMATS

__all__ = ["FORMATS"]
