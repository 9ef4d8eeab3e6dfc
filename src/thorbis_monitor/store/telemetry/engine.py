"""The embedded engine: a small pool of handles to one data folder.

Facts about chDB that shape this file: one folder per process and one process per folder; one handle runs
one query at a time, several run in parallel and release the GIL; ``fork`` after opening hangs the child.
"""

import queue
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clickhouse_connect.driver import create_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from thorbis_monitor.store.telemetry.sandbox import Rows, Sandbox
from thorbis_monitor.store.telemetry.schema import Retention, create_statements, ttl_expressions

_CODE = re.compile(r"Code:\s*(\d+)")
_NO_CODE = -1


class TelemetryError(Exception):
    """The engine refused a statement.

    ``code`` is ClickHouse's error number (``system.errors``), -1 when it gave none.
    """

    def __init__(self, message: str) -> None:
        """Read the error number out of the engine's message."""
        super().__init__(message)
        found = _CODE.search(message)
        self.code = int(found.group(1)) if found else _NO_CODE


class Telemetry:
    """The telemetry store. All methods block and are thread-safe; call them from worker threads."""

    def __init__(self, folder: Path, *, readers: int = 4, retention: Retention | None = None) -> None:
        """Open (and create) the store in a folder; ``readers`` queries run at the same time."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = str(folder)
        self._writer: Client = self._open()
        self._writer_free: queue.Queue[Client] = queue.Queue()
        self._create_tables(retention or Retention())
        self._writer_free.put(self._writer)
        self._readers: queue.Queue[Client] = queue.Queue()
        self._all = [self._writer]
        for _ in range(readers):
            client = self._open()
            self._all.append(client)
            self._readers.put(client)
        self._sandbox: Sandbox | None = None
        self._opening = threading.Lock()

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run a query with bound parameters (``{name:Type}``) and return its rows as dicts.

        Raises:
            TelemetryError: the engine refused or aborted the query.
        """
        names, rows = self.rows(sql, parameters)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def rows(
        self, sql: str, parameters: Mapping[str, Any] | None = None
    ) -> tuple[tuple[str, ...], Sequence[Sequence[Any]]]:
        """Like ``query``, but returns column names and tuples."""
        with self._borrow(self._readers) as client:
            try:
                result = client.query(sql, parameters=dict(parameters or {}))
            except ClickHouseError as error:
                raise TelemetryError(str(error)) from error
            return tuple(result.column_names), result.result_rows

    def execute(self, sql: str) -> None:
        """Run a statement that changes data; one at a time.

        Raises:
            TelemetryError: the engine refused or aborted the statement.
        """
        with self._borrow(self._writer_free) as client:
            try:
                client.command(sql)
            except ClickHouseError as error:
                raise TelemetryError(str(error)) from error

    def sandboxed(self, sql: str, parameters: Mapping[str, Any]) -> Rows:
        """Run a query that a user wrote on a handle of its own: read-only, and bounded in every way.

        Raises:
            TelemetryError: the engine refused or aborted the query.
        """
        try:
            with self._opening:
                if self._sandbox is None:
                    client = self._open()
                    self._all.append(client)
                    self._sandbox = Sandbox(client)
            return self._sandbox.rows(sql, parameters)
        except ClickHouseError as error:
            raise TelemetryError(str(error)) from error

    def close(self) -> None:
        """Close all handles; waits for none."""
        for client in self._all:
            client.close()

    def _create_tables(self, retention: Retention) -> None:
        for statement in create_statements(retention):
            self._writer.command(statement)
        engines = self._writer.query("SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()")
        present = {str(name): str(engine) for name, engine in engines.result_rows}
        for table, ttl in ttl_expressions(retention).items():
            if ttl and f"TTL {ttl} " not in present[table]:
                self._writer.command(f"ALTER TABLE {table} MODIFY TTL {ttl}")
            elif not ttl and " TTL " in present[table]:
                self._writer.command(f"ALTER TABLE {table} REMOVE TTL")

    def _open(self) -> Client:
        return create_client(dsn=f"chdb://{self._path}")

    @staticmethod
    @contextmanager
    def _borrow(pool: "queue.Queue[Client]") -> Iterator[Client]:
        client = pool.get()
        try:
            yield client
        finally:
            pool.put(client)
