"""State with transactions: alerts, rule instances, the outbox. SQLite by default, PostgreSQL by URL."""

from thorbis_monitor.store.state.database import State, after_commit

__all__ = ["State", "after_commit"]
