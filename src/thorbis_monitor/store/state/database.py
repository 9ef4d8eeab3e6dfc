"""Opening the state database and bringing its schema up to date."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

_SQLITE_BUSY_TIMEOUT_MS = 15_000
_MIGRATIONS = Path(__file__).parent / "migrations"
_READ_ONLY = "thorbis_read_only"
_AFTER_COMMIT = "thorbis_after_commit"


def after_commit(connection: Connection, callback: Callable[[], None]) -> None:
    """Have something done once the transaction that ``State.begin`` opened is committed; not if it is not."""
    connection.info.setdefault(_AFTER_COMMIT, []).append(callback)


class State:
    """The state database; ``begin`` gives one transaction. Thread-safe."""

    def __init__(self, url: str, *, migrate: bool = True) -> None:
        """Connect to ``sqlite:///FILE`` or ``postgresql://...`` (driver psycopg) and run the migrations.

        A child process of the server that already ran them passes ``migrate=False``.
        """
        self.url = _normalise(make_url(url))
        self.engine: Engine = create_engine(self.url, pool_pre_ping=self.url.get_backend_name() != "sqlite")
        if self.url.get_backend_name() == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin)
        self._reader = self.engine.execution_options(**{_READ_ONLY: True})
        if migrate and not self._is_current():
            self._migrate()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        with self.engine.begin() as connection:
            connection.info.pop(_AFTER_COMMIT, None)
            yield connection
            callbacks: list[Callable[[], None]] = connection.info.pop(_AFTER_COMMIT, [])
        for callback in callbacks:
            callback()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view for reading; never waits for a writer."""
        with self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _is_current(self) -> bool:
        """Whether the newest migration was run; told without Alembic, whose import takes a third of a second."""
        newest = max(path.name for path in _MIGRATIONS.glob("versions/v*.py")).removeprefix("v").partition("_")[0]
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return False
            return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest)

    def _migrate(self) -> None:
        # Imported here, because it costs a third of a second and 10 MB, which child processes do without.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option(
            "script_location",
            str(_MIGRATIONS).replace("%", "%%"),
        )
        with self.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _normalise(url: URL) -> URL:
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _prepare_sqlite(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    """Durable commits (WAL with FULL), waiting for other writers; SQLAlchemy controls transactions."""
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_SQLITE_BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Writers take the lock at the start, so that a transaction never fails half-way to upgrade its lock."""
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
