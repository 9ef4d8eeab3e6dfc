"""What tests of rules work on."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.alerts.bench import Bench
from thorbis_monitor.store.state import State
from thorbis_monitor.store.telemetry import Telemetry


@pytest.fixture
def bench(telemetry: Telemetry, state: State) -> Bench:
    """Empty stores with an engine, state in SQLite."""
    return Bench(telemetry, state)


@pytest.fixture
def postgres_state(postgres_url: str) -> Iterator[State]:
    """A fresh state database in PostgreSQL."""
    database = State(postgres_url)
    yield database
    with database.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def any_state(request: pytest.FixtureRequest) -> State:
    """A fresh state database of each kind."""
    name = "state" if request.param == "sqlite" else "postgres_state"
    database: State = request.getfixturevalue(name)
    return database


@pytest.fixture
def any_bench(any_state: State, telemetry: Telemetry) -> Bench:
    """Empty stores with an engine, state in each kind of database."""
    return Bench(telemetry, any_state)
