"""State with transactions: alerts, rule instances, the outbox. SQLite by default, PostgreSQL by URL."""

from thorbis_monitor.store.state.database import State

__all__ = ["State"]
