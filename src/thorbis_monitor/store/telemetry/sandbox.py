"""A handle for queries that users wrote: read-only, and bounded in time, memory and rows.

The engine keeps settings on the handle, and refuses to change them once ``readonly`` is set. Its read-only
mode alone is no wall, though: it reads files through ``file()`` and even drops tables. What a query may
contain is checked before it comes here (``analysis.questions.sql_guard``).
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

MAX_SECONDS = 10
MAX_MEMORY_BYTES = 500_000_000
MAX_ROWS = 10_000

_SETTINGS = {
    "session_timezone": "'UTC'",
    "max_execution_time": MAX_SECONDS,
    "max_memory_usage": MAX_MEMORY_BYTES,
    "max_result_rows": MAX_ROWS,
    "result_overflow_mode": "'throw'",
    "max_threads": 2,
    "allow_introspection_functions": 0,
    "allow_ddl": 0,
    "readonly": 1,
}

Rows = tuple[tuple[str, ...], Sequence[Sequence[Any]]]


class Sandbox:
    """One read-only handle. Thread-safe; queries run one at a time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        settings = ", ".join(f"{name} = {value}" for name, value in _SETTINGS.items())
        client.command(f"SET {settings}")

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a query; returns the names of its columns and its rows."""
        with self._lock:
            result = self._client.query(sql, parameters=dict(parameters))
        return tuple(result.column_names), result.result_rows
