"""The formats that requests arrive in, and how the engine reads each.

A module of this package that defines ``FORMATS`` adds formats; nothing else needs to know them.
"""

from thorbis_monitor.ingest.formats.base import Accepted, IngestFormat, LoadStatement

__all__ = ["Accepted", "IngestFormat", "LoadStatement"]
