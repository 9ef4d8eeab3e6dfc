"""Thorbis Monitor: telemetry in, questions answered, people told in time."""

__version__ = "0.1.0"
