"""Newline-delimited JSON in the product's own wire format: log records and metric samples.

A line of the usual shape is checked in C and read by the engine as it stands. A line of another shape
(unknown keys, a level by an unusual name, a time as a number) is rewritten to the usual shape first.
"""

from thorbis_monitor.ingest.formats.ndjson.formats import FORMATS

__all__ = ["FORMATS"]
