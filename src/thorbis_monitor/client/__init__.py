"""Talking to a running server: what the commands of the command line use."""

from thorbis_monitor.client.connection import DEFAULT_SERVER, Connection, ServerError

__all__ = ["DEFAULT_SERVER", "Connection", "ServerError"]
