"""The durable spool: append-only segment files that the engine reads as they are."""

from thorbis_monitor.ingest.spool.framing import Framing, LineFraming, ProtobufFraming
from thorbis_monitor.ingest.spool.segment import Segment
from thorbis_monitor.ingest.spool.spool import Spool

__all__ = ["Framing", "LineFraming", "ProtobufFraming", "Segment", "Spool"]
